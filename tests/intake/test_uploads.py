"""Uploads in small pieces: resumable after any cut, and in the mailbox when the last byte is."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest

from safelight.sealing.opening import open_bytes
from safelight.sealing.receipt import Receipt
from safelight.sealing.seal import SealingWriter
from tests.support.live_server import LiveServer, today
from tests.support.raw_http import problem
from tests.support.tus import PIECE, Tus, first, later, metadata

pytestmark = pytest.mark.live


def held(server: LiveServer, receipt: Receipt) -> list[dict[str, object]]:
    desk, mine = server.keeper.desks[0], receipt.mailbox_id.hex()
    return [one for one in server.listed(desk) if one["mailbox"] == mine]


def fetched(server: LiveServer, receipt: Receipt) -> bytes:
    (one,) = held(server, receipt)
    return server.ask_as(server.keeper.desks[0], "GET", f"/collect/{one['id']}").body


def test_what_the_server_can_is_told(server: LiveServer) -> None:
    answer = server.request("OPTIONS", "/upload")
    assert answer.status == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert set(answer.headers["tus-extension"].split(",")) == {
        *("creation", "termination", "expiration", "concatenation"),
    }
    assert answer.headers["tus-max-size"] == str(64 * 1024 * 1024)


def test_an_envelope_in_pieces_is_in_its_mailbox_when_the_last_is_acknowledged(
    server: LiveServer,
) -> None:
    tus, receipt, sealed = Tus(server), Receipt.generate(), server.sealed(b"in pieces")
    made = tus.create(len(sealed), first(receipt))
    assert (made.status, made.body) == (201, b"")
    path = made.headers["location"]
    assert re.fullmatch(r"/upload/[0-9a-f]{32}", path)
    assert held(server, receipt) == []
    last = tus.send(path, sealed)
    assert (last.status, last.headers["upload-offset"]) == (204, str(len(sealed)))
    (one,) = held(server, receipt)
    assert (one["sha256"], one["first"]) == (hashlib.sha256(sealed).hexdigest(), True)
    assert open_bytes(fetched(server, receipt), [server.keeper.desks[0].identity]) == b"in pieces"


def test_after_a_cut_the_upload_goes_on_where_it_stood(server: LiveServer) -> None:
    tus, receipt, sealed = Tus(server), Receipt.generate(), server.sealed(b"cut")
    path = tus.create(len(sealed), first(receipt)).headers["location"]
    tus.send(path, sealed, until=2 * PIECE)
    head = tus.ask("HEAD", path)
    assert (head.status, head.body) == (200, b"")
    assert head.headers["upload-offset"] == str(2 * PIECE)
    assert head.headers["upload-length"] == str(len(sealed))
    # The line broke and the answer was lost: the same piece again is refused, unharmed.
    again = tus.patch(path, PIECE, sealed[PIECE : 2 * PIECE])
    assert (again.status, problem(again.body)["problem"]) == (409, "wrong-offset")
    tus.send(path, sealed)
    assert fetched(server, receipt) == sealed


def test_an_upload_tells_until_which_day_it_lives(server: LiveServer) -> None:
    tus, receipt = Tus(server), Receipt.generate()
    made = tus.create(32 * 1024, first(receipt))
    expires = parsedate_to_datetime(made.headers["upload-expires"])
    # Midnight: nothing finer than a day is known.
    assert expires == datetime.combine(today() + timedelta(days=8), datetime.min.time(), tzinfo=UTC)


def test_lost_answers_are_repeated_without_harm(server: LiveServer) -> None:
    tus, receipt, sealed = Tus(server), Receipt.generate(), server.sealed(b"lost")
    # Of the creation: the same solution gives the same upload, though it is spent.
    work = server.work(len(sealed))
    made = [tus.create(len(sealed), first(receipt), Safelight_Work=work) for _ in range(2)]
    assert [one.status for one in made] == [201, 201]
    path = made[0].headers["location"]
    assert made[1].headers["location"] == path
    # For another upload it is spent.
    other = tus.create(len(sealed), first(Receipt.generate()), Safelight_Work=work)
    assert (other.status, problem(other.body)["problem"]) == (409, "work-spent")
    # Of the last piece: the upload stands at its end, and the envelope is there once.
    tus.send(path, sealed)
    assert tus.offset(path) == len(sealed)
    assert tus.patch(path, len(sealed), b"").status == 204
    assert len(held(server, receipt)) == 1
    # A second upload of the same bytes is the same envelope.
    tus.send(tus.create(len(sealed), first(receipt)).headers["location"], sealed)
    assert len(held(server, receipt)) == 1


def test_parallel_parts_are_joined_and_the_join_can_be_repeated(server: LiveServer) -> None:
    tus, receipt, sealed = Tus(server), Receipt.generate(), server.sealed(b"x" * 100_000)
    assert len(sealed) == 256 * 1024
    cut = 100_001  # parts need not be cut anywhere in particular
    parts = [tus.partial(sealed[:cut]), tus.partial(sealed[cut:])]
    assert tus.ask("HEAD", parts[0]).headers["upload-concat"] == "partial"
    # tus allows whole addresses too.
    named = [parts[0], "http://example.org" + parts[1]]
    joined = [tus.join(named, first(receipt)), tus.join(named, first(receipt))]
    assert [one.status for one in joined] == [201, 201]
    assert joined[0].headers["location"] == joined[1].headers["location"]
    head = tus.ask("HEAD", joined[0].headers["location"])
    assert head.headers["upload-length"] == head.headers["upload-offset"] == str(len(sealed))
    assert head.headers["upload-concat"].startswith("final;")
    assert fetched(server, receipt) == sealed


def test_a_file_larger_than_any_single_deposit_is_collected_in_parts(server: LiveServer) -> None:
    desk = server.keeper.desks[0]
    receipt = server.deposit(server.sealed(b"report"))[1]

    class Sink:
        def __init__(self) -> None:
            self.bytes = bytearray()

        def write(self, data: bytes, /) -> int:
            self.bytes += data
            return len(data)

    sink = Sink()
    writer = SealingWriter(sink, [desk.identity.recipient()], padded=True)
    content = bytes(17 * 1024 * 1024)
    writer.write(content)
    size = writer.finish()
    assert size == 32 * 1024 * 1024
    sealed = bytes(sink.bytes)
    # Put in place directly: 3,000 requests would only repeat what the other tests do.
    tus = Tus(server)
    path = tus.create(size, later(receipt)).headers["location"]
    tus.fill(path, sealed, all_but=1000)
    assert tus.send(path, sealed).status == 204
    (one,) = [line for line in held(server, receipt) if not line["first"]]
    assert (one["size"], one["sha256"]) == (size, hashlib.sha256(sealed).hexdigest())
    whole = server.ask_as(desk, "GET", f"/collect/{one['id']}")
    assert (whole.status, problem(whole.body)["problem"]) == (400, "not-understood")
    parts = [server.ask_as(desk, "GET", f"/collect/{one['id']}?part={n}") for n in (0, 1, 31, 32)]
    mib = 1024 * 1024
    assert [part.body for part in parts[:3]] == [
        sealed[n * mib : (n + 1) * mib] for n in (0, 1, 31)
    ]
    assert parts[3].status == 404


def test_a_deleted_upload_is_gone_and_an_envelope_stays(server: LiveServer) -> None:
    tus, receipt, sealed = Tus(server), Receipt.generate(), server.sealed(b"kept")
    begun = tus.create(len(sealed), first(receipt)).headers["location"]
    tus.send(begun, sealed, until=PIECE)
    done = tus.create(len(sealed), first(receipt)).headers["location"]
    tus.send(done, sealed)
    for path in (begun, done):
        assert tus.ask("DELETE", path).status == 204
        assert tus.ask("HEAD", path).status == 404
        assert tus.ask("DELETE", path).status == 404
    assert fetched(server, receipt) == sealed


def test_later_envelopes_need_the_key_and_an_open_mailbox(server: LiveServer) -> None:
    tus, sealed = Tus(server), server.sealed(b"more")
    _, receipt = server.deposit(server.sealed(b"first"))
    stranger = Receipt.generate()
    mixed = metadata(mailbox=receipt.mailbox_id.hex(), key=stranger.auth_key.hex())
    for described in (later(stranger), mixed):
        refused = tus.create(len(sealed), described)
        assert (refused.status, problem(refused.body)["problem"]) == (404, "no-mailbox")
    path = tus.create(len(sealed), later(receipt)).headers["location"]
    tus.send(path, sealed)
    assert sorted(one["first"] for one in held(server, receipt)) == [False, True]


def test_what_is_no_envelope_is_refused_at_the_last_byte_and_forgotten(
    server: LiveServer,
) -> None:
    tus, receipt = Tus(server), Receipt.generate()
    junk = bytes(32 * 1024)
    path = tus.create(len(junk), first(receipt)).headers["location"]
    tus.send(path, junk, until=len(junk) - 100)
    last = tus.patch(path, len(junk) - 100, junk[-100:])
    assert (last.status, problem(last.body)["problem"]) == (400, "not-an-envelope")
    assert tus.ask("HEAD", path).status == 404
    sealed = server.sealed(b"text")
    digest = hashlib.sha256(sealed).hexdigest()
    for said, status in (("0" * 64, 400), (digest, 204)):
        path = tus.create(len(sealed), first(receipt, sha256=said)).headers["location"]
        tus.send(path, sealed, until=len(sealed) - 1)
        assert tus.patch(path, len(sealed) - 1, sealed[-1:]).status == status
    assert fetched(server, receipt) == sealed


@pytest.mark.parametrize(
    ("length", "described", "status", "code"),
    [
        ("32769", "", 400, "wrong-size"),
        ("0", "", 400, "wrong-size"),
        (str(128 * 1024 * 1024), "", 400, "wrong-size"),
        ("-1", "", 400, "not-understood"),
        ("9" * 30, "", 400, "not-understood"),
        ("32768", "mailbox", 400, "not-understood"),
        ("32768", "mailbox !!!", 400, "not-understood"),
        ("32768", metadata(mailbox="0" * 32), 400, "not-understood"),
        ("32768", metadata(mailbox="0" * 31, verifier="0" * 64), 400, "not-understood"),
        ("32768", metadata(mailbox="0" * 32, verifier="0" * 64, key="0" * 64), 400, None),
        ("32768", metadata(mailbox="0" * 32, verifier="0" * 64, sha256="x"), 400, None),
        ("32768", metadata(mailbox="0" * 32, verifier="0" * 64, roster="1"), 409, "roster-changed"),
        ("32768", metadata(mailbox="0" * 32, verifier="0" * 64, roster="x"), 409, "roster-changed"),
        ("32768", "x " * 3000, 400, "not-understood"),
    ],
)
def test_a_creation_of_another_form_is_refused(
    server: LiveServer, length: str, described: str, status: int, code: str | None
) -> None:
    tus = Tus(server)
    refused = tus.ask(
        "POST",
        "/upload",
        Upload_Length=length,
        Upload_Metadata=described or first(Receipt.generate()),
        Safelight_Work=server.work(64),
    )
    assert refused.status == status
    assert code is None or problem(refused.body)["problem"] == code


def test_requests_of_another_form_are_refused(server: LiveServer) -> None:
    tus, receipt = Tus(server), Receipt.generate()
    path = tus.create(32 * 1024, first(receipt)).headers["location"]
    no_version = server.request("HEAD", path)
    assert no_version.status == 412
    assert tus.ask("PUT", path).status == 405
    assert tus.ask("GET", path).status == 405
    wrong = tus.ask("PATCH", path, b"x", Upload_Offset="0", Content_Type="text/plain")
    assert (wrong.status, problem(wrong.body)["problem"]) == (415, "wrong-type")
    assert tus.patch(path, 0, bytes(16 * 1024 + 1)).status == 413
    assert tus.ask("HEAD", "/upload/" + "0" * 32).status == 404
    unpaid = tus.ask("POST", "/upload", Upload_Length="32768", Upload_Metadata=first(receipt))
    assert (unpaid.status, problem(unpaid.body)["problem"]) == (428, "work-needed")
    with_body = tus.ask("POST", "/upload", b"x", Upload_Length="32768")
    assert with_body.status == 400
    beyond = tus.partial(b"x" * 10)
    assert tus.patch(beyond, 10, b"y").status == 413
    for said in ("final", "final;", "final;x", "final;/upload/1", "parts", "final;" + beyond):
        refused = tus.ask(
            "POST", "/upload", Upload_Concat=said, Upload_Metadata=first(Receipt.generate())
        )
        assert refused.status == 400, said


def test_no_answer_to_an_upload_is_longer_than_twelve_kilobytes(server: LiveServer) -> None:
    tus, receipt, sealed = Tus(server), Receipt.generate(), server.sealed(b"text")
    path = tus.create(len(sealed), first(receipt)).headers["location"]
    answers = [tus.send(path, sealed), tus.ask("HEAD", path), tus.ask("DELETE", path)]
    for answer in answers:
        assert len(answer.body) + sum(len(k) + len(v) + 4 for k, v in answer.headers.items()) < 2000
        assert answer.headers["connection"] == "close"
        assert answer.headers["cache-control"] == "no-store"
