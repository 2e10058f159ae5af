"""Threat: forked-circle: Two members, or one through several processes, commit at the same epoch,
or somebody sends an old commit again; one commit wins, all members read that one, and nothing
else changes the epoch.
"""

from __future__ import annotations

import secrets
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support.circles import Circles
from tests.support.live_server import Keeper, live_server
from tests.support.server_in_one_process import run_lines


@pytest.mark.live
def test_of_many_commits_at_one_epoch_one_wins_and_old_ones_change_nothing(
    tmp_path: Path,
) -> None:
    with live_server(tmp_path, arguments=("--circles",)) as server:
        circles = Circles(server)
        circle = circles.founded()
        won = []
        for epoch in range(5):
            key = circle.door
            tried = [(secrets.token_bytes(700), secrets.token_bytes(32)) for _ in range(24)]

            def commit(one: tuple[bytes, bytes], key: bytes = key, epoch: int = epoch) -> int:
                return circles.commit(circle, one[0], key=key, epoch=epoch, door=one[1]).status

            with ThreadPoolExecutor(24) as at_once:
                statuses = list(at_once.map(commit, tried))
            assert sorted(statuses) == [201, *[409] * 23]
            winner = tried[statuses.index(201)]
            # The winner, whose answer was lost, may ask again; nobody else.
            assert [commit(winner), commit(tried[statuses.index(409)])] == [200, 409]
            circle.doors.append(winner[1])
            won.append(winner[0])
        # Each member who follows the keys reads the same five.
        logs = [circles.whole_log(circle, door) for door in circle.doors]
        assert [one["bytes"] for log in logs for one in log] == won
        replayed = circles.commit(circle, won[0], key=circle.door, epoch=5, door=b"n" * 32)
        assert replayed.json()["problem"] == "replayed"
        used = circles.commit(circle, b"new", key=circle.door, epoch=5, door=circle.doors[2])
        assert used.json()["problem"] == "door-used"
        for epoch in (4, 6):
            other = circles.commit(circle, b"new", key=circle.door, epoch=epoch, door=b"n" * 32)
            assert other.json()["problem"] == "epoch-over"
        assert circles.read(circle).json() == {"epoch": 5, "entries": [], "more": False}
        # None of the refusals left a number out, by which members would miss an entry.
        assert circles.say(circle, b"said").json()["seq"] == 6


ONE_PROCESS = """
import hashlib, os, secrets, time
from datetime import date
from pathlib import Path
from safelight.circles import founding, log
from safelight.intake.refusal import RefusedError
circle, today = bytes(16), date(2026, 11, 2)
def door(epoch):
    return hashlib.sha256(b"door %d" % epoch).digest()
def shown(key):
    return hashlib.sha256(key).digest()
founding.found(circle, keeper=bytes(32), door=shown(door(0)), day=today)
won, said = [], 0
here = Path(os.environ["SAFELIGHT_TEST_DIRECTORY"])
(here / f"begun-{os.getpid()}").touch()
while len(list(here.glob("begun-*"))) < 3:
    time.sleep(0.01)
for epoch in range(25):
    sealed = secrets.token_bytes(300)
    try:
        log.say(circle, secrets.token_bytes(50), key=door(epoch), day=today)
        said += 1
    except RefusedError as reason:
        assert reason.code == "epoch-over", reason.code
    try:
        log.commit(circle, sealed, epoch=epoch, key=door(epoch), next_door=shown(door(epoch + 1)),
                   keeper=None, day=today)
        won.append(epoch)
    except RefusedError as reason:
        assert reason.code == "epoch-over", reason.code
    time.sleep(0.003)
results["won"], results["said"] = won, said
"""


def test_three_processes_make_one_line_of_epochs_without_gaps(tmp_path: Path) -> None:
    keeper = Keeper.with_desks()
    run_lines(tmp_path, keeper, "")
    with ThreadPoolExecutor(3) as at_once:
        found: list[dict[str, Any]] = list(
            at_once.map(lambda _: run_lines(tmp_path, keeper, ONE_PROCESS), range(3))
        )
    assert sorted(epoch for one in found for epoch in one["won"]) == list(range(25))
    with closing(sqlite3.connect(tmp_path / "mailboxes.sqlite3")) as database:
        log = database.execute(
            "SELECT sequence, epoch, is_commit FROM circles_entry ORDER BY sequence"
        ).fetchall()
        ended = database.execute(
            "SELECT until_sequence FROM circles_door WHERE until_sequence IS NOT NULL"
        ).fetchall()
    assert [row[0] for row in log] == list(range(1, len(log) + 1))
    assert len(log) == 25 + sum(one["said"] for one in found)
    # Epochs never go back, and each ends with its one commit.
    assert [row[1] for row in log] == sorted(row[1] for row in log)
    assert sorted(ended) == [(row[0],) for row in log if row[2]]
