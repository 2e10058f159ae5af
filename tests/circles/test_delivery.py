"""A circle's log on a running server: one order for all, in short answers, by keys alone."""

from __future__ import annotations

import secrets

import pytest

from safelight.circles.addresses import LARGEST_COMMIT, PIECE
from tests.support.circles import Circle, Circles, digest

pytestmark = pytest.mark.live


def test_what_is_said_is_read_in_the_order_in_which_it_was_taken(circles: Circles) -> None:
    circle = circles.founded()
    said = [secrets.token_bytes(440) for _ in range(30)]
    numbers = [circles.say(circle, one).json()["seq"] for one in said]
    assert numbers == list(range(1, 31))
    log = circles.whole_log(circle, circle.door)
    assert [one["bytes"] for one in log] == said
    assert {one["kind"] for one in log} == {"message"}
    assert circles.read(circle, after=30).json() == {"epoch": 0, "entries": [], "more": False}


def test_the_same_bytes_again_are_one_message(circles: Circles) -> None:
    circle = circles.founded()
    first, again = (circles.say(circle, b"sealed") for _ in range(2))
    assert (first.status, again.status) == (201, 200)
    assert first.json()["seq"] == again.json()["seq"] == 1


def test_founding_again_is_safe_and_taking_an_id_is_refused(circles: Circles) -> None:
    circle = circles.founded()
    shown = {"keeper": digest(circle.keeper), "door": digest(circle.door)}
    work = circles.server.work
    assert circles.ask("POST", circle.path, work=work(0), **shown).status == 200
    stranger = shown | {"keeper": digest(b"stranger")}
    assert circles.ask("POST", circle.path, work=work(0), **stranger).json()["problem"] == (
        "circle-taken"
    )
    # Founding costs computing; otherwise a program would found without end.
    assert circles.ask("POST", Circle().path, **shown).status == 428


def test_every_answer_fits_in_twelve_kilobytes_and_has_one_of_few_lengths(
    circles: Circles,
) -> None:
    circle = circles.founded()
    sizes = [1, 100, 440, 2_000, 7_000, 8_192, 8_192, 20, 5_000]
    for size in sizes:
        assert circles.say(circle, secrets.token_bytes(size)).status == 201
    seen, after = [], 0
    while True:
        answer = circles.read(circle, after)
        head = sum(len(n) + len(v) + 4 for n, v in answer.headers.items()) + 20
        assert len(answer.body) + head <= 12_000
        seen.append(len(answer.body))
        page = answer.json()
        after = page["entries"][-1]["seq"]
        if not page["more"]:
            break
    assert set(seen) <= {1_024, 4_096, 10_900}
    assert len(seen) >= 4
    assert [len(one["bytes"]) for one in circles.whole_log(circle, circle.door)] == sizes


def test_a_commit_ends_an_epoch_and_its_key(circles: Circles) -> None:
    circle = circles.founded()
    circles.say(circle, b"of epoch 0")
    circles.next_epoch(circle)
    old, new = circle.doors
    assert circles.say(circle, b"late", key=old).json()["problem"] == "epoch-over"
    assert circles.say(circle, b"of epoch 1").status == 201
    # Who was there reads up to the commit, in which the next key lies; who came, from there on.
    assert [one["seq"] for one in circles.whole_log(circle, old)] == [1, 2]
    assert circles.read(circle, key=old).json()["epoch"] is None
    assert [one["seq"] for one in circles.whole_log(circle, new)] == [3]
    assert circles.read(circle, key=new).json()["epoch"] == 1
    assert circles.ask("GET", f"{circle.path}/entry/3/0", key=old.hex()).status == 404
    assert circles.ask("GET", f"{circle.path}/entry/1/0", key=new.hex()).status == 404


def test_a_commit_longer_than_a_piece_is_sent_in_pieces_and_comes_back_in_parts(
    circles: Circles,
) -> None:
    circle, large = circles.founded(), secrets.token_bytes(LARGEST_COMMIT)
    next_door = secrets.token_bytes(32)
    at = {"key": circle.door, "epoch": 0, "door": next_door}
    assert circles.commit(circle, large[: PIECE + 1], **at).json()["problem"] == "too-large"
    sent = circles.send_pieces(circle.path, large, key=circle.door.hex())
    assert {one.status for one in sent} == {201}
    assert circles.read(circle).json()["entries"] == []
    assert circles.end_commit(circle, large, **at).status == 201
    assert circles.whole_log(circle, circle.door)[0]["bytes"] == large
    larger = circles.send_pieces(circle.path, large + b"x", [0], key=next_door.hex())
    assert larger[0].json()["problem"] == "wrong-size"


def test_a_removed_keepers_key_burns_nothing(circles: Circles) -> None:
    circle, following = circles.founded(), secrets.token_bytes(32)
    door = secrets.token_bytes(32)
    change = {"Keeper_Key": circle.keeper.hex(), "Keeper": digest(following)}
    wrong = change | {"Keeper_Key": "0" * 64}
    refused = circles.commit(circle, b"c", key=circle.door, epoch=0, door=door, **wrong)
    assert refused.json()["problem"] == "no-circle"
    done = circles.commit(circle, b"c", key=circle.door, epoch=0, door=door, **change)
    assert done.status == 201
    burn = f"{circle.path}/burn"
    assert circles.ask("POST", burn, Keeper_Key=circle.keeper.hex()).status == 404
    assert circles.read(circle, key=door).status == 200
    assert circles.ask("POST", burn, Keeper_Key=following.hex()).json() == {
        "burned": True,
        "now": True,
    }
    assert circles.ask("POST", burn, Keeper_Key=following.hex()).json()["now"] is False
    # A member hears that it is gone; a stranger hears what strangers always hear.
    assert circles.read(circle, key=door).json()["problem"] == "burned"
    assert circles.read(circle, key=b"s" * 32).json()["problem"] == "no-circle"
    shown = {"keeper": digest(following), "door": digest(door)}
    again = circles.ask("POST", circle.path, work=circles.server.work(0), **shown)
    assert again.json()["problem"] == "circle-taken"


@pytest.mark.parametrize(
    ("where", "body", "headers", "problem"),
    [
        ("message", b"", {"key": "0" * 64}, "wrong-size"),
        ("message", b"x", {}, "no-key"),
        ("message", b"x", {"key": "A" * 64}, "no-key"),
        ("message", bytes(8_193), {"key": "0" * 64}, "too-large"),
        ("commit", b"x", {"key": "0" * 64, "door": "0" * 64}, "not-understood"),
        ("commit", b"x", {"key": "0" * 64, "door": "0" * 64, "epoch": "-1"}, "not-understood"),
        ("commit", b"x", {"key": "0" * 64, "epoch": "0"}, "no-key"),
        ("commit", b"x", {"key": "0" * 64, "door": "0" * 64, "epoch": "0"}, "no-circle"),
        ("batch", bytes(255), {"Keeper-Key": "0" * 64}, "wrong-size"),
        ("batch", bytes(256), {"Keeper-Key": "0" * 64}, "not-a-key"),
        ("burn", b"", {}, "no-key"),
    ],
)
def test_what_is_not_understood_is_refused_with_its_reason(
    circles: Circles, where: str, body: bytes, headers: dict[str, str], problem: str
) -> None:
    answer = circles.ask("POST", f"{Circle().path}/{where}", body, **headers)
    assert answer.json()["problem"] == problem


def test_each_key_package_is_given_once_and_the_last_resort_again(circles: Circles) -> None:
    path, owner, giver = f"/landing/{secrets.token_hex(16)}", b"o" * 32, b"g" * 32
    shown = {"owner": digest(owner), "giver": digest(giver)}
    assert circles.ask("POST", path, work=circles.server.work(0), **shown).status == 201
    mine, theirs = {"key": owner.hex()}, {"key": giver.hex()}
    assert circles.ask("POST", f"{path}/take", **theirs).status == 404
    packages = [secrets.token_bytes(2_900) for _ in range(20)]
    for package in packages:
        assert circles.ask("POST", f"{path}/package", package, **mine).status == 201
    assert circles.ask("POST", f"{path}/package", b"more", **mine).json()["problem"] == (
        "packages-full"
    )
    assert circles.ask("POST", f"{path}/last-resort", b"last", **mine).status == 201
    assert circles.ask("POST", f"{path}/take", **mine).status == 404
    assert circles.ask("POST", f"{path}/package", b"forged", **theirs).status == 404
    taken = [circles.ask("POST", f"{path}/take", **theirs) for _ in range(22)]
    assert sorted(one.body for one in taken[:20]) == sorted(packages)
    assert [one.body for one in taken[20:]] == [b"last"] * 2
    assert [one.headers["safelight-last-resort"] for one in taken[19:]] == ["0", "1", "1"]


def test_a_welcome_arrives_and_goes_with_its_landing(circles: Circles) -> None:
    path, owner, giver = f"/landing/{secrets.token_hex(16)}", b"o" * 32, b"g" * 32
    shown = {"owner": digest(owner), "giver": digest(giver)}
    circles.ask("POST", path, work=circles.server.work(0), **shown)
    sealed = secrets.token_bytes(5_000)
    for status in (201, 200):
        assert circles.ask("POST", f"{path}/welcome", sealed, key=giver.hex()).status == status
    facts = circles.ask("GET", path, key=owner.hex()).json()
    ((found,), last) = facts["welcomes"], facts["last_resort"]
    assert (found["size"], last) == (5_000, False)
    assert circles.parts(f"{path}/welcome/{found['id']}", 5_000, owner) == sealed
    for key in (giver, b"x" * 32):
        assert circles.ask("GET", path, key=key.hex()).status == 404
        assert circles.ask("GET", f"{path}/welcome/{found['id']}/0", key=key.hex()).status == 404
        assert circles.ask("POST", f"{path}/clear", key=key.hex()).status == 404
    assert circles.ask("POST", f"{path}/clear", key=owner.hex()).status == 200
    assert circles.ask("GET", path, key=owner.hex()).status == 404
