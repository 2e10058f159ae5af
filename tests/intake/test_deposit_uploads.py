"""A file of the pocket form goes up in small pieces, and is kept as if it came in one."""

from __future__ import annotations

import hashlib
from itertools import pairwise

import pytest

from safelight.sealing.deposit_file import DepositFile
from safelight.sealing.envelope import Envelope
from safelight.sealing.opening import open_bytes
from safelight.sealing.receipt import Receipt
from tests.support.live_server import LiveServer
from tests.support.raw_http import problem
from tests.support.tus import PIECE, Tus, first, metadata

pytestmark = pytest.mark.live

A_DEPOSIT = metadata(kind="deposit-file")


def a_file(server: LiveServer, *contents: bytes, roster: int = 3) -> tuple[DepositFile, Receipt]:
    receipt = Receipt.generate()
    envelopes = tuple(Envelope.parse(server.sealed(content)) for content in contents)
    return DepositFile(receipt.mailbox_id, receipt.verifier, roster, envelopes), receipt


def listed(server: LiveServer, receipt: Receipt) -> list[dict[str, object]]:
    desk = server.keeper.desks[0]
    return [one for one in server.listed(desk) if one["mailbox"] == receipt.mailbox_id.hex()]


def opened(server: LiveServer, receipt: Receipt) -> list[bytes]:
    desk = server.keeper.desks[0]
    return sorted(
        open_bytes(server.ask_as(desk, "GET", f"/collect/{line['id']}").body, [desk.identity])
        for line in listed(server, receipt)
    )


def in_parts(tus: Tus, whole: bytes, *, cuts: tuple[int, ...]) -> list[str]:
    paths = []
    for begin, end in pairwise((0, *cuts, len(whole))):
        path = tus.create(end - begin, Upload_Concat="partial").headers["location"]
        tus.fill(path, whole[begin:end], all_but=min(PIECE, end - begin))
        tus.send(path, whole[begin:end])
        paths.append(path)
    return paths


def test_a_report_arrives_with_its_last_piece_and_pays(server: LiveServer) -> None:
    tus, (deposit, receipt) = Tus(server), a_file(server, b"report", roster=1)
    whole = deposit.to_bytes()
    path = tus.create(len(whole), A_DEPOSIT).headers["location"]
    tus.send(path, whole, until=2 * PIECE)
    assert listed(server, receipt) == []
    last = tus.send(path, whole)
    assert (last.status, last.headers["safelight-kept"]) == (204, "new")
    (line,) = listed(server, receipt)
    assert (line["first"], line["sha256"]) == (True, deposit.envelopes[0].digest)
    assert line["work"] is not None
    assert opened(server, receipt) == [b"report"]


def test_parts_cut_anywhere_become_a_report_and_its_photos(server: LiveServer) -> None:
    photo = bytes(range(256)) * 6_000
    tus, (deposit, receipt) = Tus(server), a_file(server, b"report", photo, b"small")
    whole = deposit.to_bytes()
    paths = in_parts(tus, whole, cuts=(50, 32_700, 1_000_000, 1_100_001))
    described = metadata(kind="deposit-file", sha256=hashlib.sha256(whole).hexdigest())
    made = tus.join(paths, described)
    assert (made.status, made.headers["safelight-kept"]) == (201, "new")
    assert opened(server, receipt) == sorted([b"report", photo, b"small"])
    assert [one["first"] for one in listed(server, receipt)].count(True) == 1
    # The answer was lost: asked again, nothing is added.
    again = tus.join(paths, described)
    assert (again.status, again.headers["location"]) == (201, made.headers["location"])
    assert "safelight-kept" not in again.headers
    assert len(listed(server, receipt)) == 3


def test_the_same_file_again_by_either_way_is_kept_once(server: LiveServer) -> None:
    tus, (deposit, receipt) = Tus(server), a_file(server, b"report", b"photo")
    whole = deposit.to_bytes()
    for kept in ("new", None, None):
        path = tus.create(len(whole), A_DEPOSIT).headers["location"]
        last = tus.send(path, whole)
        assert (last.status, last.headers.get("safelight-kept")) == (204, kept)
    assert opened(server, receipt) == [b"photo", b"report"]


def test_other_bytes_under_a_taken_mailbox_are_refused_whole(server: LiveServer) -> None:
    tus, (deposit, receipt) = Tus(server), a_file(server, b"report")
    other, _ = a_file(server, b"other", b"photo")
    forged = DepositFile(deposit.mailbox_id, deposit.verifier, 3, other.envelopes).to_bytes()
    tus.send(tus.create(len(deposit.to_bytes()), A_DEPOSIT).headers["location"], deposit.to_bytes())
    path = tus.create(len(forged), A_DEPOSIT).headers["location"]
    tus.fill(path, forged, all_but=PIECE)
    last = tus.patch(path, len(forged) - PIECE, forged[-PIECE:])
    assert (last.status, problem(last.body)["problem"]) == (409, "mailbox-taken")
    assert opened(server, receipt) == [b"report"]
    assert tus.ask("HEAD", path).status == 404


@pytest.mark.parametrize(
    ("spoil", "word"),
    [
        (lambda whole: whole[:-1], "not-a-deposit"),
        (lambda whole: whole + b"x", "not-a-deposit"),
        (lambda whole: b"safelight-deposit/1 " + whole, "not-a-deposit"),
        (lambda whole: whole.replace(b"age-encryption.org/v1", b"age-encryption.org/v2"), None),
        (lambda whole: b"\xff\xd8\xff" + whole[3:], "not-a-deposit"),
    ],
)
def test_anything_but_a_whole_deposit_is_refused_and_deleted(
    server: LiveServer, spoil: object, word: str | None
) -> None:
    tus, (deposit, receipt) = Tus(server), a_file(server, b"report", b"photo")
    assert callable(spoil)
    whole = spoil(deposit.to_bytes())
    path = tus.create(len(whole), A_DEPOSIT).headers["location"]
    tus.fill(path, whole, all_but=PIECE)
    last = tus.patch(path, len(whole) - PIECE, whole[-PIECE:])
    assert (last.status, problem(last.body)["problem"]) == (400, word or "not-a-deposit")
    assert tus.ask("HEAD", path).status == 404
    assert listed(server, receipt) == []


def test_another_digest_than_announced_is_refused(server: LiveServer) -> None:
    tus, (deposit, receipt) = Tus(server), a_file(server, b"report")
    paths = in_parts(tus, deposit.to_bytes(), cuts=(20_000,))
    refused = tus.join(paths, metadata(kind="deposit-file", sha256="0" * 64))
    assert (refused.status, problem(refused.body)["problem"]) == (400, "wrong-digest")
    assert tus.join(paths, A_DEPOSIT).status == 201
    assert opened(server, receipt) == [b"report"]


def test_a_withdrawn_mailbox_takes_no_file_again(server: LiveServer) -> None:
    tus, (deposit, receipt) = Tus(server), a_file(server, b"report")
    whole = deposit.to_bytes()
    tus.send(tus.create(len(whole), A_DEPOSIT).headers["location"], whole)
    server.request(
        "POST",
        f"/mailbox/{receipt.mailbox_id.hex()}/withdraw",
        b"",
        {
            "Safelight-Key": receipt.auth_key.hex(),
            "Safelight-Withdrawal": receipt.withdrawal_proof.hex(),
        },
    )
    paths = in_parts(tus, whole, cuts=(20_000,))
    refused = tus.join(paths, A_DEPOSIT)
    assert (refused.status, problem(refused.body)["problem"]) == (410, "withdrawn")
    # Parts name no mailbox, so the client takes them away.
    for path in paths:
        assert tus.ask("DELETE", path).status == 204
        assert tus.ask("HEAD", path).status == 404


@pytest.mark.parametrize("described", [{"kind": "other"}, {"kind": "deposit-file", "roster": "3"}])
def test_the_file_alone_says_where_it_goes(server: LiveServer, described: dict[str, str]) -> None:
    refused = Tus(server).create(32_768, metadata(**described))
    assert (refused.status, problem(refused.body)["problem"]) == (400, "not-understood")
    named = Tus(server).create(32_768, first(Receipt.generate(), kind="deposit-file"))
    assert named.status == 400


def test_more_than_sixteen_mebibytes_are_refused_before_they_come(server: LiveServer) -> None:
    tus = Tus(server)
    refused = tus.create(16 * 1024 * 1024 + 1, A_DEPOSIT)
    assert (refused.status, problem(refused.body)["problem"]) == (413, "too-large")
    assert tus.create(16 * 1024 * 1024, A_DEPOSIT).status == 201
