"""The custody log: who did what with a bundle and when; each line signed, each with the digest
of the line before (docs/spec/evidence-bundle.md).

A line is canonical JSON, a space, and the Ed25519 signature of the JSON. The JSON has the same
keys in the same order in each line, and values without a quote or a space, so that bash reads
it with one expression: the one here.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from safelight.evidence.problems import EvidenceError
from safelight.sealing.statement import key_id

NO_LINE_BEFORE: Final = "0" * 64
MOST_ENTRIES: Final = 9999
_TIME: Final = "%Y-%m-%dT%H:%M:%SZ"


class CustodyEvent(StrEnum):
    """What can happen to a bundle. A code and never words: the log is shown to strangers."""

    OPENED = "opened"
    ORIGINAL_ADDED = "original-added"
    DERIVATIVE_ADDED = "derivative-added"
    SEALED = "sealed"
    HANDED_OVER = "handed-over"
    RETURNED = "returned"
    INSPECTED = "inspected"
    STAMPED_AGAIN = "stamped-again"


ITEM_EVENTS: Final = frozenset({CustodyEvent.ORIGINAL_ADDED, CustodyEvent.DERIVATIVE_ADDED})
NOTED_EVENTS: Final = (
    CustodyEvent.HANDED_OVER,
    CustodyEvent.RETURNED,
    CustodyEvent.INSPECTED,
    CustodyEvent.STAMPED_AGAIN,
)

_LINE: Final = re.compile(
    r'(?P<json>\{"asked":"(?P<asked>[a-z0-9+-]*)"'
    r',"bag":"(?P<bag>[0-9a-f]{32})"'
    r',"by":"(?P<by>[0-9a-f]{64})"'
    r',"digest":"(?P<digest>(?:[0-9a-f]{64})?)"'
    r',"event":"(?P<event>[a-z-]+)"'
    r',"item":"(?P<item>(?:[0-9]{4})?)"'
    r',"n":(?P<n>[1-9][0-9]{0,3})'
    r',"origin":"(?P<origin>(?:[0-9a-f]{64})?)"'
    r',"path":"(?P<path>[A-Za-z0-9._/-]*)"'
    r',"previous":"(?P<previous>[0-9a-f]{64})"'
    r',"salt":"(?P<salt>[0-9a-f]{32})"'
    r',"sealed":"(?P<sealed>(?:[0-9a-f]{64})?)"'
    r',"time":"(?P<time>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)"'
    r',"v":1\}) (?P<signature>[A-Za-z0-9+/]{86}==)'
)


@dataclass(frozen=True)
class Entry:
    """One line. Empty strings where an event has nothing to say.

    `digest`: of the item in the clear (`sealed`: of the payload manifest); `sealed`: of the
    sealed original; `origin`: of the original that a derivative was made from; `asked`: the
    authorities asked for timestamps of this seal, joined by `+`.
    """

    bag: str
    by: str
    n: int
    previous: str
    time: datetime
    event: CustodyEvent
    salt: str
    item: str = ""
    path: str = ""
    digest: str = ""
    sealed: str = ""
    origin: str = ""
    asked: str = ""

    def to_json(self) -> bytes:
        """The bytes that are signed."""
        values = {
            "asked": self.asked,
            "bag": self.bag,
            "by": self.by,
            "digest": self.digest,
            "event": self.event.value,
            "item": self.item,
            "n": self.n,
            "origin": self.origin,
            "path": self.path,
            "previous": self.previous,
            "salt": self.salt,
            "sealed": self.sealed,
            "time": self.time.strftime(_TIME),
            "v": 1,
        }
        return json.dumps(values, sort_keys=True, separators=(",", ":")).encode("ascii")

    def signed_line(self, desk: Ed25519PrivateKey) -> bytes:
        """The line, without its end."""
        content = self.to_json()
        return content + b" " + base64.b64encode(desk.sign(content))


@dataclass(frozen=True)
class SignedEntry:
    """A line that was read: the entry, and the bytes that the next line's digest covers."""

    entry: Entry
    line: bytes
    signature: bytes

    @classmethod
    def parse(cls, untrusted: bytes) -> SignedEntry:
        """Read one line without its end. Raises `EvidenceError`; the signature is not checked."""
        # Latin-1 reads every byte, so that one expression decides.
        match = _LINE.fullmatch(untrusted.decode("latin-1"))
        if match is None:
            raise EvidenceError("a line of the custody log is not as this program writes it")
        try:
            event = CustodyEvent(match["event"])
            at = datetime.strptime(match["time"], _TIME).replace(tzinfo=UTC)
            signature = base64.b64decode(match["signature"], validate=True)
        except ValueError:
            raise EvidenceError("a line of the custody log names no such event or time") from None
        entry = Entry(
            bag=match["bag"],
            by=match["by"],
            n=int(match["n"]),
            previous=match["previous"],
            time=at,
            event=event,
            **{name: match[name] for name in ("salt", "item", "path", "digest", "sealed")},
            **{name: match[name] for name in ("origin", "asked")},
        )
        if base64.b64encode(signature).decode() != match["signature"]:
            raise EvidenceError("a signature of the custody log is not canonical base64")
        return cls(entry, bytes(untrusted), signature)

    @property
    def digest(self) -> str:
        """SHA-256 of the line without its end, hex."""
        return hashlib.sha256(self.line).hexdigest()

    def is_signed_by(self, key: Ed25519PublicKey) -> bool:
        """Whether `key` signed this entry and the entry names that key."""
        try:
            key.verify(self.signature, self.entry.to_json())
        except InvalidSignature:
            return False
        return self.entry.by == key_id(key)


class CustodyWriter:
    """Appends to a log; what it has is in `lines`."""

    def __init__(self, desk: Ed25519PrivateKey, bag: str, *, lines: Sequence[bytes] = ()) -> None:
        self._desk = desk
        self._bag = bag
        self.lines = list(lines)

    def add(
        self,
        event: CustodyEvent,
        *,
        at: datetime,
        item: str = "",
        path: str = "",
        digest: str = "",
        sealed: str = "",
        origin: str = "",
        asked: str = "",
    ) -> Entry:
        """Sign the next line. Raises `EvidenceError` when the log is full."""
        if len(self.lines) >= MOST_ENTRIES:
            raise EvidenceError(
                f"a custody log has at most {MOST_ENTRIES} lines; begin a new bundle"
            )
        before = hashlib.sha256(self.lines[-1]).hexdigest() if self.lines else NO_LINE_BEFORE
        entry = Entry(
            bag=self._bag,
            by=key_id(self._desk.public_key()),
            n=len(self.lines) + 1,
            previous=before,
            time=at.astimezone(UTC).replace(microsecond=0),
            event=event,
            # A proof shows the digest of the line before; without salt, that line could be guessed.
            salt=secrets.token_hex(16),
            item=item,
            path=path,
            digest=digest,
            sealed=sealed,
            origin=origin,
            asked=asked,
        )
        self.lines.append(entry.signed_line(self._desk))
        return entry

    def to_bytes(self) -> bytes:
        return b"".join(line + b"\n" for line in self.lines)


def log_lines(untrusted: bytes) -> list[bytes]:
    """Split a log into lines. Raises `EvidenceError` if it is empty, cut off or endless."""
    if not untrusted.endswith(b"\n"):
        raise EvidenceError("the custody log is empty, or its last line is cut off")
    lines = untrusted[:-1].split(b"\n")
    if len(lines) > MOST_ENTRIES:
        raise EvidenceError(f"a custody log has at most {MOST_ENTRIES} lines; this one has more")
    return lines
