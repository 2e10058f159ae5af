"""The server opens only when reports can be opened, and tells the operator why not."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.live_server import DeskKeys, Keeper, live_server, server_environment, today
from tests.support.waiting import until

pytestmark = pytest.mark.live


def serve(
    directory: Path, roster: bytes, root: str, *more: str
) -> subprocess.CompletedProcess[str]:
    (directory / "roster.json").write_bytes(roster)
    return subprocess.run(
        [
            *(sys.executable, "-m", "safelight", "serve"),
            *("--data", str(directory / "data"), "--roster", str(directory / "roster.json")),
            *("--root", root, *(more or ("--port", "0"))),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=server_environment(),
    )


def test_a_roster_without_a_usable_desk_is_refused_with_the_reason(tmp_path: Path) -> None:
    keeper = Keeper.with_desks()
    gone = DeskKeys.generate("desk-1").listed(valid_until=today() - timedelta(days=1))
    ran = serve(tmp_path, keeper.signed(desks=(gone,)), keeper.root_hex)
    assert ran.returncode == 1
    assert ran.stderr.startswith("refused: no usable desk in roster 3")


def test_a_directory_that_others_use_is_not_closed_to_them(tmp_path: Path) -> None:
    keeper, data = Keeper.with_desks(), tmp_path / "data"
    data.mkdir()
    data.chmod(0o755)
    (data / "of something else").touch()
    ran = serve(tmp_path, keeper.signed(), keeper.root_hex)
    assert ran.returncode == 1
    assert ran.stderr.startswith("refused: the data directory holds other files")
    assert data.stat().st_mode & 0o777 == 0o755


def test_an_expired_roster_is_refused_with_the_reason(tmp_path: Path) -> None:
    keeper = Keeper.with_desks()
    ran = serve(tmp_path, keeper.signed(expires=today() - timedelta(days=1)), keeper.root_hex)
    assert ran.returncode == 1
    assert "refused: roster 3 expired on" in ran.stderr


def test_a_roster_of_another_root_is_refused_with_the_reason(tmp_path: Path) -> None:
    ran = serve(tmp_path, Keeper.with_desks().signed(), Keeper.with_desks().root_hex)
    assert ran.returncode == 1
    assert "refused: not a roster of this root key" in ran.stderr


def test_a_missing_roster_file_is_refused_with_the_reason(tmp_path: Path) -> None:
    keeper = Keeper.with_desks()
    ran = serve(
        tmp_path, b"", keeper.root_hex, "--port", "0", "--roster", str(tmp_path / "nowhere.json")
    )
    assert ran.returncode == 1
    assert "refused: the roster file: No such file" in ran.stderr


def test_the_private_root_key_is_refused_on_a_server(tmp_path: Path) -> None:
    key = tmp_path / "root.pem"
    key.write_text("-----BEGIN PRIVATE KEY-----\n")
    ran = serve(tmp_path, Keeper.with_desks().signed(), str(key))
    assert ran.returncode == 1
    assert "keep it offline" in ran.stderr


def test_neither_or_both_ways_to_listen_is_wrong_usage(tmp_path: Path) -> None:
    keeper = Keeper.with_desks()
    both = serve(tmp_path, keeper.signed(), keeper.root_hex, "--port", "0", "--socket", "s")
    assert both.returncode == 2
    assert "either --socket or --port" in both.stderr


def test_a_second_server_on_the_same_data_is_refused(tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        second = serve(tmp_path, server.keeper.signed(), server.keeper.root_hex)
        assert second.returncode == 1
        assert "another server is using this data directory" in second.stderr
        assert server.request("GET", "/en/").status == 200
    # The lock went with the process: the next start works.
    with live_server(tmp_path, keeper=server.keeper) as again:
        assert again.request("GET", "/en/").status == 200


def test_it_says_where_it_listens_and_to_whom_it_seals(tmp_path: Path) -> None:
    with live_server(tmp_path, keeper=Keeper.with_desks("desk-1", "desk-2")) as server:
        facts = json.loads((tmp_path / "stdout-1.log").read_text())
        assert facts["address"] == server.url
        assert (facts["desks"], facts["roster_version"]) == (2, 3)
        assert len(facts["root_fingerprint"].split()) == 8


def test_a_unix_socket_is_open_to_its_group_and_to_nobody_else(tmp_path: Path) -> None:
    with live_server(tmp_path, socket=True) as server:
        assert server.socket is not None
        assert stat.S_IMODE(server.socket.stat().st_mode) == 0o660
        assert server.request("GET", "/en/").status == 200
        assert server.deposit(server.sealed(b"text"))[0].status == 201


def test_a_socket_left_by_a_killed_server_does_not_stop_the_next_one(tmp_path: Path) -> None:
    with live_server(tmp_path, socket=True) as server:
        server.kill()
        assert server.socket is not None
        assert server.socket.exists()
        server.start()
        assert server.request("GET", "/en/").status == 200


def test_files_are_the_users_alone_and_no_core_is_dumped(tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        server.deposit(server.sealed(b"text"))
        assert stat.S_IMODE(server.data.stat().st_mode) == 0o700
        names = {path.name: stat.S_IMODE(path.stat().st_mode) for path in server.data.iterdir()}
        assert names["mailboxes.sqlite3"] == 0o600
        assert set(names.values()) == {0o600}, names
        for pid in server.processes():
            limits = Path(f"/proc/{pid}/limits").read_text()
            (core,) = [line for line in limits.splitlines() if line.startswith("Max core")]
            assert core.split()[4:6] == ["0", "0"]


def test_a_worker_that_dies_is_replaced(tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        assert server.process is not None
        (worker,) = [pid for pid in server.processes() if pid != server.process.pid]
        os.kill(worker, 9)
        server.wait_until_it_answers()
        assert worker not in server.processes()
        assert server.deposit(server.sealed(b"text"))[0].status == 201


def test_a_worker_ends_with_its_launcher_so_that_the_next_start_works(tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        assert server.process is not None
        os.kill(server.process.pid, 9)
        server.process.wait()
        until(lambda: not server.processes())
        assert server.processes() == []
        server.start()
        assert server.request("GET", "/en/").status == 200


def test_the_server_process_is_started_as_decided(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.server import ending, starting

    given: dict[str, Any] = {}

    class NotStarted:
        def __init__(self, application: str, **options: Any) -> None:
            given.update(options, application=application)

        def on_startup(self, hook: Any) -> None:
            given["first"] = hook

        def on_reload(self, hook: Any) -> None:
            given["renewing"] = hook

        def serve(self) -> None:
            given["served"] = True

    monkeypatch.setattr(starting, "Server", NotStarted)
    starting.run(starting.Ready(tmp_path / "s", None, 1, 1, "", 0), workers=2)
    assert given["served"]
    assert given["workers"] == 2
    # Or streams of news would hold up each stop and each renewal for a minute.
    assert given["first"] is ending.tell_them_at_the_end
    assert given["renewing"] is ending.tell_workers_to_end
    assert given["interface"] == "asginl"
    assert given["log_access"] is False
    assert given["http1_settings"].keep_alive is False
    # Traces of a report without JavaScript in freed memory end with the worker. The page
    # promises "about ten minutes" (the renewal itself takes a minute at most).
    assert given["workers_lifetime"] <= 600
    assert given["workers_kill_timeout"] <= 60
