"""Threat: burned-messages-in-the-file: Who takes a server reads in unused parts of its pages what
SQLite left there when it moved rows: messages of a circle that was burned; after a burning every
page is written anew, and the other circles are whole.
"""

from __future__ import annotations

from pathlib import Path

from tests.support.live_server import Keeper
from tests.support.server_in_one_process import run_lines

BEFORE = """
import hashlib, os, random, secrets, time
from dataclasses import replace
from datetime import date
from django.db import connection
from safelight.circles import founding, tidying, writing_anew
from safelight.intake import forgetting
from safelight.intake.models import HighestSeen
from safelight.intake.storage import durable_write, forget_deleted_bytes
today, sha = date(2026, 11, 2), lambda b: hashlib.sha256(b)
file = Path(os.environ["SAFELIGHT_SERVER_DATA"]) / "mailboxes.sqlite3"
with connection.cursor() as cursor:
    cursor.execute("PRAGMA synchronous = OFF")
def filled(seed):
    # Two circles with 80 messages each. Where rows come to lie depends on the seed alone.
    chance, said, rows = random.Random(seed), [], []
    with durable_write(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM circles_entry")
    circles = [secrets.token_bytes(16) for _ in range(2)]
    for circle in circles:
        founding.found(circle, keeper=sha(b"k").digest(), door=sha(b"d").digest(), day=today)
        with connection.cursor() as cursor:
            cursor.execute("SELECT key FROM circles_circle WHERE circle_id = %s", [circle.hex()])
            (key,) = cursor.fetchone()
        said.append([chance.randbytes(chance.randrange(60, 900)) for _ in range(80)])
        rows += [[chance.getrandbits(63), key, n, sha(m).hexdigest(), today, len(m), m]
                 for n, m in enumerate(said[-1])]
    chance.shuffle(rows)
    with durable_write(), connection.cursor() as cursor:
        cursor.executemany("INSERT INTO circles_entry (key, circle_id, sequence, epoch, is_commit, "
            "sha256, day, size, sealed) VALUES (%s, %s, %s, 0, FALSE, %s, %s, %s, %s)", rows)
    return circles[0], said
def left(seed):
    # How many messages of each are in the file when the first was burned.
    circle, said = filled(seed)
    founding.burn(circle, keeper_key=b"k", day=today)
    whole = file.read_bytes() + Path(f"{file}-wal").read_bytes()
    return [sum(m[:48] in whole for m in of_one) for of_one in said]
def owed():
    return HighestSeen.objects.filter(name="circles-anew").exists()
def whole():
    with connection.cursor() as cursor:
        cursor.execute("SELECT sha256, sealed FROM circles_entry")
        rows = cursor.fetchall()
    return [len(rows), all(sha(bytes(m)).hexdigest() == digest for digest, m in rows)]
"""


def test_no_copy_of_a_burned_message_is_left_where_rows_were_moved(tmp_path: Path) -> None:
    found = run_lines(
        tmp_path,
        Keeper.with_desks(),
        BEFORE
        + """
seeds = []
with mock.patch.object(founding, "forget_deleted_of_circles", forget_deleted_bytes):
    for seed in range(300):
        if left(seed)[0]:
            seeds.append(seed)
        if len(seeds) == 2:
            break
results["found"] = len(seeds)
# The first of a worker is done at once; another right after it is owed to a later write.
results["with"] = left(seeds[0])
results["whole"] = whole()
forgetting._LAST["circles-anew"] = (time.monotonic(), 60.0)
results["second"] = left(seeds[1])[0]
results["owed"] = owed()
forgetting._LAST.clear()
tidying.tidy_circles_once_a_day()
results["paid"] = owed()
# What is written anew takes no rows with it, and nothing that they point at.
with connection.cursor() as cursor:
    cursor.execute("PRAGMA foreign_key_check")
    results["broken"] = cursor.fetchall()
    cursor.execute("PRAGMA foreign_keys")
    results["checked"] = cursor.fetchone()[0]
with mock.patch.object(writing_anew, "CIRCLES", replace(writing_anew.CIRCLES, most=1)):
    forgetting._LAST.clear()
    left(seeds[0])
    results["too much"] = owed()
""",
    )
    # If no try shows what this is about, SQLite has learnt to clear it, and this can go.
    assert found["found"] == 2
    assert (found["with"], found["whole"]) == ([0, 80], [80, True])
    assert (found["second"] > 0, found["owed"], found["paid"]) == (True, True, False)
    assert (found["broken"], found["checked"], found["too much"]) == ([], 1, True)
