"""Threat: stale-roster: Who can write the roster file (or roll back the server) cannot make people
seal to desks that have left.
"""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.live_server import DeskKeys, Keeper, live_server, today

pytestmark = pytest.mark.live


def test_an_older_or_foreign_roster_never_replaces_the_newer_one(tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        keeper = server.keeper
        newer = keeper.signed(version=7)
        server.roster_file.write_bytes(newer)
        assert server.request("GET", "/roster").body == newer
        stranger = Keeper.with_desks("desk-1")
        bad = {
            "older": keeper.signed(version=6),
            "foreign": stranger.signed(version=9),
            "expired": keeper.signed(
                version=8, issued=today() - timedelta(9), expires=today() - timedelta(1)
            ),
            "emptied": keeper.signed(version=8, desks=()),
            "cut": newer[:-40],
            "nothing": b"",
        }
        for name, content in bad.items():
            server.roster_file.write_bytes(content)
            assert server.request("GET", "/roster").body == newer, name
            assert server.request("GET", "/en/").status == 200, name
        # A file that goes missing closes nothing either, and is said once, not at each visit.
        server.roster_file.unlink()
        for _ in range(3):
            assert server.request("GET", "/roster").body == newer
        assert server.logs().count("roster.refused kept_version=7") == len(bad) + 1
        assert "older than 7" in server.logs()


def test_a_new_worker_goes_on_with_the_newest_roster_whatever_the_file_has_become(
    tmp_path: Path,
) -> None:
    with live_server(tmp_path) as server:
        keeper = server.keeper
        first = server.roster_file.read_bytes()
        before = server.roster_file.stat()
        newer = keeper.signed(version=4, desks=(DeskKeys.generate("desk-2").listed(),))
        server.roster_file.write_bytes(newer)
        assert server.request("GET", "/roster").body == newer
        # The roster of the start again, also by its time, its size and its place on the disk.
        server.roster_file.write_bytes(first)
        os.utime(server.roster_file, ns=(before.st_atime_ns, before.st_mtime_ns))
        server.renew_worker()
        assert server.request("GET", "/roster").body == newer
        assert server.request("GET", "/roster/0").body == newer[:8192]
        server.roster_file.unlink()
        server.renew_worker()
        assert server.request("GET", "/roster").body == newer
        assert server.logs().count("roster.refused kept_version=4") >= 2


def test_a_restart_does_not_make_the_server_forget_the_newest_version(tmp_path: Path) -> None:
    keeper = Keeper.with_desks()
    gone = DeskKeys.generate("desk-gone")
    old = keeper.signed(version=3, desks=(*keeper.roster.desks, gone.listed()))
    with live_server(tmp_path, keeper=keeper) as server:
        server.roster_file.write_bytes(keeper.signed(version=4))
        assert server.request("GET", "/roster").status == 200
        server.stop()
        server.roster_file.write_bytes(old)
        with pytest.raises(RuntimeError, match="refused: roster 3 is older than 4"):
            server.start()
        server.roster_file.write_bytes(keeper.signed(version=4))
        server.start()
        assert server.request("GET", "/en/").status == 200
