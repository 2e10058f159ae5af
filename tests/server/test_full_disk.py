"""A disk that cannot take more: a clear refusal, a server that stays, and recovery."""

from __future__ import annotations

import resource
import sqlite3
from pathlib import Path

import pytest

from safelight.intake.addresses import address
from tests.support.live_server import Keeper, LiveServer
from tests.support.raw_http import problem
from tests.support.server_in_one_process import run_lines

pytestmark = pytest.mark.live


def limit_file_size(server: LiveServer, most: int) -> None:
    """From now on no process of the server may write beyond `most` bytes of any file."""
    for pid in server.processes():
        _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, hard))


def test_a_full_disk_is_said_clearly_and_deposits_work_again_once_there_is_room(
    server: LiveServer,
) -> None:
    desk = server.keeper.desks[0]
    kept_before, _ = server.deposit(server.sealed(b"text"))
    assert kept_before.status == 201
    sealed = server.sealed(b"while the disk is full")
    limit_file_size(server, 16 * 1024)
    try:
        refused, receipt = server.deposit(sealed)
        assert refused.status == 507
        said = problem(refused.body)
        assert said["problem"] in {"storage-full", "storage-broken"}
        assert "operator" in said["next"]
        typed = server.post_form(address("en", "report"), [("story", "kept by the browser only")])
        assert typed.status == 507
        assert "could not be stored" in typed.text
        assert "kept by the browser only" in typed.text
        assert server.request("GET", "/en/").status == 200
    finally:
        limit_file_size(server, resource.RLIM_INFINITY)
    assert len(server.listed(desk)) == 1
    again, _ = server.deposit(sealed, receipt)
    assert again.status == 201
    assert len(server.listed(desk)) == 2


def test_a_read_only_database_is_refused_clearly_and_can_still_be_read(tmp_path: Path) -> None:
    keeper = Keeper.with_desks()
    found = run_lines(
        tmp_path,
        keeper,
        """
        from django.db import connection
        form = "application/x-www-form-urlencoded"
        def send(text):
            return client.post("/en/1", "story=" + text, content_type=form)
        results["before"] = send("first").status_code
        execute = connection.ensure_connection
        def read_only():
            execute()
            connection.connection.execute("PRAGMA query_only=ON")
        with mock.patch.object(connection, "ensure_connection", read_only):
            refused = send("second")
            results["refused"] = refused.status_code
            results["typed is back"] = b"second" in refused.content
            results["page"] = client.get("/en/4").status_code
        connection.close()
        results["after"] = send("third").status_code
        """,
    )
    assert found == {
        "before": 303,
        "refused": 507,
        "typed is back": True,
        "page": 200,
        "after": 303,
    }


@pytest.mark.parametrize(
    ("code", "status", "problem_code"),
    [
        (sqlite3.SQLITE_FULL, 507, "storage-full"),
        (sqlite3.SQLITE_READONLY, 507, "storage-broken"),
        (sqlite3.SQLITE_IOERR_WRITE, 507, "storage-broken"),
        (sqlite3.SQLITE_CORRUPT, 507, "storage-broken"),
        (sqlite3.SQLITE_CANTOPEN, 507, "storage-broken"),
        (sqlite3.SQLITE_BUSY, 503, "busy"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, 503, "busy"),
    ],
)
def test_each_trouble_of_sqlite_has_its_answer(code: int, status: int, problem_code: str) -> None:
    from django.db.utils import OperationalError

    from safelight.intake.storage import storage_trouble

    cause = sqlite3.OperationalError("near 'what somebody wrote'")
    cause.sqlite_errorcode = code
    trouble = OperationalError("near 'what somebody wrote'")
    trouble.__cause__ = cause
    refused = storage_trouble(trouble)
    assert (refused.status, refused.code) == (status, problem_code)
    assert "somebody wrote" not in str(refused)
