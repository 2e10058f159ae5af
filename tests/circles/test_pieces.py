"""Commits and welcomes in pieces, each a request below 12 kB: once and whole, or not at all."""

from __future__ import annotations

import random
import secrets
from pathlib import Path

import pytest

from safelight.circles import limits
from safelight.circles.addresses import LARGEST_WELCOME, PIECE
from tests.support.circles import Circle, Circles, digest
from tests.support.live_server import Keeper
from tests.support.server_in_one_process import run_lines

pytestmark = pytest.mark.live


def new_door() -> bytes:
    return secrets.token_bytes(32)


@pytest.fixture
def landing(circles: Circles) -> tuple[str, bytes, bytes]:
    path, owner, giver = (f"/landing/{secrets.token_hex(16)}", new_door(), new_door())
    shown = {"owner": digest(owner), "giver": digest(giver)}
    assert circles.ask("POST", path, work=circles.server.work(0), **shown).status == 201
    return path, owner, giver


@pytest.mark.parametrize("size", [1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 40_001])
def test_pieces_in_any_order_and_more_than_once_are_one_commit(circles: Circles, size: int) -> None:
    circle, sealed, door = circles.founded(), secrets.token_bytes(size), new_door()
    order = 2 * list(range(-(-size // PIECE)))
    random.Random(size).shuffle(order)
    sent = circles.send_pieces(circle.path, sealed, order, key=circle.door.hex())
    assert sorted(one.status for one in sent) == [200] * (len(order) // 2) + [201] * (
        len(order) // 2
    )
    ended = [
        circles.end_commit(circle, sealed, key=circle.door, epoch=0, door=door) for _ in range(2)
    ]
    assert [one.status for one in ended] == [201, 200]
    assert [one["bytes"] for one in circles.whole_log(circle, circle.door)] == [sealed]


def test_what_is_not_whole_ends_nothing_and_can_be_completed(circles: Circles) -> None:
    circle, sealed, door = circles.founded(), secrets.token_bytes(3 * PIECE), new_door()
    at = {"key": circle.door, "epoch": 0, "door": door}
    assert circles.end_commit(circle, sealed, **at).json()["problem"] == "pieces-missing"
    circles.send_pieces(circle.path, sealed, [0, 2], key=circle.door.hex())
    assert circles.end_commit(circle, sealed, **at).json()["problem"] == "pieces-missing"
    assert circles.read(circle).json() == {"epoch": 0, "entries": [], "more": False}
    circles.send_pieces(circle.path, sealed, [1], key=circle.door.hex())
    assert circles.end_commit(circle, sealed, **at).status == 201


def test_a_piece_that_was_damaged_is_sent_again_in_its_place(circles: Circles) -> None:
    circle, sealed, door = circles.founded(), secrets.token_bytes(2 * PIECE), new_door()
    at = {"key": circle.door, "epoch": 0, "door": door}
    address = f"{circle.path}/piece/{digest(sealed)}/1"
    shown = {"size": str(len(sealed)), "key": circle.door.hex()}
    circles.send_pieces(circle.path, sealed, [0], key=circle.door.hex())
    assert circles.ask("POST", address, bytes(PIECE), **shown).status == 201
    assert circles.end_commit(circle, sealed, **at).json()["problem"] == "pieces-missing"
    assert circles.ask("POST", address, sealed[PIECE:], **shown).status == 201
    assert circles.end_commit(circle, sealed, **at).status == 201
    assert circles.whole_log(circle, circle.door)[0]["bytes"] == sealed


@pytest.mark.parametrize(
    ("number", "length", "size", "problem"),
    [
        (0, PIECE - 1, 2 * PIECE, "wrong-size"),
        (1, PIECE, PIECE + 5, "wrong-size"),
        (2, PIECE, 2 * PIECE, "wrong-size"),
        (0, 0, 0, "wrong-size"),
        (0, PIECE, 10**9, "wrong-size"),
        (0, PIECE, -1, "not-understood"),
        (999, PIECE, 2 * PIECE, "wrong-size"),
    ],
)
def test_a_piece_has_the_length_of_its_place(
    circles: Circles, number: int, length: int, size: int, problem: str
) -> None:
    circle = circles.founded()
    answer = circles.ask(
        "POST",
        f"{circle.path}/piece/{'0' * 64}/{number}",
        bytes(length),
        size=str(size),
        key=circle.door.hex(),
    )
    assert answer.json()["problem"] == problem


def test_pieces_of_one_thing_agree_on_its_length(circles: Circles) -> None:
    circle, sealed = circles.founded(), secrets.token_bytes(2 * PIECE)
    circles.send_pieces(circle.path, sealed, [0], key=circle.door.hex())
    other = circles.ask(
        "POST",
        f"{circle.path}/piece/{digest(sealed)}/1",
        bytes(PIECE),
        size=str(3 * PIECE),
        key=circle.door.hex(),
    )
    assert other.json()["problem"] == "other-size"


def test_pieces_are_taken_from_members_of_the_epoch_only(circles: Circles) -> None:
    circle, sealed = circles.founded(), secrets.token_bytes(2 * PIECE)
    stranger = circles.send_pieces(circle.path, sealed, [0], key="0" * 64)[0]
    nowhere = circles.send_pieces(Circle().path, sealed, [0], key=circle.door.hex())[0]
    assert stranger.body == nowhere.body
    assert stranger.json()["problem"] == "no-circle"
    circles.next_epoch(circle)
    late = circles.send_pieces(circle.path, sealed, [0], key=circle.doors[0].hex())[0]
    assert late.json()["problem"] == "epoch-over"


def test_the_winners_pieces_and_everybody_elses_go_when_an_epoch_ends(circles: Circles) -> None:
    circle, door = circles.founded(), new_door()
    won, lost = secrets.token_bytes(2 * PIECE), secrets.token_bytes(5 * PIECE)
    for sealed in (lost, won):
        circles.send_pieces(circle.path, sealed, key=circle.door.hex())
    at = {"key": circle.door, "epoch": 0, "door": door}
    assert circles.end_commit(circle, won, **at).status == 201
    assert circles.end_commit(circle, lost, **at).json()["problem"] == "epoch-over"
    again = circles.end_commit(circle, lost, key=door, epoch=1, door=new_door())
    assert again.json()["problem"] == "pieces-missing"


def test_a_welcome_of_the_largest_kind_arrives_in_pieces(
    circles: Circles, landing: tuple[str, bytes, bytes]
) -> None:
    path, owner, giver = landing
    sealed = secrets.token_bytes(LARGEST_WELCOME)
    assert {one.status for one in circles.send_pieces(path, sealed, key=owner.hex())} == {404}
    assert {one.status for one in circles.send_pieces(path, sealed, key=giver.hex())} == {201}
    ended = [
        circles.ask("POST", f"{path}/welcome", key=giver.hex(), digest=digest(sealed))
        for _ in range(2)
    ]
    assert [one.status for one in ended] == [201, 200]
    facts = circles.ask("GET", path, key=owner.hex()).json()["welcomes"]
    assert [one["size"] for one in facts] == [LARGEST_WELCOME]
    fetched = circles.parts(f"{path}/welcome/{facts[0]['id']}", LARGEST_WELCOME, owner)
    assert fetched == sealed


def test_a_landing_holds_few_unfinished_welcomes(
    circles: Circles, landing: tuple[str, bytes, bytes]
) -> None:
    path, _, giver = landing
    begun = [
        circles.send_pieces(path, secrets.token_bytes(2 * PIECE), [0], key=giver.hex())[0]
        for _ in range(limits.LANDING_PARCELS + 1)
    ]
    assert [one.status for one in begun] == [201] * limits.LANDING_PARCELS + [429]


@pytest.mark.usefixtures("on_both")
def test_pieces_that_nobody_ended_go_after_two_days_and_with_their_circle(tmp_path: Path) -> None:
    found = run_lines(
        tmp_path,
        Keeper.with_desks(),
        """
import hashlib
from datetime import date, timedelta
from django.db import connection
from safelight.circles import founding, landings, sending_pieces, tidying
from safelight.circles.parcels import PieceOf
first, sha = date(2026, 11, 2), lambda b: hashlib.sha256(b).digest()
def left():
    with connection.cursor() as cursor:
        cursor.execute("SELECT (SELECT count(*) FROM circles_parcel), "
                       "(SELECT count(*) FROM circles_storedpiece)")
        return cursor.fetchone()
def put(day):
    piece = PieceOf("0" * 64, 9000, 1, bytes(808))
    sending_pieces.put_commit_piece(b"c" * 16, piece, key=b"d", keeper_key=None, day=day)
    sending_pieces.put_welcome_piece(b"l" * 16, piece, giver_key=b"g", day=day)
founding.found(b"c" * 16, keeper=sha(b"k"), door=sha(b"d"), day=first)
landings.prepare(b"l" * 16, owner=sha(b"o"), giver=sha(b"g"), day=first)
put(first)
results["days"] = []
for day in (2, 3):
    tidying.tidy_circles(first + timedelta(days=day))
    results["days"].append(left())
put(first)
landings.clear(b"l" * 16, owner_key=b"o")
results["cleared"] = left()
founding.burn(b"c" * 16, keeper_key=b"k", day=first)
results["burned"] = left()
""",
    )
    assert found == {"days": [[2, 2], [0, 0]], "cleared": [1, 1], "burned": [0, 0]}
