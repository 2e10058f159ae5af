"""Threat: mailbox-takeover: Who has seen a mailbox id cannot replace its envelope, read its status
or lock its owner out with other bytes.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from safelight.intake.addresses import address
from safelight.sealing.receipt import Receipt
from tests.support.live_server import live_server
from tests.support.raw_http import problem

pytestmark = pytest.mark.live


def test_a_taken_mailbox_refuses_other_bytes_and_other_verifiers(tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        sealed, desk = server.sealed(b"the reporter's"), server.keeper.desks[0]
        _, owner = server.deposit(sealed)
        attacker = Receipt.generate()
        others = server.sealed(b"the attacker's")
        for body, verifier in (
            (others, owner.verifier),
            (others, attacker.verifier),
            (sealed, attacker.verifier),
        ):
            refused, _ = server.deposit(body, owner, Safelight_Verifier=verifier.hex())
            assert refused.status == 409
            assert problem(refused.body)["problem"] == "mailbox-taken"
        # The owner is not locked out: a retry is still recognised, the status still shown.
        assert server.deposit(sealed, owner)[0].status == 200
        page = server.post_form(
            address("en", "receipt"), [("words", " ".join(owner.words("en")))]
        ).text
        assert "Your report arrived" in page
        (held,) = server.listed(desk)
        assert server.ask_as(desk, "GET", f"/collect/{held['id']}").body == sealed
        # Nor after the desk has fetched it and only a tombstone is left.
        server.acknowledge(desk, [held["id"]])
        assert server.deposit(others, owner)[0].status == 409
        assert server.listed(desk) == []


def test_the_mailbox_id_alone_shows_nothing(tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        _, owner = server.deposit(server.sealed(b"text"))
        path = f"/mailbox/{owner.mailbox_id.hex()}"
        unused = f"/mailbox/{Receipt.generate().mailbox_id.hex()}"
        for method in ("GET", "HEAD", "PUT", "DELETE", "PATCH"):
            taken, free = server.request(method, path), server.request(method, unused)
            assert (taken.status, taken.body) == (free.status, free.body)
            assert taken.status == 405
