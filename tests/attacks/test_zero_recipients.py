"""Threat: zero-recipients: A report sealed to nobody is lost for ever, so nothing seals to nobody
and no server keeps what was.
"""

from __future__ import annotations

import base64
import io
from datetime import date

import pytest

from safelight.sealing.envelope import Envelope, EnvelopeError
from safelight.sealing.header import HeaderError, header_bytes, parse_header
from safelight.sealing.opening import HybridIdentity, open_bytes
from safelight.sealing.roster import Roster, RosterError
from safelight.sealing.seal import SealError, SealingWriter, seal_bytes, seal_stream

DESK = HybridIdentity(bytes(32))


def test_no_way_of_sealing_accepts_nobody() -> None:
    sink = io.BytesIO()
    with pytest.raises(SealError, match="sealed to nobody"):
        seal_bytes(b"a report", [])
    with pytest.raises(SealError, match="sealed to nobody"):
        seal_stream(io.BytesIO(b"a report"), sink, [], padded=True)
    with pytest.raises(SealError, match="sealed to nobody"):
        SealingWriter(sink, [], padded=False)
    assert sink.getvalue() == b"", "nothing is written before the refusal"
    assert open_bytes(seal_bytes(b"a report", [DESK.recipient()]), [DESK]) == b"a report"


def test_a_header_without_recipients_is_neither_written_nor_read() -> None:
    mac = base64.b64encode(bytes(32)).rstrip(b"=")
    with pytest.raises(HeaderError, match="at least one recipient"):
        header_bytes(bytes(16), [])
    with pytest.raises(HeaderError, match="sealed to nobody"):
        parse_header(b"age-encryption.org/v1\n--- " + mac + b"\n")


def test_a_server_refuses_an_envelope_for_nobody() -> None:
    mac = base64.b64encode(bytes(32)).rstrip(b"=")
    header = b"age-encryption.org/v1\n--- " + mac + b"\n"
    with pytest.raises(EnvelopeError, match="sealed to nobody"):
        Envelope.parse(header + bytes(32 * 1024 - len(header)))
    assert Envelope.parse(seal_bytes(b"", [DESK.recipient()])).recipients == 1


def test_an_empty_roster_gives_no_recipients_to_seal_to() -> None:
    today = date(2026, 11, 22)
    roster = Roster(version=1, issued=today, expires=today, desks=())
    assert roster.usable_desks(today) == ()
    with pytest.raises(RosterError, match="no usable desk"):
        roster.recipients(today)
