"""Threat: stashes-announced-and-not-sent: Somebody announces stashes until their room is taken, or
sends them and never ends or takes them, so that nobody can move to another device; what was only
announced takes no room, what was not ended makes way, and a full day is over the next day.
"""

from __future__ import annotations

from pathlib import Path

from tests.support.live_server import Keeper
from tests.support.server_in_one_process import run_lines

BEFORE = """
import hashlib
from datetime import date, timedelta
from django.db import connection
from safelight.circles import limits, stashes
from safelight.intake.refusal import RefusedError
today, sha = date(2026, 11, 2), lambda b: hashlib.sha256(b).digest()
with connection.cursor() as cursor:
    cursor.execute("PRAGMA synchronous = OFF")
def begun(name, size=8192 * 2, day=today):
    try:
        stashes.begin(sha(name)[:16], verifier=sha(b"k" + name), day=day, size=size,
                      sha256=hashlib.sha256(bytes(size)).hexdigest())
    except RefusedError as refused:
        return refused.code
    return "begun"
def sent(name, pieces=2, day=today):
    for number in range(pieces):
        stashes.put_piece(sha(name)[:16], number, bytes(8192), key=b"k" + name, day=day)
def moved(name, day=today):
    try:
        if (code := begun(name, day=day)) != "begun":
            return code
        sent(name, day=day)
        sent(name, day=day)
        stashes.end(sha(name)[:16], key=b"k" + name, day=day)
        stashes.take(sha(name)[:16], key=b"k" + name, claim_id=sha(b"c" + name)[:16],
                     claim=sha(b"c" + name), day=day)
        whole = [stashes.piece(sha(b"c" + name)[:16], n, key=b"c" + name, day=day) for n in (0, 1)]
    except RefusedError as refused:
        return refused.code
    return "moved" if b"".join(whole) == bytes(8192 * 2) else "damaged"
def held():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM circles_storedpiece")
        return cursor.fetchone()[0]
"""


def test_whoever_moves_is_not_kept_out_by_what_others_began(tmp_path: Path) -> None:
    found = run_lines(
        tmp_path,
        Keeper.with_desks(),
        BEFORE
        + """
MiB = 1024 * 1024
results["announced"] = [begun(b"%d" % n, 2 * MiB) for n in range(300)].count("begun")
results["then"] = moved(b"mine")
with mock.patch.object(limits, "STASHES_UNDER_WAY", 60 * 8192):
    for number in range(40):
        begun(b"x%d" % number)
        sent(b"x%d" % number)
    # Two of the one that was moved before, and no more than may be under way.
    results["held"] = held()
    results["still"] = moved(b"mine again")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM circles_stash s JOIN intake_holderkey k "
                       "ON k.key = s.key WHERE s.size > 0")
        with_key = cursor.fetchone()[0]
        cursor.execute("SELECT count(*) FROM circles_stash WHERE size > 0")
        results["keys"] = with_key == cursor.fetchone()[0]
""",
    )
    assert (found["announced"], found["then"], found["still"]) == (300, "moved", "moved")
    assert found["held"] <= 62
    assert found["keys"]


def test_a_day_that_is_full_is_over_the_next_day(tmp_path: Path) -> None:
    found = run_lines(
        tmp_path,
        Keeper.with_desks(),
        BEFORE
        + """
later = today + timedelta(days=1)
with mock.patch.object(limits, "STASHES_OF_A_DAY", 5 * 8192):
    begun(b"late"), sent(b"late")
    results["day"] = [moved(b"%d" % n) for n in range(3)]
    # Begun before the day was full. Its rooms stand still until it is whole or taken back.
    results["late"] = []
    for one in (today, later, later):
        try:
            results["late"].append(stashes.end(sha(b"late")[:16], key=b"klate", day=one).value)
        except RefusedError as refused:
            results["late"].append(refused.code)
    results["next"] = moved(b"mine", day=later)
""",
    )
    assert found["day"] == ["moved", "moved", "busy"]
    assert (found["late"], found["next"]) == (["busy", "new", "already here"], "moved")
