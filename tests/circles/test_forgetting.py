"""What a circle may hold, and what is forgotten when, on days that a test chooses."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.live_server import Keeper
from tests.support.server_in_one_process import run_lines

pytestmark = pytest.mark.usefixtures("on_both")

BEFORE = """
import hashlib
from datetime import date, timedelta
from unittest.mock import patch
from django.db import connection
from safelight.circles import doors, entering, founding, landings, limits, log, tidying
from safelight.circles.blind_signature import PublicKey
from safelight.intake.refusal import RefusedError
first = date(2026, 11, 2)
circle = b"c" * 16
def key(epoch):
    return hashlib.sha256(b"%d" % epoch).digest()
def shown(secret):
    return hashlib.sha256(secret).digest()
def refusal(call):
    try:
        call()
    except RefusedError as reason:
        return [reason.status, reason.code]
    return None
def count():
    with connection.cursor() as cursor:
        found = {}
        for name in ("circle", "door", "entry", "batch", "spent", "knock", "landing", "welcome"):
            cursor.execute(f"SELECT count(*) FROM circles_{name}")
            found[name] = cursor.fetchone()[0]
        return found
def say(text, epoch=0, day=first):
    return log.say(circle, text, key=key(epoch), day=day)
def commit(text, epoch, day=first):
    return log.commit(circle, text, epoch=epoch, key=key(epoch), next_door=shown(key(epoch + 1)),
                      keeper=None, day=day)
founding.found(circle, keeper=shown(b"k"), door=shown(key(0)), day=first)
"""


def test_a_flood_of_messages_does_not_keep_a_circle_from_removing_whoever_floods(
    tmp_path: Path,
) -> None:
    found = run_lines(
        tmp_path,
        Keeper.with_desks(),
        BEFORE
        + """
with patch.object(limits, "DAY_MESSAGES", 3), patch.object(limits, "HELD_BYTES", 1000):
    for n in range(3):
        say(b"%d" % n)
    results["fourth"] = refusal(lambda: say(b"4"))
    results["commit"] = refusal(lambda: commit(b"removes", 0))
    results["still"] = refusal(lambda: say(b"5", epoch=1))
    results["tomorrow"] = refusal(lambda: say(b"5", epoch=1, day=first + timedelta(days=1)))
    large = first + timedelta(days=2)
    results["large"] = refusal(lambda: say(bytes(1001), epoch=1, day=large))
    results["fits"] = say(b"6", epoch=1, day=large).sequence
with patch.object(limits, "DAY_BYTES", 10):
    results["bytes"] = refusal(lambda: say(bytes(11), epoch=1, day=first + timedelta(days=3)))
""",
    )
    full = [429, "circle-full"]
    assert (found["fourth"], found["still"], found["large"], found["bytes"]) == (full,) * 4
    assert (found["commit"], found["tomorrow"]) == (None, None)
    # A refusal takes no number: members would think that something was kept from them.
    assert found["fits"] == 6


def test_sealed_bytes_go_after_two_weeks_with_the_keys_that_opened_only_them(
    tmp_path: Path,
) -> None:
    found = run_lines(
        tmp_path,
        Keeper.with_desks(),
        BEFORE
        + """
from tests.support.circles import batch_key, invitation
def after(days):
    return first + timedelta(days=days)
say(b"old" * 10), commit(b"c0", 0), say(b"new", 1, after(10)), commit(b"c1", 1, after(10))
private = batch_key(1)
public = PublicKey(private.public_numbers.n)
results["batch"] = entering.open_batch(circle, public, keeper_key=b"k", day=first)[0].value
one, two = invitation(private), invitation(private)
def come(i, day):
    knock = i.nonce + bytes([day.day])
    return entering.come_in(entering.batch_id_of(public), nonce=i.nonce, signature=i.signature,
                            knock=knock, day=day)
come(one, first)
results["late"] = refusal(lambda: come(two, after(7)))
results["again"] = refusal(lambda: come(one, after(1)))
landings.prepare(b"l" * 16, owner=shown(b"o"), giver=shown(b"g"), day=first)
landings.leave_welcome(b"l" * 16, b"welcome", giver_key=b"g", day=first)
results["begun"] = count()
for day in (6, 7, 14, 15, 36, 89, 91, 101):
    tidying.tidy_circles(after(day))
    results[str(day)] = count()
    if day == 7:  # a clock that is set back
        results["set back"] = [refusal(lambda i=i: come(i, after(1))) for i in (one, two)]
    if day == 15:
        page = log.read(circle, key=key(1), after=0, room=1000)
        results["left"] = [entry.sequence for entry in page.entries]
        results["old key"] = refusal(lambda: log.read(circle, key=key(0), after=0, room=1000))
        with connection.cursor() as cursor:
            cursor.execute("SELECT held_bytes FROM circles_circle")
            results["held"] = cursor.fetchone()[0]
""",
    )
    begun = found["begun"]
    assert begun == {
        **{"circle": 1, "door": 3, "entry": 4, "batch": 1, "spent": 1, "knock": 1},
        **{"landing": 1, "welcome": 1},
    }
    assert found["late"] == [404, "no-invitation"]
    # Whether it was used is forgotten with its batch; by then no clock makes it good again.
    assert found["again"] == [409, "invitation-spent"]
    assert found["set back"] == [[404, "no-invitation"]] * 2
    assert found["6"] == begun
    assert found["7"] == found["14"] == begun | {"spent": 0}
    gone = {"spent": 0, "entry": 2, "door": 2, "knock": 0, "welcome": 0}
    assert found["15"] == begun | gone
    assert (found["left"], found["held"]) == ([3, 4], 5)
    assert found["old key"] == [404, "no-circle"]
    # Of the last epoch's key something is always there to open: what will be said.
    later = begun | gone | {"entry": 0, "door": 1, "batch": 0}
    assert found["36"] == found["89"] == later
    assert found["91"] == later | {"landing": 0}
    assert found["101"] == dict.fromkeys(begun, 0)


def test_once_a_day_is_enough_and_a_clock_that_jumped_forgets_nothing(tmp_path: Path) -> None:
    found = run_lines(
        tmp_path,
        Keeper.with_desks(),
        BEFORE
        + """
from safelight.intake import day as clock
say(b"said")
def on(days):
    with patch.object(clock, "today", lambda: first + timedelta(days=days)):
        tidying.tidy_circles_once_a_day()
    return count()["entry"]
results["days"] = [on(0), on(400), on(399), on(400)]
""",
    )
    # The first run, one that jumped far, one back; only the next usual day forgets.
    assert found["days"] == [1, 1, 1, 0]


def test_at_most_twenty_five_wait_at_a_door_and_a_refusal_spends_nothing(tmp_path: Path) -> None:
    found = run_lines(
        tmp_path,
        Keeper.with_desks(),
        BEFORE
        + """
from tests.support.circles import batch_key, invitation
private = batch_key(1)
public = PublicKey(private.public_numbers.n)
entering.open_batch(circle, public, keeper_key=b"k", day=first)
one, two = invitation(private), invitation(private)
def come(i):
    return entering.come_in(entering.batch_id_of(public), nonce=i.nonce, signature=i.signature,
                            knock=i.nonce * 9, day=first)
with patch.object(limits, "ROOM", 1):
    come(one)
    results["crowded"] = refusal(lambda: come(two))
    results["counted"] = entering.batches(circle, key=key(0))[0].redeemed
    waiting = entering.knocks(circle, key=key(0))[0].knock_id
    results["answered"] = entering.answer_knock(circle, waiting, keeper_key=b"k")
    results["then"] = come(two).value
""",
    )
    assert found == {
        "crowded": [409, "many-knocks"],
        "counted": 1,
        "answered": True,
        "then": "new",
    }
