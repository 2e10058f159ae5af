"""The tag behind a later message or file: only who has the receipt can make one.

docs/spec/mailbox.md, "Whose message it is". Recipients are public, so anybody can seal an
envelope to the desks. The content of each later envelope is therefore followed by

    HMAC-SHA-256(message key of the receipt, SHA-256(content))           32 bytes

and the desk knows the key from the report that it has opened. The content names its format
and its mailbox, so a tag fits nowhere else. It is made over a digest so that a file of any
size is read once, by who seals without yet knowing its end and by who opens without yet
knowing which report it belongs to.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final, Protocol

TAG_SIZE: Final = 32


class Sink(Protocol):
    """Where bytes go."""

    def write(self, data: bytes, /) -> object: ...


def tag_of(message_key: bytes, digest: bytes) -> bytes:
    """Return the tag of content with this SHA-256."""
    return hmac.digest(message_key, digest, "sha256")


def tagged(content: bytes, message_key: bytes) -> bytes:
    """Return `content` with its tag behind it: what is sealed."""
    return content + tag_of(message_key, hashlib.sha256(content).digest())


class Tagging:
    """A sink that passes content on and, at the end, writes its tag behind it."""

    def __init__(self, sink: Sink, message_key: bytes) -> None:
        self._sink = sink
        self._key = message_key
        self._digest = hashlib.sha256()

    def write(self, data: bytes, /) -> None:
        self._digest.update(data)
        self._sink.write(data)

    def finish(self) -> None:
        self._sink.write(tag_of(self._key, self._digest.digest()))


class Untagging:
    """A sink that passes on all but the last 32 bytes, which may be a tag.

    After the last byte `tag` is what stood there and `digest` the SHA-256 of what stood
    before it: `is_by` says whether they belong together.
    """

    def __init__(self, sink: Sink | None = None) -> None:
        self._sink = sink
        self._held = bytearray()
        self._digest = hashlib.sha256()

    def write(self, data: bytes, /) -> int:
        self._held += data
        content = bytes(self._held[:-TAG_SIZE])
        if content:
            self._digest.update(content)
            if self._sink is not None:
                self._sink.write(content)
            del self._held[:-TAG_SIZE]
        return len(data)

    @property
    def tag(self) -> bytes:
        return bytes(self._held)

    @property
    def digest(self) -> bytes:
        return self._digest.digest()


def is_by(message_key: bytes, *, digest: bytes, untrusted_tag: bytes) -> bool:
    """Whether a tag was made with this key over content with this SHA-256."""
    return hmac.compare_digest(tag_of(message_key, digest), untrusted_tag)
