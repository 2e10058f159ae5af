"""Threat: deletions-owed-all-the-time: Many take back at once what was never there, so that a
server writes its keys anew for each of them while all others wait; it is done once for all, on a
tenth of the time, and where memory does not suffice nothing is lost.
"""

from __future__ import annotations

from pathlib import Path

from tests.support.live_server import Keeper
from tests.support.server_in_one_process import run_lines

BEFORE = """
import secrets, threading
from datetime import date
from django.db import connection
from safelight.intake import conversation, forgetting
from safelight.intake.forgetting import KEYS
from safelight.intake.mailboxes import Door
from safelight.intake.models import random_key
from safelight.intake.storage import durable_write
def ask(query):
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()
def add_keys(count):
    with durable_write(), connection.cursor() as cursor:
        for _ in range(count):
            forgetting.give_key(cursor, random_key())
def take_back():
    door = Door(secrets.token_bytes(16), bytes(32), False)
    conversation.withdraw(door, proof=b"p" * 32, day=date(2026, 11, 2))
"""


def test_of_many_at_once_one_writes_anew_and_all_find_it_done(tmp_path: Path) -> None:
    found = run_lines(
        tmp_path,
        Keeper.with_desks(),
        BEFORE
        + """
add_keys(200)
together, arrived, written = threading.Barrier(8), threading.local(), []
looked, wrote = forgetting._is_owed, forgetting._write_anew
def seen(cursor, what):
    owed = looked(cursor, what)
    if what is KEYS and not hasattr(arrived, "here"):
        # All have deleted and see that it is owed before one begins.
        arrived.here = together.wait(30)
    return owed
def counted(cursor, table):
    written.append(table)
    wrote(cursor, table)
def one():
    take_back()
    done.append(bool(ask("SELECT 1 FROM intake_highestseen WHERE name = 'keys-anew'")))
    connection.close()
done = []
forgetting._is_owed, forgetting._write_anew = seen, counted
threads = [threading.Thread(target=one) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
results["written"], results["owed"] = written.count("intake_holderkey"), done
results["keys"] = ask("SELECT count(*) FROM intake_holderkey")
""",
    )
    assert found == {"written": 1, "owed": [False] * 8, "keys": [[200]]}


def test_where_memory_ends_what_was_asked_is_answered_and_the_rest_stays_owed(
    tmp_path: Path,
) -> None:
    found = run_lines(
        tmp_path,
        Keeper.with_desks(),
        BEFORE
        + """
add_keys(500)
def no_memory(cursor, table):
    wrote(cursor, table)
    raise MemoryError
wrote = forgetting._write_anew
with mock.patch.object(forgetting, "_write_anew", no_memory):
    take_back()
look = ("SELECT count(*) FROM intake_holderkey",
        "SELECT count(*) FROM intake_highestseen WHERE name LIKE '%anew'", "PRAGMA foreign_keys")
results["without"] = [ask(one)[0][0] for one in look]
forgetting._LAST.clear()
take_back()
results["with"] = [ask(one)[0][0] for one in look]
""",
    )
    assert found == {"without": [500, 2, 1], "with": [500, 0, 1]}
