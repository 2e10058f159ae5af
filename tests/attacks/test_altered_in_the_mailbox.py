"""Threat: altered-in-the-mailbox: The server, or somebody on the line, hands a desk other bytes
than its own list says; they are not taken in, not acknowledged, asked for again and named.
"""

from __future__ import annotations

import pytest

from tests.casework.test_conversation import Pretend, named
from tests.casework.test_mail_server import answering
from tests.support.desk import TestDesk, a_report, desk

__all__ = ["desk"]


def test_altered_bytes_are_refused_and_the_others_come_all_the_same(desk: TestDesk) -> None:
    from safelight.casework.inbox import fetch
    from safelight.casework.mail_server import AlteredError
    from safelight.casework.models import Case, ReceivedEnvelope

    bad, good = desk.sealed(a_report()), desk.sealed(a_report())
    server = Pretend(named(bad, good), mailbox="0f" * 16)
    server.tamper = lambda sealed: (
        sealed[:-1] + bytes([sealed[-1] ^ 1]) if sealed == bad else sealed
    )
    with answering(server) as (address, asked):
        with pytest.raises(AlteredError, match="envelope 0000000000000000 came with other bytes"):
            fetch(address)
        assert Case.objects.count() == ReceivedEnvelope.objects.count() == 1
        server.tamper = bytes
        before = len(asked)
        assert fetch(address).cases == 1
    assert f"GET /collect/{'0' * 16}?part=0" in asked[before:], "asked for again"
    assert Case.objects.count() == 2


def test_an_altered_envelope_is_not_acknowledged(desk: TestDesk) -> None:
    from safelight.casework.inbox import fetch
    from safelight.casework.mail_server import AlteredError

    server = Pretend(named(desk.sealed(a_report())), mailbox="0f" * 16)
    server.tamper = lambda sealed: bytes(len(sealed))
    with answering(server) as (address, asked), pytest.raises(AlteredError):
        fetch(address)
    assert not [line for line in asked if line.startswith("POST")]
