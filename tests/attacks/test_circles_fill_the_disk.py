"""Threat: circles-fill-the-disk: Somebody founds circles and fills the disk with messages, pieces
and stashes, which are not paid for by their length; circles stop before reports do, and what has
had its time is forgotten in small steps that need no room.
"""

from __future__ import annotations

from pathlib import Path

from tests.support.live_server import Keeper
from tests.support.server_in_one_process import run_lines

BEFORE = """
import hashlib, shutil
from datetime import date, timedelta
from types import SimpleNamespace
from django.db import connection
from safelight.circles import founding, landings, log, sending_pieces, stashes, tidying
from safelight.circles.writing_anew import forget_deleted_of_circles
from safelight.circles.parcels import PieceOf
from safelight.intake.refusal import RefusedError
today, sha = date(2026, 11, 2), lambda b: hashlib.sha256(b).digest()
def outcome(call):
    try:
        call()
    except RefusedError as reason:
        return reason.code
    return "taken"
"""


def test_reports_come_in_when_circles_have_stopped(tmp_path: Path) -> None:
    found = run_lines(
        tmp_path,
        Keeper.with_desks(),
        BEFORE
        + """
founding.found(b"c" * 16, keeper=sha(b"k"), door=sha(b"d"), day=today)
landings.prepare(b"l" * 16, owner=sha(b"o"), giver=sha(b"g"), day=today)
def all_of(name):
    number = len(name)
    piece = PieceOf(sha(name).hex(), 9000, 0, bytes(8192))
    return {
        "circle": outcome(lambda: founding.found(sha(name)[:16], keeper=sha(b"k"), door=sha(b"d"),
                                                 day=today)),
        "said": outcome(lambda: log.say(b"c" * 16, name, key=b"d", day=today)),
        "piece": outcome(lambda: sending_pieces.put_commit_piece(b"c" * 16, piece, key=b"d",
                                                                 keeper_key=None, day=today)),
        "package": outcome(lambda: landings.put_package(b"l" * 16, name, owner_key=b"o",
                                                        last_resort=False, day=today)),
        "welcome": outcome(lambda: landings.leave_welcome(b"l" * 16, name, giver_key=b"g",
                                                          day=today)),
        "stash": outcome(lambda: stashes.begin(sha(name)[:16], verifier=sha(name),
                                               sha256="0" * 64, size=9000, day=today)),
    }
def with_free(free, call):
    with mock.patch.object(shutil, "disk_usage", return_value=SimpleNamespace(free=free)):
        return call()
MiB = 1024 * 1024
results["room"] = with_free(257 * MiB, lambda: all_of(b"one"))
results["none"] = with_free(255 * MiB, lambda: all_of(b"two"))
form = "application/x-www-form-urlencoded"
results["report"] = with_free(
    255 * MiB, lambda: client.post("/en/1", "story=text", content_type=form).status_code)
results["read"] = len(log.read(b"c" * 16, key=b"d", after=0, room=999).entries)
results["burned"] = with_free(
    255 * MiB, lambda: outcome(lambda: founding.burn(b"c" * 16, keeper_key=b"k", day=today)))
""",
    )
    assert set(found["room"].values()) == {"taken"}
    assert set(found["none"].values()) == {"storage-full"}
    # Reports, reading and burning go on.
    assert (found["report"], found["read"], found["burned"]) == (303, 1, "taken")


def test_stashes_are_forgotten_in_small_steps(tmp_path: Path) -> None:
    found = run_lines(
        tmp_path,
        Keeper.with_desks(),
        BEFORE
        + """
import os
with connection.cursor() as cursor:
    cursor.execute("PRAGMA synchronous = OFF")
pieces, runs = 1_500, range(10)
for run in runs:
    stashes.begin(sha(b"%d" % run)[:16], verifier=sha(b"v"), sha256="0" * 64, size=8192 * 150,
                  day=today)
with connection.cursor() as cursor:
    cursor.execute("SELECT key FROM circles_stash")
    keys = [key for key, in cursor.fetchall()]
    with tidying.durable_write():
        cursor.executemany(
            "INSERT INTO circles_storedpiece (key, run, number, sealed) VALUES (%s, %s, %s, %s)",
            [[n, keys[n % 10], n // 10, bytes(8192)] for n in range(pieces)])
forget_deleted_of_circles()
results["gone"] = tidying.tidy_circles(today + timedelta(days=4))
with connection.cursor() as cursor:
    cursor.execute("SELECT (SELECT count(*) FROM circles_storedpiece), "
                   "(SELECT count(*) FROM circles_stash)")
    results["left"] = cursor.fetchone()
file = Path(os.environ["SAFELIGHT_SERVER_DATA"]) / "mailboxes.sqlite3-wal"
results["log"] = file.stat().st_size
""",
    )
    assert found["left"] == [0, 0]
    # Twelve megabytes were overwritten; the log is used again after each four.
    assert found["log"] < 8 * 1024 * 1024
