"""The server on PostgreSQL: what it refuses to start with, and a report's life on it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from safelight.sealing.receipt import Receipt
from tests.support.circles import Circles, Stash, Stashes
from tests.support.live_server import LiveServer, live_server
from tests.support.postgresql import Cluster, postgresql_cluster

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with postgresql_cluster() as running:
        yield running


def started(directory: Path, database: str) -> str:
    """What a server says that does not start."""
    with (
        pytest.raises(RuntimeError) as said,
        live_server(directory, arguments=("--database", database)),
    ):
        pass
    return str(said.value)


def test_a_line_that_others_may_read_and_a_string_that_is_none_are_refused(tmp_path: Path) -> None:
    secret = "opensesame"
    unread = started(tmp_path / "tcp", f"host=192.0.2.7 dbname=x password={secret}")
    assert "sslmode=verify-full" in unread
    unclear = started(tmp_path / "form", f"password={secret} and more")
    assert "expected a connection string" in unclear
    nobody = started(tmp_path / "none", f"host={tmp_path} dbname=x password={secret}")
    assert "no PostgreSQL where --database says" in nobody
    assert secret not in unread + unclear + nobody


def test_a_postgresql_that_does_not_wait_for_its_disk_is_refused(
    tmp_path: Path, cluster: Cluster
) -> None:
    database = cluster.new_database()
    cluster.ask(database, "ALTER SYSTEM SET full_page_writes = off")
    try:
        cluster.ask(database, "SELECT pg_reload_conf()")
        assert "full_page_writes is off" in started(tmp_path, database)
    finally:
        cluster.ask(database, "ALTER SYSTEM RESET full_page_writes")
        cluster.ask(database, "SELECT pg_reload_conf()")


def ask_as_owner(server: LiveServer, receipt: Receipt, what: str) -> str:
    headers = {"Safelight-Key": receipt.auth_key.hex()}
    if what == "withdraw":
        headers["Safelight-Withdrawal"] = receipt.withdrawal_proof.hex()
    path = f"/mailbox/{receipt.mailbox_id.hex()}/{what}"
    return str(server.request("POST", path, b"", headers).json()["state"])


def test_reports_circles_and_moves_live_in_postgresql_alone(
    tmp_path: Path, cluster: Cluster
) -> None:
    database = cluster.new_database()
    with live_server(
        tmp_path, arguments=("--circles", "--workers", "2", "--database", database)
    ) as server:
        desk = server.keeper.desks[0]
        deposited = [server.deposit(server.sealed(b"report")) for _ in range(3)]
        assert [answer.status for answer, _ in deposited] == [201] * 3
        circles = Circles(server)
        circle = circles.founded()
        circles.say(circle, b"said in a circle")
        stash = Stashes(circles).left(Stash(secrets.token_bytes(9_000)))
        server.stop()
        server.start()
        listed = server.listed(desk)
        assert len(listed) == 3
        assert server.acknowledge(desk, [listed[0]["id"]]).status == 200
        assert len(server.listed(desk)) == 2
        receipt = deposited[0][1]
        assert [ask_as_owner(server, receipt, what) for what in ("read", "withdraw", "read")] == [
            "open",
            "withdrawn",
            "withdrawn",
        ]
        assert circles.whole_log(circle, circle.door)[0]["bytes"] == b"said in a circle"
        circles.ask("POST", f"{circle.path}/burn", Keeper_Key=circle.keeper.hex())
        assert Stashes(circles).drop(stash.path, stash.key).status == 200
        rows = "SELECT (SELECT count(*) FROM circles_entry) + (SELECT count(*) FROM circles_stash)"
        assert cluster.ask(database, rows) == "0"
        # No file of its own, and nothing of what was asked in the database's log.
        assert {one.name for one in server.data.iterdir()} == {"serve.lock"}
        log = (cluster.directory / "log").read_text()
        assert "starting PostgreSQL" in log
        for secret in (circle.circle_id, stash.stash_id, receipt.mailbox_id.hex()):
            assert secret not in log + server.logs()
        assert "error" not in server.logs()
        assert json.loads(server.logs().splitlines()[-1])["desks"] == len(server.keeper.desks)
