"""One journal entry: its canonical bytes, its digest, its signature.

The bytes that are hashed and signed are canonical JSON (keys sorted, no spaces,
ASCII only). Each entry names the digest of the one before it, so taking one out,
changing one or swapping two breaks the chain at a place that can be named.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from safelight.errors import SafelightError

FORMAT: Final = "safelight-journal/1"
FIRST_PREVIOUS: Final = "0" * 64

# What a value may look like: ids, codes, dates, digests, dotted names. No space, so no sentence;
# ASCII only, so no Russian word. A narrative cannot get into the journal by mistake.
_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/+=-]{0,159}|")
_KIND: Final = re.compile(r"[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)*")
_DEEPEST: Final = 3


class JournalError(SafelightError):
    """An entry that may not be written, or a journal that does not verify."""


def _checked_value(value: Any, where: str, depth: int) -> Any:
    """Return a plain JSON copy of `value`, or raise `JournalError` naming the place only."""
    if isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        if not _CODE.fullmatch(value):
            raise JournalError(
                f"{where} is not a code: journal bodies hold ids and codes only "
                "(ASCII, no spaces, at most 160 characters)"
            )
        return value
    if depth < _DEEPEST and isinstance(value, Mapping):
        return {
            _checked_value(str(key), f"a key of {where}", _DEEPEST): _checked_value(
                item, f"{where}.{key}" if _CODE.fullmatch(str(key)) else where, depth + 1
            )
            for key, item in value.items()
        }
    if depth < _DEEPEST and isinstance(value, list | tuple):
        return [_checked_value(item, f"{where}[]", depth + 1) for item in value]
    raise JournalError(f"{where} is a {type(value).__name__}; expected a code, a number or a list")


@dataclass(frozen=True, slots=True)
class Entry:
    """What one desk wrote down once. `at` is UTC, to the second."""

    desk: str
    seq: int
    previous: str
    at: datetime
    kind: str
    subject: str
    body: Mapping[str, Any]

    def __post_init__(self) -> None:
        if not _KIND.fullmatch(self.kind):
            raise JournalError("an entry's kind is lower-case words joined by dots and dashes")
        _checked_value(self.desk, "desk", _DEEPEST)
        _checked_value(self.subject, "subject", _DEEPEST)
        object.__setattr__(self, "body", _checked_value(dict(self.body), "body", 0))

    def to_bytes(self) -> bytes:
        """Return the canonical bytes: what is hashed, signed and stored."""
        return json.dumps(
            {
                "format": FORMAT,
                "desk": self.desk,
                "seq": self.seq,
                "previous": self.previous,
                "at": self.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "kind": self.kind,
                "subject": self.subject,
                "body": self.body,
            },
            sort_keys=True,
            separators=(",", ":"),
            ensure_ascii=True,
        ).encode("ascii")

    @property
    def digest(self) -> str:
        """Return the SHA-256 of the canonical bytes, in hex."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    @classmethod
    def parse(cls, untrusted: bytes) -> Entry:
        """Read canonical bytes back; anything that does not give the same bytes is refused."""
        try:
            document = json.loads(untrusted)
            if document.pop("format") != FORMAT:
                raise JournalError(f"not a {FORMAT} entry")
            at = datetime.strptime(document.pop("at"), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
            entry = cls(at=at, **document)
            same = entry.to_bytes() == untrusted
        except (ValueError, TypeError, KeyError, AttributeError):
            raise JournalError(f"not a {FORMAT} entry: its fields cannot be read") from None
        if not same:
            raise JournalError(f"not a {FORMAT} entry: its bytes are not in canonical form")
        return entry
