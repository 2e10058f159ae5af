"""Threat: header-bomb: A header without end, or one that asks for endless work, is refused after 64
KiB and before any work.
"""

from __future__ import annotations

import base64
import io

import pytest

from safelight.sealing.header import (
    LARGEST_HEADER,
    HeaderError,
    Stanza,
    header_bytes,
    parse_header,
    read_header,
)
from safelight.sealing.opening import HybridIdentity, PassphraseIdentity, open_stream

START = b"age-encryption.org/v1\n"
STANZA = b"-> grease\n" + base64.b64encode(bytes(48)) + b"\n\n"


class Endless:
    """A source that never ends, and knows how much was taken from it."""

    def __init__(self, start: bytes, forever: bytes) -> None:
        self.start, self.forever, self.taken = io.BytesIO(start), forever, 0

    def _counted(self, data: bytes) -> bytes:
        self.taken += len(data)
        return data

    def read(self, size: int, /) -> bytes:
        return self._counted(self.start.read(size) or self.forever * (size // len(self.forever)))

    def readline(self, size: int, /) -> bytes:
        line = self.start.readline(size)
        if line:
            return self._counted(line)
        first = self.forever.split(b"\n", 1)[0]
        if first == self.forever:  # no line end, ever
            return self._counted((self.forever * (size // len(self.forever) + 1))[:size])
        self.start = io.BytesIO(self.forever)
        return self.readline(size)


@pytest.mark.parametrize(
    "forever",
    [STANZA, b"-> grease\n" + b"QUJD" * 16 + b"\n", b"A", b"-> " + b"A" * 997],
    ids=["stanzas", "lines", "a line", "an argument"],
)
def test_a_header_without_end_is_refused_within_its_bound(forever: bytes) -> None:
    source = Endless(START + b"-> grease\n", forever)
    with pytest.raises(HeaderError, match=r"does not end within|not base64"):
        read_header(source)
    assert source.taken <= LARGEST_HEADER + 1


def test_a_header_at_the_bound_is_read_and_one_byte_more_is_not() -> None:
    def header(length: int) -> bytes:
        empty = len(header_bytes(bytes(16), [Stanza(("x",), b"")]))
        return header_bytes(bytes(16), [Stanza(("x" * (1 + length - empty),), b"")])

    assert parse_header(header(LARGEST_HEADER)).length == LARGEST_HEADER
    with pytest.raises(HeaderError, match=f"does not end within {LARGEST_HEADER} bytes"):
        parse_header(header(LARGEST_HEADER + 1))


def test_an_endless_header_costs_an_opener_no_more_than_its_bound() -> None:
    source = Endless(START, STANZA)
    with pytest.raises(HeaderError, match="does not end within"):
        open_stream(source, io.BytesIO(), [HybridIdentity(bytes(32))], padded=True)
    assert source.taken <= LARGEST_HEADER + 1


def test_a_passphrase_that_asks_for_gigabytes_is_refused_before_the_work() -> None:
    salt = base64.b64encode(bytes(16)).decode().rstrip("=")
    for factor, refused in (("19", True), ("63", True), ("1", False)):
        header = header_bytes(bytes(16), [Stanza(("scrypt", salt, factor), bytes(32))])
        reason = "work factor is" if refused else "sealed to 1 recipient"
        with pytest.raises(Exception, match=reason):
            open_stream(
                io.BytesIO(header + bytes(32)),
                io.BytesIO(),
                [PassphraseIdentity(b"x")],
                padded=False,
            )
