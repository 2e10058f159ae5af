"""A participant's state as bytes: facts as JSON, then long values as they are.

One file, replaced as a whole, so that a state is never half of one step and half of the next.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any, Final

from safelight.partners.overlap.problems import PrivateOverlapError
from safelight.sealing.strict_json import parse_object

_MAGIC: Final = b"SLOS"
_LARGEST_FACTS: Final = 64 * 1024 * 1024


def packed(facts: Mapping[str, Any], blobs: Mapping[str, bytes]) -> bytes:
    """Facts (what JSON can hold) and named values in one row of bytes."""
    index = {"facts": dict(facts), "blobs": {name: len(blob) for name, blob in blobs.items()}}
    head = json.dumps(index, separators=(",", ":")).encode("utf-8")
    return b"".join([_MAGIC, len(head).to_bytes(4, "big"), head, *blobs.values()])


def unpacked(stored: bytes) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What `packed` made. Raises `PrivateOverlapError` for anything else."""
    size = int.from_bytes(stored[4:8], "big")
    if stored[:4] != _MAGIC or len(stored) < 8 + size:
        raise PrivateOverlapError("the state of this overlap is damaged; begin a new session")
    try:
        index = parse_object(stored[8 : 8 + size], largest=_LARGEST_FACTS)
    except ValueError:
        raise PrivateOverlapError(
            "the state of this overlap is damaged; begin a new session"
        ) from None
    blobs, place = {}, 8 + size
    for name, length in index["blobs"].items():
        blobs[name] = stored[place : place + length]
        place += length
    if place != len(stored):
        raise PrivateOverlapError("the state of this overlap is cut; begin a new session")
    return index["facts"], blobs


def as_text(value: bytes) -> str:
    """Bytes as base64, for facts."""
    return base64.b64encode(value).decode("ascii")


def from_text(value: str) -> bytes:
    """The bytes that `as_text` wrote."""
    return base64.b64decode(value, validate=True)
