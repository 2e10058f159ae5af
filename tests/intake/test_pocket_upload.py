"""A file sealed elsewhere goes up whole, once, with its photos; anything else says why not."""

from __future__ import annotations

import html
import re

import pytest

from safelight.intake.addresses import address
from safelight.sealing.deposit_file import DepositFile
from safelight.sealing.envelope import Envelope
from safelight.sealing.opening import open_bytes
from safelight.sealing.receipt import Receipt
from tests.support.live_server import Answer, LiveServer

pytestmark = pytest.mark.live

# As long as a browser's: sealed bytes must not hold it by chance.
BOUNDARY = "------safelight-test-2a9f7d31c85e"
KIND = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


def a_file(server: LiveServer, *contents: bytes, roster: int = 3) -> tuple[DepositFile, Receipt]:
    receipt = Receipt.generate()
    envelopes = tuple(Envelope.parse(server.sealed(content)) for content in contents)
    return DepositFile(receipt.mailbox_id, receipt.verifier, roster, envelopes), receipt


def multipart(content: bytes, *, name: str = "file", times: int = 1) -> bytes:
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"; filename="data-10.bin"\r\n'
    )
    part = head.encode() + b"Content-Type: image/jpeg\r\n\r\n" + content + b"\r\n"
    return part * times + f"--{BOUNDARY}--\r\n".encode()


def send(server: LiveServer, body: bytes, language: str = "en") -> Answer:
    return server.request("POST", address(language, "upload"), body, KIND)


def said(answer: Answer) -> str:
    [found] = re.findall(r'<p id="(?:status|problem)"[^>]*>([^<]*)</p>', answer.text)
    return html.unescape(found)


def opened(server: LiveServer, receipt: Receipt) -> list[bytes]:
    desk = server.keeper.desks[0]
    return [
        open_bytes(server.ask_as(desk, "GET", f"/collect/{line['id']}").body, [desk.identity])
        for line in server.listed(desk)
        if line["mailbox"] == receipt.mailbox_id.hex()
    ]


def test_a_report_and_its_photos_arrive_together(server: LiveServer) -> None:
    deposit, receipt = a_file(server, b"report", b"photo 1", b"photo 2" * 40_000)
    answer = send(server, multipart(deposit.to_bytes()))
    assert (answer.status, said(answer)[:16]) == (200, "It has arrived. ")
    assert sorted(opened(server, receipt)) == [b"photo 1", b"photo 2" * 40_000, b"report"]


def test_six_photos_at_once_arrive(server: LiveServer) -> None:
    photos = [bytes([number]) * 1_900_000 for number in range(6)]
    deposit, receipt = a_file(server, b"report", *photos)
    assert send(server, multipart(deposit.to_bytes())).status == 200
    assert sorted(opened(server, receipt)) == sorted([b"report", *photos])


def test_the_same_file_again_is_safe_and_says_so(server: LiveServer) -> None:
    deposit, receipt = a_file(server, b"report", b"photo")
    for language in ("ru", "en"):
        answer = send(server, multipart(deposit.to_bytes()), language)
        assert answer.status == 200
    assert "had arrived before" in said(answer)
    assert len(opened(server, receipt)) == 2


def test_a_file_sealed_to_an_older_roster_is_still_taken(server: LiveServer) -> None:
    deposit, receipt = a_file(server, b"report", roster=1)
    assert send(server, multipart(deposit.to_bytes())).status == 200
    assert opened(server, receipt) == [b"report"]


def test_another_report_under_the_same_words_is_refused(server: LiveServer) -> None:
    deposit, receipt = a_file(server, b"report")
    other, _ = a_file(server, b"other")
    forged = DepositFile(deposit.mailbox_id, deposit.verifier, 3, other.envelopes)
    assert send(server, multipart(deposit.to_bytes())).status == 200
    answer = send(server, multipart(forged.to_bytes()))
    assert answer.status == 409
    assert "something else was sent before" in said(answer)
    assert opened(server, receipt) == [b"report"]


def test_photos_of_a_refused_report_are_not_kept(server: LiveServer) -> None:
    deposit, receipt = a_file(server, b"report")
    other, _ = a_file(server, b"other", b"photo" * 100_000)
    forged = DepositFile(deposit.mailbox_id, deposit.verifier, 3, other.envelopes)
    assert send(server, multipart(deposit.to_bytes())).status == 200
    before = (server.data / "mailboxes.sqlite3").stat().st_size
    for _ in range(4):
        assert send(server, multipart(forged.to_bytes())).status == 409
    assert opened(server, receipt) == [b"report"]
    grown = (server.data / "mailboxes.sqlite3").stat().st_size - before
    assert grown < 4 * 2 * 1024 * 1024, "four photos stayed in the database"


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        (multipart(b""), 422, "No file was chosen"),
        (f"--{BOUNDARY}--\r\n".encode(), 422, "No file was chosen"),
        (multipart(b"\xff\xd8\xff a photo"), 422, "not a whole sealed file"),
        (multipart(b"safelight-deposit/1 "), 422, "not a whole sealed file"),
        (multipart(b"x", name="other"), 422, "did not arrive as the form"),
        (multipart(b"x", times=2), 422, "did not arrive as the form"),
        (b"nonsense", 422, "No file was chosen"),
        (b"", 422, "No file was chosen"),
    ],
)
def test_anything_else_is_answered_with_a_sentence(
    server: LiveServer, body: bytes, status: int, sentence: str
) -> None:
    answer = send(server, body)
    assert answer.status == status
    assert sentence in said(answer)


def test_a_file_cut_off_anywhere_is_refused(server: LiveServer) -> None:
    deposit, receipt = a_file(server, b"report", b"photo")
    whole = deposit.to_bytes()
    for length in (100, 200, 40_000, len(whole) - 1):
        assert send(server, multipart(whole[:length])).status == 422
    assert opened(server, receipt) == []


def test_more_than_sixteen_megabytes_are_refused(server: LiveServer) -> None:
    answer = send(server, bytes(17_000_000))
    assert answer.status == 413
    assert "at most 16 MB" in said(answer)


def test_what_is_said_shows_in_no_length(server: LiveServer) -> None:
    deposit, _ = a_file(server, b"report")
    kind = KIND | {"Accept-Encoding": "gzip"}
    answers = [
        server.request("POST", address("ru", "upload"), multipart(content), kind)
        for content in (deposit.to_bytes(), deposit.to_bytes(), b"nonsense", b"")
    ]
    assert [answer.status for answer in answers] == [200, 200, 422, 422]
    assert {len(answer.body) for answer in answers} == {11_000}


def test_the_page_is_the_same_for_everybody_and_reached_from_the_first(server: LiveServer) -> None:
    assert b'href="/ru/6"' in server.request("GET", "/ru/").body
    one, two = (server.request("GET", address("ru", "upload")) for _ in range(2))
    assert one.body == two.body
    assert "У меня есть запечатанный файл" in one.text
