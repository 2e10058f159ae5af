"""Threat: stash-taken-twice: Somebody who has heard the words of a move takes the stash as well, at
the same moment or later, guesses addresses, or cuts the line while it is fetched; one device gets
it, everybody else hears what a stranger hears, and who was first loses nothing by a cut.
"""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from safelight.circles import limits
from safelight.circles.addresses import PIECE
from tests.support.circles import Circles, Claim, Stash, Stashes, digest
from tests.support.live_server import Keeper, live_server
from tests.support.lying import lying
from tests.support.search_everywhere import files_with
from tests.support.server_in_one_process import run_lines


@pytest.mark.live
def test_of_many_who_take_at_once_one_gets_it_and_a_cut_costs_nothing(tmp_path: Path) -> None:
    with live_server(tmp_path, arguments=("--circles",)) as server:
        stashes = Stashes(Circles(server))
        stash = stashes.left(Stash(secrets.token_bytes(2 * PIECE + 7)))
        # Before it is taken the words read nothing.
        words = Claim(stash.stash_id, stash.key)
        unread = stashes.circles.ask("GET", f"{stash.path}/piece/0", key=stash.key.hex())
        assert unread.status == 404
        claims = [Claim() for _ in range(40)]
        with ThreadPoolExecutor(20) as at_once:
            answers = list(at_once.map(lambda one: stashes.take(stash, one), claims))
        assert sorted({one.status for one in answers}) == [200, 404]
        ((winner, taken),) = [
            (c, a) for c, a in zip(claims, answers, strict=True) if a.status == 200
        ]
        assert taken.json() == {"size": 2 * PIECE + 7, "sha256": digest(stash.sealed)}
        lost = {one.body for one in answers if one.status == 404}
        # Taken, never there, and another key: one answer.
        lost.add(stashes.take(Stash(b"x"), Claim()).body)
        lost.add(stashes.take(stash, Claim(), key=b"w" * 32).body)
        lost.add(stashes.circles.ask("GET", f"{words.path}/piece/0", key=words.key.hex()).body)
        assert len(lost) == 1
        # The old device, whose answer was lost, sends the same once more: no second one is left.
        assert stashes.begin(stash).json()["problem"] == "stash-taken"
        assert stashes.piece(stash, 0).status == stashes.whole(stash).status == 404
        server.kill()
        server.start()
        assert stashes.take(stash, winner).json() == taken.json()
        for _ in range(2):
            assert stashes.fetched(winner, 2 * PIECE + 7) == stash.sealed
        sample = lying(server.data / "mailboxes.sqlite3").as_it_lies(stash.sealed[:64])
        assert set().union(*files_with([sample], server.data).values()) == {sample}
        assert stashes.drop(winner.path, winner.key).status == 200
        assert set().union(*files_with([sample], server.data).values()) == set()
        assert stashes.take(stash, winner).status == 404


@pytest.mark.live
def test_a_stash_that_is_not_whole_or_not_paid_for_is_none(tmp_path: Path) -> None:
    with live_server(tmp_path, arguments=("--circles",)) as server:
        stashes = Stashes(Circles(server))
        stash = Stash(secrets.token_bytes(2 * PIECE))
        assert stashes.begin(stash, work="").json()["problem"] == "work-needed"
        assert stashes.piece(stash, 0).status == 404
        assert [stashes.begin(stash).status for _ in range(2)] == [201, 200]
        assert stashes.begin(stash, verifier="1" * 64).json()["problem"] == "stash-taken"
        assert stashes.piece(stash, 0).status == 201
        assert stashes.piece(stash, 1, key="2" * 64).status == 404
        assert stashes.whole(stash).json()["problem"] == "pieces-missing"
        assert stashes.take(stash, Claim()).status == 404
        assert [stashes.piece(stash, 1).status for _ in range(2)] == [201, 200]
        assert [stashes.whole(stash).status for _ in range(2)] == [201, 200]
        # Whole is whole: nobody changes it, not even who has the words.
        other = Stash(secrets.token_bytes(2 * PIECE), stash.stash_id, stash.key)
        assert stashes.piece(other, 0).status == 200
        claim = Claim()
        assert stashes.take(stash, claim).status == 200
        assert stashes.fetched(claim, 2 * PIECE) == stash.sealed
        # The old device may take its stash back as long as nobody has it.
        assert stashes.drop(stash.path, stash.key).status == 404
        mine = stashes.left(Stash(b"mine"))
        assert stashes.drop(mine.path, mine.key).status == 200
        assert stashes.take(mine, Claim()).status == 404


def test_stashes_end_after_three_days_and_have_room_together(tmp_path: Path) -> None:
    found = run_lines(
        tmp_path,
        Keeper.with_desks(),
        """
import hashlib
from datetime import date, timedelta
from unittest.mock import patch
from django.db import connection
from safelight.circles import limits, stashes, tidying
from safelight.intake.refusal import RefusedError
first, sha = date(2026, 11, 2), hashlib.sha256
def after(days):
    return first + timedelta(days=days)
def begin(n, sealed, day=first):
    try:
        return stashes.begin(bytes([n]) * 16, verifier=sha(b"w").digest(), size=len(sealed),
                             sha256=sha(sealed).hexdigest(), day=day).value
    except RefusedError as reason:
        return reason.status
def left(n, sealed, day=first):
    begin(n, sealed, day)
    stashes.put_piece(bytes([n]) * 16, 0, sealed, key=b"w", day=day)
    stashes.end(bytes([n]) * 16, key=b"w", day=day)
def take(n, claim, day, key=b""):
    try:
        return stashes.take(bytes([n]) * 16, key=b"w", claim_id=claim * 16,
                            claim=sha(key or claim).digest(), day=day).size
    except RefusedError as reason:
        return reason.status
left(1, b"one"), left(2, b"two")
results["in time"] = take(1, b"a", after(3))
results["late"] = take(2, b"b", after(4))
# An address that another taker has already.
results["occupied"] = take(2, b"a", after(3), b"other")
results["late for its taker"] = take(1, b"a", after(4))
tidying.tidy_circles(after(3))
with connection.cursor() as cursor:
    count = ("SELECT (SELECT count(*) FROM circles_stash), "
             "(SELECT count(*) FROM circles_storedpiece)")
    cursor.execute(count)
    results["third"] = cursor.fetchone()
    tidying.tidy_circles(after(4))
    cursor.execute(count)
    results["fourth"] = cursor.fetchone()
with patch.object(limits, "STASHES_OF_A_DAY", 4):
    results["room"] = [begin(3, b"1234"), begin(4, b"12345"), begin(3, b"1234")]
""",
    )
    assert found == {
        "in time": 3,
        "late": 404,
        "occupied": 404,
        "late for its taker": 404,
        # Beside the two, what remembers that the first was taken, for three days from then.
        "third": [3, 2],
        "fourth": [1, 0],
        "room": ["new", 503, "already here"],
    }
    assert limits.STASH_DAYS == 3
