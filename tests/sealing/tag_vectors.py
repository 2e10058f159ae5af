"""What vectors/tags/ holds; written by `python -m tests.sealing.write_vectors`."""

from __future__ import annotations

import hashlib
from typing import Any

from safelight.sealing.message_tag import tagged

Vector = dict[str, Any]

_KEY = hashlib.sha256(b"safelight test vector: message key").digest()
_OTHER_KEY = hashlib.sha256(b"safelight test vector: another message key").digest()
_MESSAGE = '{"format":"safelight-message/1","text":"Я вспомнила ещё одно."}'.encode()
_FILE = b'{"format":"safelight-file/1"}\n' + bytes(range(256)) * 3


def _vector(what: str, content: bytes, sealed: bytes, expect: str) -> Vector:
    return {
        "what": what,
        "expect": expect,
        "message_key": _KEY.hex(),
        "content": content.hex(),
        "sealed": sealed.hex(),
    }


def tags() -> dict[str, Vector]:
    """Every vector by path below vectors/: `sealed` is what stands inside the envelope."""
    good = tagged(_MESSAGE, _KEY)
    return {
        f"tags/{name}.json": vector
        for name, vector in {
            "good-message": _vector("a message", _MESSAGE, good, "ok"),
            "good-file": _vector("a file of several pieces", _FILE, tagged(_FILE, _KEY), "ok"),
            "good-nothing": _vector("no byte", b"", tagged(b"", _KEY), "ok"),
            "another-key": _vector(
                "another receipt's tag", _MESSAGE, tagged(_MESSAGE, _OTHER_KEY), "refused"
            ),
            "changed-content": _vector(
                "one bit changed", _MESSAGE, bytes([good[0] ^ 1]) + good[1:], "refused"
            ),
            "cut-off": _vector("the last byte is missing", _MESSAGE, good[:-1], "refused"),
            "no-tag": _vector("content alone", _MESSAGE, _MESSAGE, "refused"),
            "one-byte-more": _vector("a byte behind the tag", _MESSAGE, good + b"\0", "refused"),
            "shorter-than-a-tag": _vector("31 bytes", b"", tagged(b"", _KEY)[:31], "refused"),
        }.items()
    }
