"""A batch: what one desk hands another. Plain bytes here; they travel inside an envelope.

    {"format":"safelight-journal-batch/1","entries":[[signed, signature]…],
     "heads":[[desk, seq, digest, signature]…],"contents":[sealed…],
     "keys":[[key id, subject, secret]…]}

Bytes are base64. A batch brings the keys of all contents in it, so that it can be read
whatever came before; what was destroyed is left out by the sender and refused by the
receiver. Whoever can open the envelope can read the contents: seal it to desks of the team
and to nobody else.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from typing import Any, Final

from safelight.journal.content import KEY_SIZE, ContentKey
from safelight.journal.entry import JournalError, SignedEntry, SignedHead

FORMAT: Final = "safelight-journal-batch/1"
LARGEST_BATCH: Final = 12 * 1024 * 1024
_KEYS: Final = frozenset({"format", "entries", "heads", "contents", "keys"})
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/+=-]{0,159}")
_KEY_ID: Final = re.compile(r"[0-9a-f]{32}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


class BatchError(JournalError):
    """Bytes that are not a batch."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Entries with their signatures, heads, and the contents and keys that go with them."""

    entries: tuple[SignedEntry, ...]
    heads: tuple[SignedHead, ...]
    contents: tuple[bytes, ...] = field(default=(), repr=False)
    keys: tuple[ContentKey, ...] = field(default=(), repr=False)

    def to_bytes(self) -> bytes:
        """Return the batch as JSON; `Batch.parse` gives back an equal one."""
        return json.dumps(
            {
                "format": FORMAT,
                "entries": [[_text(e.signed), _text(e.signature)] for e in self.entries],
                "heads": [[h.desk, h.seq, h.digest, _text(h.signature)] for h in self.heads],
                "contents": [_text(sealed) for sealed in self.contents],
                "keys": [[k.key_id, k.subject, _text(k.secret)] for k in self.keys],
            },
            separators=(",", ":"),
        ).encode("ascii")

    @classmethod
    def parse(cls, untrusted: bytes) -> Batch:
        """Read a batch, or raise `BatchError`. What is in it is still unverified (`merging`)."""
        if len(untrusted) > LARGEST_BATCH:
            raise BatchError(f"a batch has at most {LARGEST_BATCH} bytes; got more")
        try:
            document = json.loads(untrusted)
            if set(document) != _KEYS or document["format"] != FORMAT:
                raise BatchError(f"expected the keys of {FORMAT}, got others; update Safelight")
            return cls(
                tuple(SignedEntry(_bytes(one), _bytes(two)) for one, two in document["entries"]),
                tuple(_head(*line) for line in document["heads"]),
                tuple(_bytes(one) for one in document["contents"]),
                tuple(_key(*line) for line in document["keys"]),
            )
        except (ValueError, TypeError, KeyError, RecursionError):
            raise BatchError(f"not a {FORMAT}: its fields cannot be read") from None


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _bytes(untrusted: Any) -> bytes:
    return base64.b64decode(untrusted, validate=True)


def _head(desk: Any, seq: Any, digest: Any, signature: Any) -> SignedHead:
    if not _NAME.fullmatch(desk) or type(seq) is not int or not 1 <= seq < 2**53:
        raise ValueError
    if not _DIGEST.fullmatch(digest):
        raise ValueError
    return SignedHead(desk, seq, digest, _bytes(signature))


def _key(key_id: Any, subject: Any, secret: Any) -> ContentKey:
    found = ContentKey(key_id, subject, _bytes(secret))
    if not _KEY_ID.fullmatch(key_id) or not _NAME.fullmatch(subject):
        raise ValueError
    if len(found.secret) != KEY_SIZE:
        raise ValueError
    return found
