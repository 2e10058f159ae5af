"""Threat: half-sent-commits: Somebody floods a circle with pieces, sends half of a commit, replays
pieces in the wrong order or ends two commits of one epoch at once, or the server is killed between
pieces and after its answer; one commit wins whole or none does, and keepers always get through.
"""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from safelight.circles import limits
from safelight.circles.addresses import PIECE
from tests.support.circles import Circles, digest
from tests.support.live_server import Keeper, live_server
from tests.support.server_in_one_process import run_lines


@pytest.mark.live
def test_of_commits_sent_in_pieces_at_once_one_wins_whole(tmp_path: Path) -> None:
    with live_server(tmp_path, arguments=("--circles",)) as server:
        circles = Circles(server)
        circle = circles.founded()
        for epoch in range(3):
            key = circle.door
            tried = [(secrets.token_bytes(3 * PIECE), secrets.token_bytes(32)) for _ in range(8)]

            def send(one: tuple[bytes, bytes], key: bytes = key, epoch: int = epoch) -> int:
                # Backwards, and each piece twice.
                circles.send_pieces(circle.path, one[0], [2, 1, 0, 0, 1, 2], key=key.hex())
                ended = circles.end_commit(circle, one[0], key=key, epoch=epoch, door=one[1])
                return ended.status

            with ThreadPoolExecutor(8) as at_once:
                statuses = list(at_once.map(send, tried))
            assert sorted(statuses) == [201, *[409] * 7]
            sealed, door = tried[statuses.index(201)]
            assert [one["bytes"] for one in circles.whole_log(circle, key)] == [sealed]
            circle.doors.append(door)


@pytest.mark.live
def test_a_kill_between_pieces_or_after_the_answer_loses_and_doubles_nothing(
    tmp_path: Path,
) -> None:
    with live_server(tmp_path, arguments=("--circles",)) as server:
        circles = Circles(server)
        circle, sealed = circles.founded(), secrets.token_bytes(3 * PIECE)
        door, key = secrets.token_bytes(32), circle.door
        circles.send_pieces(circle.path, sealed, [0, 1], key=key.hex())
        server.kill()
        server.start()
        # What was answered is there; what was not is sent; nothing is done by half.
        kept = circles.send_pieces(circle.path, sealed, key=key.hex())
        assert [one.status for one in kept] == [200, 200, 201]
        assert circles.end_commit(circle, sealed, key=key, epoch=0, door=door).status == 201
        server.kill()
        server.start()
        again = circles.end_commit(circle, sealed, key=key, epoch=0, door=door)
        assert (again.status, again.json()["seq"]) == (200, 1)
        assert [one["bytes"] for one in circles.whole_log(circle, key)] == [sealed]
        assert circles.read(circle, key=door).json()["epoch"] == 1


BEFORE = """
import hashlib
from datetime import date
from unittest.mock import patch
from django.db import connection
from safelight.circles import founding, limits, log, sending_pieces
from safelight.circles.parcels import InPieces, PieceOf
from safelight.intake.refusal import RefusedError
today, sha = date(2026, 11, 2), lambda b: hashlib.sha256(b).digest()
founding.found(b"c" * 16, keeper=sha(b"k"), door=sha(b"d"), day=today)
def put(name, keeper=None, number=0, whole=bytes(9000)):
    piece = PieceOf(name, len(whole), number, whole[number * 8192:(number + 1) * 8192])
    try:
        return sending_pieces.put_commit_piece(b"c" * 16, piece, key=b"d", keeper_key=keeper,
                                               day=today).value
    except RefusedError as reason:
        return reason.code
"""


def test_a_flood_of_pieces_leaves_keepers_their_room(tmp_path: Path) -> None:
    found = run_lines(
        tmp_path,
        Keeper.with_desks(),
        BEFORE
        + """
flood = [put("%064x" % n) for n in range(limits.PARCELS + 3)]
results["flood"] = [flood.count("new"), flood[-3:]]
removes = bytes(range(250)) * 40
name = sha(removes).hex()
results["wrong key"] = put(name, b"x")
results["keeper"] = [put(name, b"k", n, removes) for n in (0, 1)]
results["ended"] = log.commit(b"c" * 16, InPieces(name), epoch=0, key=b"d", next_door=sha(b"e"),
                              keeper=None, day=today).sequence
with connection.cursor() as cursor:
    cursor.execute("SELECT count(*) FROM circles_storedpiece")
    results["left"] = cursor.fetchone()[0]
""",
    )
    assert found == {
        "flood": [limits.PARCELS, ["parcels-full"] * 3],
        "wrong key": "no-circle",
        "keeper": ["new", "new"],
        "ended": 1,
        "left": 0,
    }


def test_pieces_sent_again_and_again_end_with_the_day(tmp_path: Path) -> None:
    found = run_lines(
        tmp_path,
        Keeper.with_desks(),
        BEFORE
        + """
with patch.object(limits, "DAY_PIECES", 3):
    results["pieces"] = [put("%064x" % (n % 2)) for n in range(5)]
    results["keeper"] = [put("%064x" % 9, b"k") for n in range(4)]
    results["said"] = log.say(b"c" * 16, b"said", key=b"d", day=today).sequence
""",
    )
    # A refused piece is not counted; what keepers send goes up to twice as many.
    assert found["pieces"] == ["new", "new", "already here", "parcels-full", "parcels-full"]
    assert found["keeper"] == ["new", "already here", "already here", "parcels-full"]
    assert found["said"] == 1


@pytest.mark.live
def test_what_was_sent_of_a_lost_commit_says_nothing_to_others(tmp_path: Path) -> None:
    with live_server(tmp_path, arguments=("--circles",)) as server:
        circles = Circles(server)
        circle, other = circles.founded(), circles.founded()
        sealed = secrets.token_bytes(2 * PIECE)
        circles.send_pieces(circle.path, sealed, key=circle.door.hex())
        # Who knows its digest, in another circle or without the key, ends nothing with it.
        at = {"epoch": 0, "door": secrets.token_bytes(32)}
        elsewhere = circles.end_commit(other, sealed, key=other.door, **at)
        assert elsewhere.json()["problem"] == "pieces-missing"
        assert circles.end_commit(circle, sealed, key=b"s" * 32, **at).status == 404
        assert circles.ask("GET", f"{circle.path}/piece/{digest(sealed)}/0").status == 405
