"""Threat: truncated-envelope: A cut connection or a tampering carrier shortens an envelope; it is
refused on arrival and never opens in part.
"""

from __future__ import annotations

import pytest

from safelight.sealing.envelope import Envelope, EnvelopeError
from safelight.sealing.header import SealedFileError, parse_header
from safelight.sealing.opening import HybridIdentity, open_bytes
from safelight.sealing.padding import PADDED_SIZES
from safelight.sealing.payload import SEALED_CHUNK
from safelight.sealing.seal import seal_bytes

DESK = HybridIdentity(bytes(32))
CONTENT = b"what happened " * 5000  # two chunks, so that a cut can fall between them


def test_a_shortened_or_lengthened_envelope_is_refused_on_arrival() -> None:
    envelope = seal_bytes(CONTENT, [DESK.recipient()])
    assert Envelope.parse(envelope).sealed == envelope
    for length in (0, 1, 21, 22, 1000, PADDED_SIZES[0] - 1, len(envelope) - 1):
        with pytest.raises(EnvelopeError, match="an envelope is exactly one of"):
            Envelope.parse(envelope[:length])
    with pytest.raises(EnvelopeError, match="an envelope is exactly one of"):
        Envelope.parse(envelope + b"\0")


def test_an_envelope_cut_to_another_size_class_does_not_open() -> None:
    # The one cut that the server cannot see: from 256 KiB down to exactly 32 KiB.
    envelope = seal_bytes(CONTENT, [DESK.recipient()])
    cut = envelope[: PADDED_SIZES[0]]
    Envelope.parse(cut)
    with pytest.raises(SealedFileError, match=r"changed|cut off"):
        open_bytes(cut, [DESK])
    assert open_bytes(envelope, [DESK]) == CONTENT


def test_no_cut_of_an_envelope_opens() -> None:
    envelope = seal_bytes(CONTENT, [DESK.recipient()])
    start = parse_header(envelope).length + 16
    boundaries = [start + n * SEALED_CHUNK for n in range(4)]
    for length in (*range(0, start, 97), *boundaries, len(envelope) - 1):
        with pytest.raises(SealedFileError):
            open_bytes(envelope[:length], [DESK])
