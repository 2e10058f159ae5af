"""What changed between two captures of one address: removed, edited, or as it was."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from safelight.evidence.capture.capture_record import (
    SCREENSHOT,
    TEXT,
    CaptureRecord,
    CaptureStatus,
    changed_files,
    read_record,
)
from safelight.evidence.capture.fidelity import MOST_PIXELS, pixels_differing
from safelight.evidence.capture.problems import CaptureError

_REMOVED: Final = frozenset({404, 410})
_WITHHELD: Final = frozenset({401, 403, 407, 451})
# Matching lines of two texts takes their product in time.
_MOST_LINES: Final = 5000


class Change(StrEnum):
    """What became of a page. Each is what the later capture showed, not why."""

    UNCHANGED = "unchanged"
    PICTURE_CHANGED = "picture-changed"
    EDITED = "edited"
    MOVED = "moved"
    REMOVED = "removed"
    WITHHELD = "withheld"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True)
class Difference:
    """Two captures compared, the earlier one first.

    `text`: lines that went (`-`) and came (`+`), with their surroundings, as `diff -u` writes
    them; cut at 5,000 lines a side, which `text_cut` says. `pixels`: share of pixels that differ,
    1.0 for other sizes, None where one has no screenshot.
    """

    change: Change
    earlier: CaptureRecord
    later: CaptureRecord
    text: tuple[str, ...]
    text_cut: bool
    pixels: float | None


def difference(earlier: Path, later: Path) -> Difference:
    """Compare two folders of captures. Raises `CaptureError`."""
    one, two = _sound(earlier), _sound(later)
    if one.url != two.url:
        raise CaptureError("these are captures of two addresses; give two captures of the same one")
    if one.began > two.began:
        raise CaptureError("the first capture is the later one; give the earlier one first")
    first, second = _lines(earlier), _lines(later)
    cut = max(len(first), len(second)) > _MOST_LINES
    text = tuple(
        difflib.unified_diff(
            first[:_MOST_LINES], second[:_MOST_LINES], "earlier", "later", "", "", 3, ""
        )
    )
    pixels = None
    if SCREENSHOT in one.files and SCREENSHOT in two.files:
        pixels = pixels_differing(
            (earlier / SCREENSHOT).read_bytes(), (later / SCREENSHOT).read_bytes()
        )
    change = change_between(
        failed=two.status is CaptureStatus.FAILED,
        statuses=(one.http_status, two.http_status),
        moved=two.final_url != one.final_url,
        same_text=first == second,
        same_picture=pixels is None or pixels <= MOST_PIXELS,
    )
    return Difference(change, one, two, text, cut, pixels)


def change_between(
    *,
    failed: bool,
    statuses: tuple[int, int],
    moved: bool,
    same_text: bool,
    same_picture: bool,
) -> Change:
    """What became of a page from one capture to the next; the later one may have `failed`.

    `statuses`: of HTTP, earlier and later; 0 where none came.
    """
    before, after = statuses
    if failed or after >= 500:
        return Change.UNREACHABLE
    if after != before:
        if after in _REMOVED:
            return Change.REMOVED
        if after in _WITHHELD:
            return Change.WITHHELD
    if moved:
        return Change.MOVED
    if not same_text:
        return Change.EDITED
    return Change.UNCHANGED if same_picture else Change.PICTURE_CHANGED


def _sound(folder: Path) -> CaptureRecord:
    record = read_record(folder)
    if changed_files(folder, record):
        raise CaptureError(
            "a file of that capture is not as its record says; compare captures that nobody "
            "touched, such as those of a verified bundle"
        )
    return record


def _lines(folder: Path) -> list[str]:
    path = folder / TEXT
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []
