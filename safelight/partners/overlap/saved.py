"""A participant's state as bytes: facts as JSON, then long values as they are.

One file, replaced as a whole, so that a state is never half of one step and half of the next.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from safelight.partners.overlap.problems import PrivateOverlapError
from safelight.sealing.strict_json import parse_object

_MAGIC: Final = b"SLOS"
_DIGEST_SIZE: Final = 32
_LARGEST_FACTS: Final = 64 * 1024 * 1024


def packed(facts: Mapping[str, Any], blobs: Mapping[str, bytes]) -> bytes:
    """Facts (what JSON can hold) and named values in one row of bytes."""
    index = {"facts": dict(facts), "blobs": {name: len(blob) for name, blob in blobs.items()}}
    head = json.dumps(index, separators=(",", ":")).encode("utf-8")
    whole = b"".join([_MAGIC, len(head).to_bytes(4, "big"), head, *blobs.values()])
    return whole + hashlib.sha256(whole).digest()


def unpacked(stored: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What `packed` made. Raises `PrivateOverlapError` for anything else."""
    whole, digest = stored[:-_DIGEST_SIZE], stored[-_DIGEST_SIZE:]
    if whole[:4] != _MAGIC or hashlib.sha256(whole).digest() != digest:
        # What a disk bent must not be sent on as if it were a list.
        raise PrivateOverlapError("the state of this overlap is damaged; begin a new session")
    size = int.from_bytes(whole[4:8], "big")
    index = parse_object(whole[8 : 8 + size], largest=_LARGEST_FACTS)
    blobs, place = {}, 8 + size
    for name, length in index["blobs"].items():
        blobs[name] = whole[place : place + length]
        place += length
    return index["facts"], blobs


def as_text(value: bytes) -> str:
    """Bytes as base64, for facts."""
    return base64.b64encode(value).decode("ascii")


def from_text(value: str) -> bytes:
    """The bytes that `as_text` wrote."""
    return base64.b64decode(value, validate=True)
