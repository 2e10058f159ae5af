"""What is deleted of circles is owed a writing anew from that moment on, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.live_server import Keeper
from tests.support.server_in_one_process import run_lines

BEFORE = """
import hashlib
from datetime import date, timedelta
from django.db import connection
from safelight.circles import founding, landings, log, sending_pieces, tidying
from safelight.circles.parcels import InPieces, PieceOf
from safelight.intake.storage import durable_write
first, sha = date(2026, 11, 2), lambda b: hashlib.sha256(b)
circle, landing = b"c" * 16, b"l" * 16
def ask(query):
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()
def owed(call):
    # What this call leaves to be written anew.
    with durable_write(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM intake_highestseen WHERE name LIKE '%%anew'")
    call()
    return sorted(name for (name,) in
                  ask("SELECT name FROM intake_highestseen WHERE name LIKE '%anew'"))
def put(whole, number, key):
    piece = PieceOf(sha(whole).hexdigest(), len(whole), number,
                    whole[number * 8192:(number + 1) * 8192])
    sending_pieces.put_commit_piece(circle, piece, key=key, keeper_key=None, day=first)
def commit(sealed, epoch):
    key, following = b"%d" % epoch, sha(b"%d" % (epoch + 1)).digest()
    log.commit(circle, sealed, epoch=epoch, key=key, next_door=following, keeper=None, day=first)
founding.found(circle, keeper=sha(b"k").digest(), door=sha(b"0").digest(), day=first)
"""


def test_a_commit_owes_nothing_unless_something_lay_there_in_pieces(tmp_path: Path) -> None:
    found = run_lines(
        tmp_path,
        Keeper.with_desks(),
        BEFORE
        + """
whole, other = bytes(range(250)) * 40, b"never ended" * 1000
results["without"] = [owed(lambda: commit(b"c0", 0)), owed(lambda: commit(b"c1", 1))]
for number in (0, 1):
    put(whole, number, b"2")
results["ended"] = owed(lambda: commit(InPieces(sha(whole).hexdigest()), 2))
put(other, 0, b"3")
results["beside"] = owed(lambda: commit(b"c3", 3))
results["after"] = owed(lambda: commit(b"c4", 4))
results["left"] = ask("SELECT (SELECT count(*) FROM circles_parcel), "
                      "(SELECT count(*) FROM circles_storedpiece), "
                      "(SELECT count(*) FROM intake_holderkey)")[0]
""",
    )
    both = ["circles-anew", "keys-anew"]
    assert found["without"] == [[], []]
    assert (found["ended"], found["beside"], found["after"]) == (both, both, [])
    # The circle's own key is the only one.
    assert found["left"] == [0, 0, 1]


def test_who_burns_a_circle_or_clears_a_landing_or_stash_owes_it_at_once(tmp_path: Path) -> None:
    found = run_lines(
        tmp_path,
        Keeper.with_desks(),
        BEFORE
        + """
from safelight.circles import stashes
landings.prepare(landing, owner=sha(b"o").digest(), giver=sha(b"g").digest(), day=first)
stashes.begin(b"s" * 16, verifier=sha(b"w").digest(), sha256="0" * 64, size=9, day=first)
def killed(module):
    # Between the deletion and what follows it.
    return mock.patch.object(module, "forget_deleted_of_circles")
with killed(founding), killed(landings), killed(stashes):
    results["burned"] = owed(lambda: founding.burn(circle, keeper_key=b"k", day=first))
    results["again"] = owed(lambda: founding.burn(circle, keeper_key=b"k", day=first))
    results["cleared"] = owed(lambda: landings.clear(landing, owner_key=b"o"))
    results["dropped"] = owed(lambda: stashes.drop(b"s" * 16, key=b"w"))
""",
    )
    both = ["circles-anew", "keys-anew"]
    assert found == {"burned": both, "again": [], "cleared": both, "dropped": both}


def test_what_age_deletes_is_owed_in_the_same_transaction(tmp_path: Path) -> None:
    found = run_lines(
        tmp_path,
        Keeper.with_desks(),
        BEFORE
        + """
from safelight.circles import entering
from safelight.circles.blind_signature import PublicKey
from tests.support.circles import batch_key
public = PublicKey(batch_key(1).public_numbers.n)
entering.open_batch(circle, public, keeper_key=b"k", day=first)
log.say(circle, b"said", key=b"0", day=first)
landings.prepare(landing, owner=sha(b"o").digest(), giver=sha(b"g").digest(), day=first)
landings.leave_welcome(landing, b"welcome", giver_key=b"g", day=first)
put(bytes(9000), 0, b"0")
left = ("SELECT (SELECT count(*) FROM circles_entry), (SELECT count(*) FROM circles_welcome), "
        "(SELECT count(*) FROM circles_batch WHERE LENGTH(modulus) > 0), "
        "(SELECT count(*) FROM circles_parcel), "
        "(SELECT count(*) FROM circles_circle) + (SELECT count(*) FROM circles_landing)")
begun, later = ask(left), first + timedelta(days=400)
def killed(*_arguments, **_named):
    raise KeyboardInterrupt
steps = (tidying._old_entries, tidying._old_waiting, tidying._old_batches, tidying._old_pieces,
         tidying._quiet)
for step in steps:
    # Killed in the moment in which it is noted: then nothing is deleted yet.
    with (mock.patch.object(tidying, "owe_writing_anew", killed),
          mock.patch.object(tidying, "forget_keys", killed),
          mock.patch.object(founding, "forget_keys", killed)):
        try:
            step(later)
        except KeyboardInterrupt:
            results.setdefault("still", []).append(ask(left) == begun)
for step in steps:
    results.setdefault("owed", []).append(owed(lambda: step(later)))
results["again"] = [owed(lambda: step(later)) for step in steps[:3]]
results["left"] = ask(left)[0]
""",
    )
    rows, both = ["circles-anew"], ["circles-anew", "keys-anew"]
    assert found["still"] == [True] * 5
    assert found["owed"] == [rows, rows, rows, both, both]
    assert found["again"] == [[]] * 3
    assert found["left"] == [0] * 5


@pytest.mark.usefixtures("on_both")
def test_what_tables_hold_is_counted_to_the_byte_and_no_further_than_it_matters(
    tmp_path: Path,
) -> None:
    found = run_lines(
        tmp_path,
        Keeper.with_desks(),
        BEFORE
        + """
from dataclasses import replace
from safelight.circles.writing_anew import CIRCLES
from safelight.intake import forgetting
def held(**other):
    with connection.cursor() as cursor:
        return forgetting._bytes_held(cursor, replace(CIRCLES, **other))
landings.prepare(landing, owner=sha(b"o").digest(), giver=sha(b"g").digest(), day=first)
results["few"] = held()
for n in range(20):
    log.say(circle, b"%05d" % n, key=b"0", day=first)
results["all"] = held()
results["bounds"] = [held(most=results["all"]), held(most=results["all"] - 1)]
results["entries"] = [held(most=most) for most in (0, 2000)]
results["any"] = held(most=2**62)
""",
    )
    row = 400
    # A circle, its door, a landing that has no last resort; then twenty messages of five bytes.
    assert (found["few"], found["all"]) == (3 * row, 23 * row + 20 * 5)
    assert found["bounds"] == [found["all"]] * 2
    # Entries come first: as many of them as are too many.
    assert found["entries"] == [row + 5, 6 * (row + 5)]
    assert found["any"] == found["all"]
