"""Threat: damaged-database: A file that is damaged in one place (a failing disk, somebody who wrote
into it) must not go on acknowledging deposits that no desk could ever fetch.
"""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from safelight.sealing.receipt import Receipt
from tests.support.live_server import LiveServer, live_server
from tests.support.raw_http import problem

pytestmark = pytest.mark.live


def damage(server: LiveServer, index: str) -> None:
    """Overwrite the root page of one index, as a failing disk may."""
    path = server.data / "mailboxes.sqlite3"
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        ((page,),) = database.execute(
            "SELECT rootpage FROM sqlite_master WHERE name LIKE ?", (index,)
        )
        ((size,),) = database.execute("PRAGMA page_size")
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)


def test_a_worker_that_finds_damage_takes_nothing_and_says_so(tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        assert server.deposit(server.sealed(b"before"))[0].status == 201
        # An index that a deposit of another mailbox never reads.
        damage(server, "intake_answer_%mailbox%")
        server.renew_worker()
        refused, _ = server.deposit(server.sealed(b"after"), Receipt.generate())
        assert (refused.status, problem(refused.body)["problem"]) == (507, "storage-broken")
        assert "storage.damaged" in server.logs()
        # What can be read is still fetched.
        assert len(server.listed(server.keeper.desks[0])) == 1


def test_damage_that_a_query_meets_ends_deposits_at_once(tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        _, receipt = server.deposit(server.sealed(b"before"))
        damage(server, "intake_answer_%mailbox%")
        path = f"/mailbox/{receipt.mailbox_id.hex()}/read"
        # Other connections notice when they read the page anew.
        server.deposit(server.sealed(b"another"))
        met = server.request("POST", path, b"", {"Safelight-Key": receipt.auth_key.hex()})
        assert met.status == 507
        refused, _ = server.deposit(server.sealed(b"after"))
        assert refused.status == 507
