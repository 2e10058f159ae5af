"""Threat: desk-that-left: A desk that was put off the roster (its machine was taken) goes on
answering reporters and writing to its team; from the new roster on it can do neither.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from safelight.sealing.receipt import Receipt
from safelight.sealing.seal import seal_bytes
from tests.intake.test_conversation import put_answer, read
from tests.support.live_server import Keeper, live_server, today
from tests.support.raw_http import problem

pytestmark = pytest.mark.live


def test_a_desk_that_left_answers_nobody_and_reads_nothing(tmp_path: Path) -> None:
    keeper = Keeper.with_desks("desk-1", "desk-2")
    with live_server(tmp_path, keeper=keeper) as server:
        stays, leaves = keeper.desks
        receipt = Receipt.generate()
        server.deposit(server.sealed(b"report"), receipt)
        answer = seal_bytes(b"answer", [receipt.reply_recipient()])
        letter = seal_bytes(b"entries", [stays.identity.recipient()])
        assert put_answer(server, leaves, receipt, answer).status == 201
        assert server.ask_as(leaves, "POST", "/team/desk-1", letter).status == 201
        yesterday = today() - timedelta(days=1)
        gone = replace(keeper.roster.desks[1], valid_until=yesterday)
        server.roster_file.write_bytes(
            keeper.signed(version=4, desks=(keeper.roster.desks[0], gone))
        )
        late = seal_bytes(b"a forged answer", [receipt.reply_recipient()])
        refusals = [
            put_answer(server, leaves, receipt, late),
            server.ask_as(leaves, "POST", "/team/desk-1", letter),
            server.ask_as(leaves, "GET", "/team"),
            server.ask_as(leaves, "GET", "/collect"),
        ]
        assert [(a.status, problem(a.body)["problem"]) for a in refusals] == [
            (401, "not-a-desk")
        ] * 4
        assert len(read(server, receipt)["answers"]) == 1
        # Nobody writes to it any more either.
        assert server.ask_as(stays, "POST", "/team/desk-2", letter).status == 404
        # What is still to be fetched waits for the desks that stay, and for no other.
        assert server.acknowledge(stays, [o["id"] for o in server.listed(stays)]).json() == {
            "acknowledged": 1,
            "deleted": 1,
        }
