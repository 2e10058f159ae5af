"""Threat: server-seized: Who takes the server finds sealed bytes, days and hashes: no address, no
hour, no language, no order of arrival, and nothing of what was fetched.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
from pathlib import Path

import pytest

from safelight.intake.addresses import address
from safelight.sealing.seal import seal_bytes
from tests.support.live_server import LiveServer, live_server, today
from tests.support.search_everywhere import files_with
from tests.support.tus import Tus, later

pytestmark = pytest.mark.live

# Everything the database has, column by column. A new column needs a reason here.
HELD = {
    "intake_mailbox": [
        *("key", "mailbox_id", "verifier", "sha256", "day", "last_day", "fetched"),
        *("withdrawn", "proof"),
    ],
    "intake_heldenvelope": [
        *("key", "sequence", "size", "sha256", "day", "first", "work", "mailbox_id"),
    ],
    # Where an envelope's bytes lie, and they themselves.
    "intake_envelopepart": ["key", "start", "run", "envelope_id"],
    "intake_piece": ["key", "run", "start", "sealed"],
    # Random: what is sealed lies under it once more, until both are forgotten.
    "intake_holderkey": ["key", "secret"],
    # Of the last seven days. Once it is kept, nothing in it leads to a mailbox.
    "intake_upload": [
        *("key", "name", "kind", "length", "received", "day", "kept", "mailbox_id"),
        *("verifier", "sha256", "first", "work"),
    ],
    "intake_accepted": ["key", "sha256", "day", "mailbox_id"],
    "intake_answer": ["key", "sha256", "day", "size", "sealed", "mailbox_id"],
    "intake_withdrawalseen": ["key", "desk", "mailbox_id"],
    # Between desks, whose names are public.
    "intake_teamenvelope": [
        *("key", "sender", "addressee", "sequence", "sha256", "day", "size", "sealed"),
    ],
    "intake_acknowledgement": ["key", "desk", "envelope_id"],
    "intake_highestseen": ["name", "value"],
    # Public: the server gives it to everybody at /roster.
    "intake_acceptedroster": ["version", "signed"],
    # Of circles (safelight/circles/models.py says what each tells). No column holds a name, an
    # invitation, or both an invitation and a knock.
    "circles_circle": [
        *("key", "circle_id", "keeper", "epoch", "last_sequence", "held_bytes", "day_entries"),
        *("day_bytes", "day_pieces", "last_day", "burned"),
    ],
    "circles_door": ["key", "circle_id", "verifier", "from_sequence", "until_sequence"],
    "circles_entry": [
        *("key", "circle_id", "sequence", "epoch", "is_commit", "sha256", "day", "size", "sealed"),
    ],
    "circles_batch": ["key", "circle_id", "batch_id", "modulus", "redeemed", "last_day"],
    "circles_spent": ["key", "batch_id", "sha256"],
    "circles_knock": ["key", "circle_id", "sha256", "day", "sealed"],
    "circles_landing": ["key", "landing_id", "owner", "giver", "last_resort", "last_day"],
    "circles_keypackage": ["key", "landing_id", "sha256", "sealed"],
    "circles_welcome": ["key", "landing_id", "sha256", "day", "sealed"],
    # On its way in pieces, to another device, and the pieces of both.
    "circles_parcel": ["key", "holder", "sha256", "size", "by_keeper", "day"],
    "circles_stash": [
        *("key", "stash_id", "verifier", "sha256", "size", "received", "whole", "taken", "day"),
    ],
    "circles_storedpiece": ["key", "run", "number", "sealed"],
    "django_migrations": ["id", "app", "name", "applied"],
}


@contextlib.contextmanager
def database(server: LiveServer):  # type: ignore[no-untyped-def]
    with contextlib.closing(sqlite3.connect(server.data / "mailboxes.sqlite3")) as connection:
        yield connection


def test_the_database_has_these_columns_and_no_others(tmp_path: Path) -> None:
    with live_server(tmp_path) as server, database(server) as seized:
        tables = [
            name
            for (name,) in seized.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if not name.startswith("sqlite_")
        ]
        found = {
            table: [row[1] for row in seized.execute(f"PRAGMA table_info({table})")]
            for table in tables
        }
        assert {t: sorted(c) for t, c in found.items()} == {t: sorted(c) for t, c in HELD.items()}


def test_no_value_is_finer_than_a_day_or_tells_the_language(tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        for language in ("ru", "en"):
            for _ in range(3):
                server.post_form(address(language, "report"), [("story", "text")])
        server.deposit(server.sealed(b"text"))
        server.acknowledge(
            server.keeper.desks[0], [o["id"] for o in server.listed(server.keeper.desks[0])[:2]]
        )
        with database(server) as seized:
            values = [
                (table, column, value)
                for table, columns in HELD.items()
                for column in columns
                for (value,) in seized.execute(f"SELECT {column} FROM {table}")
            ]
        texts = [(t, c, v) for t, c, v in values if isinstance(v, str)]
        days = {v for t, c, v in texts if c in {"day", "last_day", "applied"}}
        assert {day.removesuffix(" 00:00:00") for day in days} == {today().isoformat()}
        texts = [(t, c, v) for t, c, v in texts if c != "applied"]
        assert [one for one in texts if re.search(r"\d:\d\d", one[2])] == []
        numbers = [
            v
            for t, c, v in values
            if isinstance(v, int) and c not in {"key", "mailbox_id", "envelope_id", "run"}
        ]
        # No number is a time: seconds since 1970, or since anything, would be large.
        assert numbers
        assert max(n for n in numbers if n <= 2**40) < 10**6
        with database(server) as seized:
            rows = seized.execute(
                "SELECT m.day, m.fetched, e.size FROM intake_mailbox m "
                "JOIN intake_heldenvelope e ON e.mailbox_id = m.key"
            ).fetchall()
        # Reports written in two languages with and without script look alike.
        assert set(rows) == {(today().isoformat(), 0, 32 * 1024)}


def test_row_numbers_do_not_tell_the_order_of_arrival(tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        arrived = []
        for _ in range(12):
            _, receipt = server.deposit(server.sealed(b"text"))
            arrived.append(receipt.mailbox_id.hex())
        with database(server) as seized:
            by_row = {
                "mailboxes": "SELECT mailbox_id FROM intake_mailbox ORDER BY rowid",
                "envelopes": (
                    "SELECT m.mailbox_id FROM intake_heldenvelope e "
                    "JOIN intake_mailbox m ON e.mailbox_id = m.key ORDER BY e.rowid"
                ),
            }
            for name, query in by_row.items():
                found = [row[0] for row in seized.execute(query)]
                assert sorted(found) == sorted(arrived)
                assert found != arrived, name  # equal by chance once in 479,001,600
            assert set(seized.execute("SELECT sequence FROM intake_heldenvelope")) == {(None,)}
        listed = [one["mailbox"] for one in server.listed(server.keeper.desks[0])]
        assert sorted(listed) == sorted(arrived)
        assert listed != arrived


def lying(server: LiveServer) -> list[bytes]:
    """Of all sealed bytes that lie in the database some, as they lie there, and all their keys."""
    with database(server) as seized:
        tables = ("piece", "answer")
        whole = [r for one in tables for r in seized.execute(f"SELECT sealed FROM intake_{one}")]
        found = [one[at : at + 48] for (one,) in whole for at in (60, 4000, 16000, 32000)]
        keys = [key for (key,) in seized.execute("SELECT secret FROM intake_holderkey")]
    return [one for one in found if one] + keys


def test_what_every_desk_has_is_overwritten_and_only_a_tombstone_remains(tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        envelopes = [server.sealed(b"text %d" % n) for n in range(30)]
        for sealed in envelopes:
            server.deposit(sealed)
        samples = lying(server)
        before = set().union(*files_with(samples, server.data).values())
        assert before == set(samples), "before they were fetched, bytes and keys are on the disk"
        assert len(samples) == 30 * 5
        desk = server.keeper.desks[0]
        ids = [one["id"] for one in server.listed(desk)]
        assert server.acknowledge(desk, ids[:-1]).json()["deleted"] == 29
        left = set().union(*files_with(samples, server.data).values())
        with database(server) as seized:
            ((kept,),) = seized.execute("SELECT sealed FROM intake_piece")
            ((key,),) = seized.execute("SELECT secret FROM intake_holderkey")
            assert seized.execute("SELECT count(*) FROM intake_mailbox").fetchone() == (30,)
            assert seized.execute("SELECT count(*) FROM intake_acknowledgement").fetchone() == (0,)
        assert left == {sample for sample in samples if sample in kept or sample == key}
        last = server.ask_as(desk, "GET", f"/collect/{ids[-1]}").body
        assert last in envelopes
        # What lies there is sealed once more.
        assert not any(last[at : at + 48] in kept for at in (60, 4000, 16000, 32000))


def test_no_secret_that_opens_or_signs_is_in_the_servers_directory(tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        desk = server.keeper.desks[0]
        server.deposit(server.sealed(b"text"))
        server.listed(desk)
        secrets = [
            desk.signing_key.private_bytes_raw(),
            desk.signing_key.private_bytes_raw().hex().encode(),
            desk.identity.encode().encode(),
            server.keeper.root.private_bytes_raw(),
            b"AGE-SECRET-KEY",
            b"PRIVATE KEY",
        ]
        public = desk.identity.recipient().encode().encode()
        import base64

        found = files_with([*secrets, base64.b64encode(b"xx" + public)[4:1000]], tmp_path)
        assert not set().union(*found.values()) & set(secrets)
        assert files_with([server.keeper.root_hex.encode(), b"payload"], tmp_path)


def test_of_a_conversation_the_thief_finds_days_and_sealed_bytes(tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        desk, tus = server.keeper.desks[0], Tus(server)
        _, receipt = server.deposit(server.sealed(b"report"))
        sealed = server.sealed(b"message")
        path = tus.create(len(sealed), later(receipt)).headers["location"]
        tus.send(path, sealed)
        answer = seal_bytes(b"answer", [receipt.reply_recipient()])
        server.ask_as(desk, "POST", f"/collect/answer/{receipt.mailbox_id.hex()}", answer)
        owner = {"Safelight-Key": receipt.auth_key.hex()}
        before = dump(server)
        server.request("POST", f"/mailbox/{receipt.mailbox_id.hex()}/read", b"", owner)
        server.post_form(address("en", "receipt"), [("words", " ".join(receipt.words("en")))])
        # Reading leaves no trace, by script or without.
        assert dump(server) == before
        with database(server) as seized:
            uploads = seized.execute("SELECT kept, mailbox_id, verifier FROM intake_upload")
            # What is kept no longer says whose it was.
            assert uploads.fetchall() == [(1, "", "")]
            assert seized.execute("SELECT day, size FROM intake_answer").fetchall() == [
                (today().isoformat(), 32 * 1024)
            ]
        secrets = [
            receipt.auth_key,
            receipt.secret,
            receipt.reply_seed,
            *map(str.encode, owner.values()),
        ]
        assert not set().union(*files_with(secrets, server.data).values())


def test_of_a_withdrawn_mailbox_only_a_tombstone_is_left(tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        sealed = [server.sealed(b"report"), server.sealed(b"more")]
        _, receipt = server.deposit(sealed[0])
        tus = Tus(server)
        tus.send(tus.create(len(sealed[1]), later(receipt)).headers["location"], sealed[1])
        begun = server.sealed(b"begun")
        sealed.append(begun)
        path = tus.create(len(begun), later(receipt)).headers["location"]
        tus.send(path, begun, until=11_000)
        answer = seal_bytes(b"answer", [receipt.reply_recipient()])
        sealed.append(answer)
        place = f"/collect/answer/{receipt.mailbox_id.hex()}"
        server.ask_as(server.keeper.desks[0], "POST", place, answer)
        samples = lying(server)
        assert set().union(*files_with(samples, server.data).values()) == set(samples)
        # Three uploads or deposits and an answer, each with its key.
        assert len([one for one in samples if len(one) == 32]) == len(sealed)
        server.request(
            "POST",
            f"/mailbox/{receipt.mailbox_id.hex()}/withdraw",
            b"",
            {
                "Safelight-Key": receipt.auth_key.hex(),
                "Safelight-Withdrawal": receipt.withdrawal_proof.hex(),
            },
        )
        assert not set().union(*files_with(samples, server.data).values())
        with database(server) as seized:
            ((digest, withdrawn, day),) = seized.execute(
                "SELECT sha256, withdrawn, last_day FROM intake_mailbox"
            )
            assert (digest, withdrawn, day) == ("", 1, today().isoformat())
            emptied = ("heldenvelope", "holderkey", "piece", "answer", "accepted", "envelopepart")
            for table in emptied:
                assert seized.execute(f"SELECT count(*) FROM intake_{table}").fetchone() == (0,)


def dump(server: LiveServer) -> list[str]:
    """Everything in the database, row by row, as text."""
    with database(server) as seized:
        return sorted(line for line in seized.iterdump() if line.startswith("INSERT"))
