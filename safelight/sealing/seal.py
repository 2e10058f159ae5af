"""Seal: age v1 files, padded or not, written as the content arrives.

One chunk of 64 KiB is held at a time, so memory does not grow with the content
and no plaintext ever needs a file of its own.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from safelight.errors import SafelightError
from safelight.sealing.header import FILE_KEY_SIZE, derived_key, header_bytes
from safelight.sealing.padding import (
    FILE_SIZES,
    PADDED_SIZES,
    PADDING_MARKER,
    padded_plaintext_size,
    plaintext_capacity,
)
from safelight.sealing.payload import (
    CHUNK,
    PAYLOAD_NONCE_SIZE,
    SEALED_CHUNK,
    TAG,
    chunk_nonce,
)
from safelight.sealing.recipients import HybridRecipient, Recipient

# An envelope's header must leave room for a report in the smallest class.
MOST_RECIPIENTS: Final = 16
_READ_AT_ONCE: Final = 8 * CHUNK


class SealError(SafelightError):
    """Something that must not, or cannot, be sealed."""


class ByteSink(Protocol):
    """Where a sealed file is written to. Must take all it is given, or raise."""

    def write(self, data: bytes, /) -> int | None: ...


class ContentSource(Protocol):
    """What is sealed."""

    def read(self, size: int, /) -> bytes: ...


def write_all(sink: ByteSink, data: bytes) -> None:
    """Write `data`, and raise `SealError` if the sink says that it took only a part."""
    taken = sink.write(data)
    if taken is not None and taken != len(data):
        raise SealError(f"the output took {taken} of {len(data)} bytes; use a buffered one")


def check_recipients(recipients: Sequence[Recipient]) -> None:
    """Refuse nobody (the content would be lost), too many, and a mix of strong with classic.

    One classic recipient makes the whole file readable to whoever stores it until a
    quantum computer can be had (age.md: SHOULD NOT be mixed).
    """
    if not recipients:
        raise SealError("sealed to nobody, the content would be lost; name at least one recipient")
    if len(recipients) > MOST_RECIPIENTS:
        raise SealError(f"at most {MOST_RECIPIENTS} recipients; got {len(recipients)}")
    hybrid = sum(isinstance(recipient, HybridRecipient) for recipient in recipients)
    if hybrid not in (0, len(recipients)):
        raise SealError(
            f"{hybrid} post-quantum recipients mixed with {len(recipients) - hybrid} classic ones; "
            "seal to one kind only"
        )


class SealingWriter:
    """Seals what is written to it into `sink`; the file is whole only after `finish()`.

    With `padded`, the sealed file's total length is exactly one of `FILE_SIZES` up to
    `largest`. Left without `finish()`, the file has no final chunk and opens nowhere.
    """

    def __init__(
        self,
        sink: ByteSink,
        recipients: Sequence[Recipient],
        *,
        padded: bool,
        largest: int = FILE_SIZES[-1],
    ) -> None:
        check_recipients(recipients)
        file_key = os.urandom(FILE_KEY_SIZE)
        nonce = os.urandom(PAYLOAD_NONCE_SIZE)
        header = header_bytes(file_key, [recipient.wrap(file_key) for recipient in recipients])
        self._sink = sink
        self._aead = ChaCha20Poly1305(derived_key(file_key, salt=nonce, info=b"payload"))
        self._overhead = len(header) + len(nonce)
        self._padded = padded
        self._largest = largest
        self._room = plaintext_capacity(largest, self._overhead) if padded else None
        self._pending = bytearray()
        self._sealed_chunk = bytearray(SEALED_CHUNK)
        self._chunks = 0
        self._content = 0
        self._padding = 0
        self._finished = False
        write_all(sink, header + nonce)

    def write(self, content: bytes | bytearray | memoryview) -> None:
        """Seal more content. Raises `SealError` as soon as no size class can hold it."""
        if self._finished:
            raise SealError("this file is finished, or its output failed; start another")
        self._content += len(content)
        # One byte is the padding's own.
        if self._room is not None and self._content + 1 > self._room:
            raise SealError(
                f"the content does not fit into the largest size, {self._largest} bytes sealed"
            )
        self._append(content)

    def finish(self) -> int:
        """Pad, seal the final chunk and return the sealed file's length in bytes."""
        if self._finished:
            raise SealError("this file is finished, or its output failed; start another")
        if self._padded:
            self._pad()
        self._emit(self._pending, final=True)
        self._finished = True
        self._pending.clear()
        return self._overhead + self._content + self._padding + TAG * self._chunks

    def _pad(self) -> None:
        size = padded_plaintext_size(self._content, self._overhead, self._largest)
        if size is None:  # write() has refused before
            raise SealError("the content does not fit into the largest size")
        self._padding = size - self._content
        self._append(PADDING_MARKER)
        zeros, left = bytes(CHUNK), self._padding - 1
        while left:
            take = min(left, CHUNK)
            self._append(memoryview(zeros)[:take])
            left -= take

    def _append(self, content: bytes | bytearray | memoryview) -> None:
        rest = memoryview(content).cast("B")
        while rest:
            # A full chunk waits until more comes: only then is it known not to be the final one.
            if len(self._pending) == CHUNK:
                self._emit(self._pending, final=False)
                self._pending.clear()
            if not self._pending:
                while len(rest) > CHUNK:
                    self._emit(rest[:CHUNK], final=False)
                    rest = rest[CHUNK:]
            take = min(len(rest), CHUNK - len(self._pending))
            self._pending += rest[:take]
            rest = rest[take:]

    def _emit(self, chunk: bytearray | memoryview, *, final: bool) -> None:
        size = self._aead.encrypt_into(
            chunk_nonce(self._chunks, final=final),
            chunk,
            None,
            memoryview(self._sealed_chunk)[: len(chunk) + TAG],
        )
        # Counted before it is written: if the sink fails, no later chunk may take this nonce.
        self._chunks += 1
        try:
            write_all(self._sink, bytes(self._sealed_chunk[:size]))
        except BaseException:
            self._finished = True
            raise


def seal_stream(
    source: ContentSource,
    sink: ByteSink,
    recipients: Sequence[Recipient],
    *,
    padded: bool,
    on_progress: Callable[[int], None] | None = None,
) -> int:
    """Seal `source` into `sink` and return the sealed length; memory stays constant.

    `on_progress` is told the number of content bytes sealed so far.
    """
    writer = SealingWriter(sink, recipients, padded=padded)
    done = 0
    while content := source.read(_READ_AT_ONCE):
        writer.write(content)
        done += len(content)
        if on_progress is not None:
            on_progress(done)
    return writer.finish()


def seal_bytes(content: bytes, recipients: Sequence[Recipient]) -> bytes:
    """Return `content` as a padded envelope for a mailbox: post-quantum recipients only.

    Raises `SealError` if it is too long for the largest envelope (`PADDED_SIZES`).
    """
    check_recipients(recipients)
    if not all(isinstance(recipient, HybridRecipient) for recipient in recipients):
        raise SealError("an envelope is sealed to post-quantum recipients (age1pq1…) only")
    sink = io.BytesIO()
    writer = SealingWriter(sink, recipients, padded=True, largest=PADDED_SIZES[-1])
    writer.write(content)
    writer.finish()
    return sink.getvalue()
