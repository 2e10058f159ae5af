"""Threat: forged-withdrawal: A server, or somebody with the mailbox's key, makes desks destroy a
case; but the proof is in nothing that the server has seen, and another case's proof is no proof.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from safelight.sealing.receipt import Receipt
from tests.intake.test_conversation import as_owner, withdraw, withdrawals
from tests.support.live_server import live_server
from tests.support.search_everywhere import files_with

pytestmark = pytest.mark.live


def test_nothing_the_server_sees_before_a_withdrawal_proves_one(tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        receipt = Receipt.generate()
        # The verifier travels inside, as in a real report.
        server.deposit(server.sealed(receipt.withdrawal_verifier.hex().encode()), receipt)
        as_owner(server, receipt, "read")
        seen = [receipt.mailbox_id, receipt.verifier, receipt.auth_key]
        assert all(hashlib.sha256(s).digest() != receipt.withdrawal_verifier for s in seen)
        hidden = [receipt.withdrawal_proof, receipt.withdrawal_verifier]
        samples = [form for one in hidden for form in (one, one.hex().encode())]
        assert not set().union(*files_with(samples, tmp_path).values())
        # The search does find what is there.
        known = receipt.verifier.hex().encode()
        assert set().union(*files_with([known], tmp_path).values()) == {known}


def test_a_proof_of_another_case_or_an_invented_one_reaches_desks_as_what_it_is(
    tmp_path: Path,
) -> None:
    with live_server(tmp_path) as server:
        _, mine = server.deposit(server.sealed(b"mine"))
        _, other = server.deposit(server.sealed(b"other"))
        # Somebody replays a proof that was seen, on another mailbox whose key they have.
        withdraw(server, other)
        withdraw(server, mine, proof=other.withdrawal_proof)
        desk = server.keeper.desks[0]
        shown = {one["mailbox"]: bytes.fromhex(one["proof"]) for one in withdrawals(server, desk)}
        holds = {
            receipt.mailbox_id: hashlib.sha256(shown[receipt.mailbox_id.hex()]).digest()
            == receipt.withdrawal_verifier
            for receipt in (mine, other)
        }
        assert holds == {mine.mailbox_id: False, other.mailbox_id: True}
        # The owner's own proof still comes through after a false one.
        withdraw(server, mine)
        again = {one["mailbox"]: one["proof"] for one in withdrawals(server, desk)}
        assert again[mine.mailbox_id.hex()] == mine.withdrawal_proof.hex()


def test_a_withdrawal_that_is_replayed_changes_nothing(tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        desk = server.keeper.desks[0]
        _, receipt = server.deposit(server.sealed(b"report"))
        said = f'{{"ids":[],"withdrawals":["{receipt.mailbox_id.hex()}"]}}'.encode()
        for _ in range(3):
            assert withdraw(server, receipt).json() == {"state": "withdrawn"}
            assert len(withdrawals(server, desk)) == 1
            server.ask_as(desk, "POST", "/collect/acknowledge", said)
            assert withdrawals(server, desk) == []
        assert as_owner(server, receipt, "read").json()["state"] == "withdrawn"
        # A recorded request of a desk does not acknowledge for another one, or later.
        recorded = server.ask_as(
            desk, "POST", "/collect/acknowledge", said, now=datetime(2026, 1, 1, tzinfo=UTC)
        )
        assert recorded.status == 401
