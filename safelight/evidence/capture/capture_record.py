"""What one capture came to: the frozen record, and `record.json` in its folder.

A gap is something that is missing from the capture and is written down; noise is what was asked
for and left out without loss (a browser's own errands, popups). A capture is COMPLETE without
gaps, PARTIAL with some, FAILED where no page came at all.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Self

from safelight.evidence.capture.problems import CaptureError

RECORD: Final = "record.json"
WACZ: Final = "page.wacz"
SCREENSHOT: Final = "screenshot.png"
PDF: Final = "page.pdf"
TEXT: Final = "text.txt"
CONNECTIONS: Final = "connections.json"
_VERSION: Final = 1
_LONGEST_RECORD: Final = 16 * 1024 * 1024


class CaptureStatus(StrEnum):
    """How a capture ended."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    FAILED = "failed"


class GapKind(StrEnum):
    """What can be missing. docs/spec/capture.md says each in words."""

    NO_PAGE = "no-page"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    TOO_LARGE = "too-large"
    NEVER_ENDED = "never-ended"
    TOO_MANY_REQUESTS = "too-many-requests"
    SIZE_LIMIT = "size-limit"
    TIME_LIMIT = "time-limit"
    NOT_SETTLED = "not-settled"
    SCROLL_LIMIT = "scroll-limit"
    CLICK_LIMIT = "click-limit"
    KEPT_NAVIGATING = "kept-navigating"
    LIVE_CONNECTION = "live-connection"
    MEDIA = "media"
    MEDIA_STREAM = "media-stream"
    DOWNLOAD = "download"
    NOT_RECORDED = "not-recorded"
    NO_SCREENSHOT = "no-screenshot"
    SCREENSHOT_CUT = "screenshot-cut"
    NO_PDF = "no-pdf"
    NO_TEXT = "no-text"
    BROWSER_CRASHED = "browser-crashed"
    REPLAY_FAILED = "replay-failed"
    REPLAY_MISSES = "replay-misses"
    REPLAY_TEXT = "replay-text"
    REPLAY_PIXELS = "replay-pixels"
    CERTIFICATE = "certificate"
    SHOWS_LOGIN = "shows-login"


@dataclass(frozen=True)
class Gap:
    """One thing that is missing. `where` is an address on the page, or empty; `detail` a code."""

    kind: GapKind
    where: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Noise:
    """What was left out without loss. `what` is a code, `host` where it would have gone."""

    what: str
    host: str
    count: int


@dataclass(frozen=True)
class Redaction:
    """What was taken out of the record. `what`: a header's name, or `login-value`."""

    what: str
    place: str
    count: int


@dataclass(frozen=True)
class KeptFile:
    """A file of the capture's folder."""

    sha256: str
    size: int


@dataclass(frozen=True)
class Fidelity:
    """What a replay without network gave, against what was captured (docs/spec/capture.md).

    `pixels_differing`: share of all pixels of the full-page screenshot with any difference in
    any channel, nothing masked; 1.0 where the two differ in size. `missing`: requests that the
    archive could not answer. `asked_outside`: connections that the replaying browser tried to
    open for the page (its box has no network).
    """

    text_equal: bool
    pixels_differing: float
    missing: int
    asked_outside: int


@dataclass(frozen=True)
class CaptureRecord:
    """One capture, as `record.json` has it.

    `http_status`: of the page itself (0: no answer came). `exit`: `direct` or `socks5`.
    `boxed`: whether the browser had a network namespace without network; `own_sandbox`: whether
    its own sandbox worked inside. `reached`: addresses per host, as far as they were known.
    """

    id: str
    url: str
    final_url: str
    title: str
    status: CaptureStatus
    http_status: int
    began: datetime
    ended: datetime
    browser: str
    language: str
    viewport: tuple[int, int]
    exit: str
    boxed: bool
    own_sandbox: bool
    logged_in: bool
    requests: int
    received_bytes: int
    gaps: tuple[Gap, ...] = ()
    noise: tuple[Noise, ...] = ()
    redactions: tuple[Redaction, ...] = ()
    behaviours: Mapping[str, int] = field(default_factory=dict)
    reached: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    files: Mapping[str, KeptFile] = field(default_factory=dict)
    fidelity: Fidelity | None = None

    def to_json(self) -> bytes:
        """Return the bytes of `record.json`."""
        facts = {"version": _VERSION, **asdict(self)}
        facts |= {name: facts[name].isoformat() for name in ("began", "ended")}
        return json.dumps(facts, ensure_ascii=False, indent=1).encode() + b"\n"

    @classmethod
    def parse(cls, untrusted: bytes) -> Self:
        """Read `record.json`. Raises `CaptureError`."""
        try:
            facts: dict[str, Any] = json.loads(untrusted)
            if facts.pop("version") != _VERSION:
                raise CaptureError("the record is of another version; use a newer Safelight")
            fidelity = facts.pop("fidelity")
            return cls(
                **facts
                | {
                    "status": CaptureStatus(facts["status"]),
                    "began": datetime.fromisoformat(facts["began"]),
                    "ended": datetime.fromisoformat(facts["ended"]),
                    "viewport": (int(facts["viewport"][0]), int(facts["viewport"][1])),
                    "gaps": tuple(
                        Gap(GapKind(one["kind"]), str(one["where"]), str(one["detail"]))
                        for one in facts["gaps"]
                    ),
                    "noise": tuple(Noise(**one) for one in facts["noise"]),
                    "redactions": tuple(Redaction(**one) for one in facts["redactions"]),
                    "reached": {host: tuple(one) for host, one in facts["reached"].items()},
                    "files": {name: KeptFile(**one) for name, one in facts["files"].items()},
                    "fidelity": None if fidelity is None else Fidelity(**fidelity),
                }
            )
        except (ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError):
            raise CaptureError(
                "the record of that capture cannot be read; it is not as this program writes it"
            ) from None


def read_record(folder: Path) -> CaptureRecord:
    """Read the record of a capture's folder. Raises `CaptureError`."""
    try:
        with (folder / RECORD).open("rb") as file:
            untrusted = file.read(_LONGEST_RECORD + 1)
    except OSError as trouble:
        raise CaptureError(
            f"that folder has no record of a capture ({trouble.strerror}); give the folder that "
            "`safelight evidence capture` made"
        ) from None
    if len(untrusted) > _LONGEST_RECORD:
        raise CaptureError("the record of that capture is longer than any that we write")
    return CaptureRecord.parse(untrusted)


def changed_files(folder: Path, record: CaptureRecord) -> tuple[str, ...]:
    """Return the names of files that are not as the record says, or not there."""
    wrong = []
    for name, kept in record.files.items():
        path = folder / name
        if "/" in name or not path.is_file() or path.is_symlink() or kept != kept_file(path):
            wrong.append(name)
    return tuple(wrong)


def kept_file(path: Path) -> KeptFile:
    """Describe a file as it is now."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return KeptFile(digest, path.stat().st_size)
