"""Threat: seized-circles: Who takes a server with circles finds sealed bytes, days, numbers and
hashes: no key that reads, writes, keeps or signs, no invitation, nothing that joins one to whoever
came in by it, and after a circle was burned nothing of it at all.
"""

from __future__ import annotations

import secrets
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from safelight.circles.blind_signature import MODULUS_BYTES
from tests.support.circles import (
    Circle,
    Circles,
    Claim,
    Invitation,
    Stash,
    Stashes,
    batch_key,
    digest,
    invitation,
    knock,
)
from tests.support.live_server import LiveServer, live_server, today
from tests.support.lying import lying
from tests.support.news_lines import NewsLine
from tests.support.search_everywhere import files_with

pytestmark = pytest.mark.live

TABLES = ("circle", "door", "entry", "batch", "spent", "knock", "landing", "keypackage", "welcome")


def rows(server: LiveServer, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(server.data / "mailboxes.sqlite3")) as seized:
        return seized.execute(query).fetchall()


def lived_in(circles: Circles, number: int) -> tuple[Circle, list[Invitation], list[bytes]]:
    """A circle after a batch was used up, some epochs and something said in each."""
    circle = circles.founded()
    assert circles.open_batch(circle, batch_key(number)).status == 201
    invited = [invitation(batch_key(number)) for _ in range(8)]
    knocks = [knock() for _ in invited]
    for one, knocking in zip(invited, knocks, strict=True):
        assert circles.come_in(one, knocking).status == 201
    for _ in range(3):
        circles.say(circle, secrets.token_bytes(440))
        circles.next_epoch(circle)
    return circle, invited, knocks


def spelt(secret: bytes) -> list[bytes]:
    return [secret, secret.hex().encode()]


def test_no_key_and_no_invitation_is_in_any_file(tmp_path: Path) -> None:
    with live_server(tmp_path, arguments=("--circles",)) as server:
        circles = Circles(server)
        circle, invited, knocks = lived_in(circles, 1)
        path, owner, giver = f"/landing/{secrets.token_hex(16)}", b"o" * 32, b"g" * 32
        shown = {"owner": digest(owner), "giver": digest(giver)}
        circles.ask("POST", path, work=server.work(0), **shown)
        circles.ask("POST", f"{path}/package", secrets.token_bytes(2_000), key=owner.hex())
        circles.ask("POST", f"{path}/welcome", secrets.token_bytes(2_000), key=giver.hex())
        circles.read(circle)
        # What moves to another device, and half of a commit.
        stashes, claim = Stashes(circles), Claim()
        stash = stashes.left(Stash(secrets.token_bytes(9_000)))
        assert stashes.take(stash, claim).status == 200
        circles.send_pieces(circle.path, secrets.token_bytes(9_000), [1], key=circle.door.hex())
        line = NewsLine(server, circle)
        line.until(["idle"])
        # Refused requests are no way into a file either.
        circles.come_in(invited[0], knock())
        circles.say(circle, b"late", key=circle.doors[0])
        private = batch_key(1)
        signing = [n.to_bytes(MODULUS_BYTES, "big").lstrip(b"\0") for n in (private.p, private.q)]
        secret = [circle.keeper, *circle.doors, owner, giver, stash.key, claim.key, *signing]
        secret += [part for one in invited for part in (one.nonce, one.signature)]
        needles = [spelling for one in secret for spelling in spelt(one)]
        there = lying(server.data / "mailboxes.sqlite3").as_it_lies(knocks[0][:64])
        found = set().union(*files_with([*needles, there], tmp_path).values())
        assert found == {there}, "only what was sealed is there, and the search sees it"
        # What does stand there is what the models say: hashes of the keys.
        assert rows(server, "SELECT keeper FROM circles_circle") == [(digest(circle.keeper),)]
        line.close()
        # Nothing joins the address that the words had with the one that the taker drew.
        columns = "stash_id, verifier, sha256, size, key"
        moved = rows(server, f"SELECT {columns} FROM circles_stash")
        assert {one[0] for one in moved} == {stash.stash_id, claim.claim_id}
        assert not set(moved[0]) & set(moved[1])
        logs = server.logs()
        for untold in (circle.circle_id, stash.stash_id, claim.claim_id):
            assert untold not in logs
        assert invited[0].batch_id not in logs


def test_spent_invitations_and_knocks_are_in_no_common_row_or_order(tmp_path: Path) -> None:
    with live_server(tmp_path, arguments=("--circles",)) as server:
        circle, invited, knocks = lived_in(Circles(server), 1)
        import hashlib

        hashes = [
            hashlib.sha256(b"safelight spent v1\0" + bytes.fromhex(i.batch_id) + i.nonce)
            for i in invited
        ]
        came = [one.hexdigest() for one in hashes]
        order = "SELECT sha256 FROM circles_spent ORDER BY rowid"
        spent = [str(row[0]) for row in rows(server, order)]
        left = lying(server.data / "mailboxes.sqlite3").of("circles_knock")
        assert (sorted(spent), sorted(left)) == (sorted(came), sorted(knocks))
        # Each equal by chance once in 40,320.
        assert spent != came
        assert left != knocks
        assert [came.index(one) for one in spent] != [knocks.index(one) for one in left]
        (numbers,) = rows(server, "SELECT redeemed, last_day FROM circles_batch")
        assert numbers[0] == 8
        # Days, and nothing finer.
        days = {
            value
            for table in ("circle", "entry", "knock")
            for row in rows(server, f"SELECT * FROM circles_{table}")
            for value in row
            if isinstance(value, str) and "-" in value
        }
        assert days == {today().isoformat()}
        assert circle.circle_id not in days


def test_of_a_burned_circle_no_byte_is_left_and_the_others_are_whole(tmp_path: Path) -> None:
    with live_server(tmp_path, arguments=("--circles",)) as server:
        circles = Circles(server)
        (burned, _, gone), (other, _, kept) = lived_in(circles, 1), lived_in(circles, 2)
        read = [circles.whole_log(burned, door) for door in burned.doors]
        said = [one["bytes"][:48] for log in read for one in log]
        samples = [*said, *(one[at : at + 48] for one in gone for at in (0, 4_000, 8_000))]
        there = lying(server.data / "mailboxes.sqlite3")
        samples = [there.as_it_lies(one) for one in samples]
        assert set().union(*files_with(samples, server.data).values()) == set(samples)
        circles.ask("POST", f"{burned.path}/burn", Keeper_Key=burned.keeper.hex())
        staying = [there.as_it_lies(one[:48]) for one in kept]
        keys = [*lying(server.data / "mailboxes.sqlite3").keys]
        assert len(there.keys) == len(keys) + 1
        samples += there.keys - set(keys)
        staying += keys
        found = set().union(*files_with([*samples, *staying], server.data).values())
        assert found == set(staying)
        left = {t: rows(server, f"SELECT count(*) FROM circles_{t}")[0][0] for t in TABLES[2:6]}
        assert left == {"entry": 6, "batch": 1, "spent": 8, "knock": 8}
        assert rows(
            server,
            "SELECT epoch, last_sequence, held_bytes, day_entries FROM circles_circle WHERE burned",
        ) == [(0, 0, 0, 0)]
        # Nor how much was said in which of its epochs; of the other circle it is still there.
        lasted = "SELECT from_sequence, until_sequence FROM circles_door d JOIN circles_circle c "
        lasted += "ON c.key = d.circle_id WHERE {} c.burned ORDER BY from_sequence"
        assert rows(server, lasted.format("")) == [(0, None)] * 4
        assert rows(server, lasted.format("NOT")) == [(1, 2), (3, 4), (5, 6), (7, None)]
        assert {circles.read(burned, key=door).status for door in burned.doors} == {410}
        assert len(circles.whole_log(other, other.doors[0])) == 2
