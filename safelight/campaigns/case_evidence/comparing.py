"""Two captures of one address: which lines of the text came, which went."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from safelight.campaigns.case_evidence.keeping import read_whole
from safelight.campaigns.case_evidence.standing import ASKED, Capture, EvidenceNow
from safelight.evidence.capture.difference import Change as Became
from safelight.evidence.capture.difference import change_between

_LARGEST: Final = 8 * 1024 * 1024
MOST_LINES: Final = 4000
_LONGEST_LINE: Final = 2000


@dataclass(frozen=True, slots=True)
class Change:
    """One line that differs. `how`: "added" or "gone"."""

    how: Literal["added", "gone"]
    line: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Compared:
    """What differs. `cut`: a text was too long to be compared to its end."""

    changes: tuple[Change, ...]
    same: int
    picture_differs: bool | None
    cut: bool


def before_of(evidence: EvidenceNow, capture: Capture) -> Capture | None:
    """The capture to compare this one with, if it ended: the last of the address before it to
    which a page came. What one sees with a login is not compared with what one sees without.
    """
    if capture.state == ASKED:
        return None
    place = next(n for n, one in enumerate(evidence.captures) if one.capture == capture.capture)
    return last_page(evidence.captures[:place], capture.url, with_login=_has_login(capture))


def last_page(captures: Sequence[Capture], url: str, *, with_login: bool = False) -> Capture | None:
    """The last of these captures of an address to which a page came, with a login or without."""
    alike = (one for one in reversed(captures) if one.url == url and one.has_page)
    return next((one for one in alike if _has_login(one) == with_login), None)


def _has_login(capture: Capture) -> bool:
    return capture.redacted is not None


def change_of(before: Capture, after: Capture) -> Became:
    """What became of the page, from what the journal says of both: no file is opened for it.

    Two pictures are the same only byte for byte: a clock on the page makes another.
    """
    failed = after.state == "FAILED"

    def same(role: str) -> bool:
        one, other = before.part(role), after.part(role)
        return one is None or other is None or one.digest == other.digest

    return change_between(
        failed=failed,
        statuses=(before.http_status, after.http_status),
        moved=not failed and after.final_url != before.final_url,
        same_text=same("text"),
        same_picture=same("screenshot"),
    )


def compare(before: Capture, after: Capture) -> Compared | None:
    """Compare the texts of two captures; None when one of them has none.

    `picture_differs` compares the digests of the pictures: a clock on the page is enough.
    """
    one, other = before.part("text"), after.part("text")
    if one is None or other is None:
        return None
    old, cut_old = _lines(one.item)
    new, cut_new = _lines(other.item)
    changes = tuple(_changes(old, new))
    gone = sum(change.how == "gone" for change in changes)
    pictures = before.part("screenshot"), after.part("screenshot")
    differs = None
    if pictures[0] is not None and pictures[1] is not None:
        differs = pictures[0].digest != pictures[1].digest
    return Compared(changes, len(old) - gone, differs, cut_old or cut_new)


def _lines(item: str) -> tuple[list[str], bool]:
    text = read_whole(item, at_most=_LARGEST).decode("utf-8", "replace")
    lines = [line.strip()[:_LONGEST_LINE] for line in text.splitlines() if line.strip()]
    return lines[:MOST_LINES], len(lines) > MOST_LINES


def _changes(old: Sequence[str], new: Sequence[str]) -> Iterator[Change]:
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for tag, first, last, begin, end in matcher.get_opcodes():
        if tag in ("delete", "replace"):
            yield from (Change("gone", line) for line in old[first:last])
        if tag in ("insert", "replace"):
            yield from (Change("added", line) for line in new[begin:end])
