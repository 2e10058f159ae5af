"""Threat: database-taken-away: Somebody deletes or replaces the database under the running server;
nothing is acknowledged that would be lost with the old file.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from safelight.intake.addresses import address
from tests.support.live_server import LiveServer, live_server
from tests.support.raw_http import problem

pytestmark = pytest.mark.live


def deleted(server: LiveServer) -> None:
    for path in server.data.glob("mailboxes.sqlite3*"):
        path.unlink()


def replaced_by_a_backup(server: LiveServer) -> None:
    held, backup = server.data / "mailboxes.sqlite3", server.directory / "backup"
    with (
        contextlib.closing(sqlite3.connect(held)) as source,
        contextlib.closing(sqlite3.connect(backup)) as copy,
    ):
        source.backup(copy)
    backup.replace(held)


@pytest.mark.parametrize("happens", [deleted, replaced_by_a_backup])
def test_nothing_is_acknowledged_into_a_file_that_has_gone(
    tmp_path: Path, happens: Callable[[LiveServer], None]
) -> None:
    with live_server(tmp_path) as server:
        sealed = server.sealed(b"text")
        assert server.deposit(sealed)[0].status == 201
        happens(server)
        refused, receipt = server.deposit(sealed)
        assert refused.status == 507
        assert "another file than the one that was opened" in problem(refused.body)["got"]
        typed = server.post_form(address("en", "report"), [("story", "kept by the browser only")])
        assert (typed.status, "kept by the browser only" in typed.text) == (507, True)
        # A new worker does not take the stranger for the database either.
        server.renew_worker()
        assert server.deposit(sealed, receipt)[0].status == 507
        # After a restart it is the operator's word that this is the file.
        server.stop()
        server.start()
        assert server.deposit(sealed, receipt)[0].status == 201
