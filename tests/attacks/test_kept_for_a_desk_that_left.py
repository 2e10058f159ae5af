"""Threat: kept-for-a-desk-that-left: Whoever seizes the server finds envelopes and proofs that
wait for a desk which is no longer on the roster, though all others have them; they go within a
day, also on a server to which nobody comes.
"""

from __future__ import annotations

import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.intake.test_tidying import LINES
from tests.support.live_server import Keeper, live_server, today
from tests.support.server_in_one_process import run_lines
from tests.support.waiting import until


def test_what_only_a_desk_that_left_had_not_fetched_goes_the_next_day(tmp_path: Path) -> None:
    found: dict[str, Any] = run_lines(
        tmp_path,
        # The roster has this desk alone; desk-2 was on it before.
        Keeper.with_desks("desk-1"),
        LINES
        + """
both = ["desk-1", "desk-2"]
waits, gone = opened(1), opened(2)
door = Door.by_key(gone.mailbox_id, gone.auth_key)
conversation.withdraw(door, proof=gone.withdrawal_proof, day=start)
on(0)
(line,), _ = collection.waiting_for("desk-1", after=0)
collection.acknowledge("desk-1", [line.envelope_id], usable_desks=both)
collection.acknowledge_withdrawals("desk-1", [gone.mailbox_id.hex()], usable_desks=both)
def left():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM intake_mailbox WHERE proof <> ''")
        return [count("piece"), count("heldenvelope"), count("withdrawalseen"),
                cursor.fetchone()[0]]
results["while it may come"] = left()
on(1)
results["the next day"] = left()
results["states"] = [state(waits), state(gone)]
unfetched = opened(3, start + timedelta(days=1))
on(2)
results["fetched by nobody"] = left()
""",
    )
    assert found["while it may come"] == [1, 1, 1, 1]
    assert found["the next day"] == [0, 0, 0, 0]
    assert found["states"] == ["open", "withdrawn"]
    assert found["fetched by nobody"] == [1, 1, 0, 0]


@pytest.mark.live
def test_a_server_to_which_nobody_comes_forgets_too(tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        server.deposit(server.sealed(b"report"))
        server.stop()
        long_ago = (today() - timedelta(days=30)).isoformat()
        with sqlite3.connect(server.data / "mailboxes.sqlite3") as database:
            database.execute("UPDATE intake_highestseen SET value = value - 3 WHERE name='tidied'")
            database.execute(
                "INSERT INTO intake_upload (key, name, kind, length, received, day, kept, "
                "mailbox_id, verifier, sha256, first, work) VALUES (7, '0', 'partial', 9, 9, ?, 0, "
                "'', '', '', 0, 4)",
                (long_ago,),
            )
            database.execute(
                "INSERT INTO intake_piece (key, run, start, sealed) VALUES (8, 7, 0, 'leftovers')"
            )
        database.close()
        server.start()
        until(lambda: left_in(server.data) == (0, 1))
        assert left_in(server.data) == (0, 1)


def left_in(data: Path) -> tuple[int, int]:
    """Uploads, and pieces: the report's stays."""
    database = sqlite3.connect(data / "mailboxes.sqlite3", timeout=90)
    try:
        (uploads,) = database.execute("SELECT count(*) FROM intake_upload").fetchone()
        (pieces,) = database.execute("SELECT count(*) FROM intake_piece").fetchone()
        return uploads, pieces
    finally:
        database.close()
