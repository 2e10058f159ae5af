"""Twelve words in, plain sentences out, and the same length for a receipt nobody knows."""

from __future__ import annotations

import gzip
import html
import re

import pytest

from safelight.intake.addresses import address
from safelight.sealing.opening import open_bytes
from safelight.sealing.receipt import Receipt
from safelight.sealing.seal import seal_bytes
from safelight.vocabulary.messages import FileHeader, Message
from tests.support.live_server import Answer, LiveServer, today
from tests.support.tags import untagged

pytestmark = pytest.mark.live


def ask(server: LiveServer, words: str, language: str = "en", **more: str) -> Answer:
    return server.post_form(address(language, "receipt"), [("words", words), *more.items()])


def words_of(receipt: Receipt) -> str:
    return " ".join(receipt.words("en"))


def line(page: str, name: str) -> str:
    (found,) = re.findall(rf'<p id="{name}"[^>]*>([^<]*)</p>', page)
    return html.unescape(found)


def answer_on(page: str) -> str:
    return line(page, "answer")


def problem_on(page: str) -> str:
    return line(page, "problem")


def write(
    server: LiveServer, receipt: Receipt, *, text: str = "", files: tuple[bytes, ...] = ()
) -> Answer:
    """What the form of the page sends without script."""
    parts = [("words", words_of(receipt), None), ("text", text, None)]
    body = b""
    for name, value, _ in parts:
        body += f'--B\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
    for content in files or (b"",):
        name = "photo.jpg" if content else ""
        body += (
            f'--B\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n'
            "Content-Type: image/jpeg\r\n\r\n"
        ).encode() + content
        body += b"\r\n"
    kind = {"Content-Type": "multipart/form-data; boundary=B"}
    return server.request("POST", address("en", "receipt"), body + b"--B--\r\n", kind)


def held(server: LiveServer, receipt: Receipt) -> list[bytes]:
    """What desks would open, first what came first of all, then by size."""
    desk, mine = server.keeper.desks[0], receipt.mailbox_id.hex()
    lines = [one for one in server.listed(desk) if one["mailbox"] == mine]
    return [
        open_bytes(server.ask_as(desk, "GET", f"/collect/{one['id']}").body, [desk.identity])
        for one in sorted(lines, key=lambda one: (not one["first"], one["size"]))
    ]


def test_the_status_follows_the_report_from_arrival_to_the_desk(server: LiveServer) -> None:
    _, receipt = server.deposit(server.sealed(b"text"))
    words = words_of(receipt)
    waiting = answer_on(ask(server, words).text)
    assert "Your report arrived" in waiting
    assert "Not all of it was fetched yet" in waiting
    assert str(today().year) in waiting
    desk = server.keeper.desks[0]
    server.acknowledge(desk, [one["id"] for one in server.listed(desk)])
    assert "have fetched everything" in answer_on(ask(server, words).text)
    assert "забрали" in answer_on(ask(server, words, "ru").text)
    # Writing again makes it wait again.
    assert "It has arrived" in answer_on(write(server, receipt, text="more").text)
    assert "Not all of it was fetched yet" in answer_on(ask(server, words).text)


def test_words_are_read_in_any_case_and_by_their_first_letters(server: LiveServer) -> None:
    _, receipt = server.deposit(server.sealed(b"text"))
    short = "  ".join(word[:4].upper() for word in receipt.words("en"))
    assert "arrived" in answer_on(ask(server, short).text)


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_every_answer_has_one_length_and_code_whatever_the_words_open(
    server: LiveServer, encoding: str
) -> None:
    _, known = server.deposit(server.sealed(b"text"))
    _, gone = server.deposit(server.sealed(b"text"))
    assert "was taken back" in ask(server, words_of(gone), do="withdraw", sure="yes").text
    answers = [
        server.post_form(
            address("ru", "receipt"), [("words", words)], {"Accept-Encoding": encoding}
        )
        for words in (
            words_of(known),
            words_of(gone),
            words_of(Receipt.generate()),
            "not twelve words",
        )
    ]
    lengths = {(a.status, len(a.body), tuple(sorted(a.headers))) for a in answers}
    if encoding == "gzip":
        assert len(lengths) == 1
        size = len(answers[0].body) + sum(
            len(k) + len(v) + 4 for k, v in answers[0].headers.items()
        )
        assert size < 12_000
        assert "ничего не найдено" in gzip.decompress(answers[2].body).decode()
    else:
        # Uncompressed only what a browser of the last twenty years would not ask for.
        assert all(len(a.body) % 8192 == 0 for a in answers)


def test_the_empty_page_comes_within_the_limit_and_needs_no_roster(server: LiveServer) -> None:
    for language in ("ru", "en"):
        page = server.request(
            "GET", address(language, "receipt"), None, {"Accept-Encoding": "gzip"}
        )
        head = sum(len(k) + len(v) + 4 for k, v in page.headers.items())
        assert (page.status, len(page.body) + head < 12_000) == (200, True)
        text = gzip.decompress(page.body).decode()
        for wanted in ('src="/static/b.js"', 'id="likely"', 'id="conversation" hidden'):
            assert wanted in text


def test_a_mailbox_that_somebody_else_took_is_answered_like_none(server: LiveServer) -> None:
    receipt, other = Receipt.generate(), Receipt.generate()
    server.deposit(server.sealed(b"text"), receipt, Safelight_Verifier=other.verifier.hex())
    assert "Nothing is known" in answer_on(ask(server, words_of(receipt)).text)


def test_mistakes_are_named_by_their_place_with_words_of_the_list(server: LiveServer) -> None:
    words = list(Receipt(bytes(16)).words("en"))  # "abandon" eleven times, then "about"
    wrong = " ".join([*words[:2], "abandom", *words[3:]])
    page = ask(server, wrong).text
    assert "Word 3 is not on the list" in problem_on(page)
    assert "abandon" in problem_on(page)
    assert "There" not in problem_on(page)
    swapped = " ".join([words[11], *words[1:11], words[0]])
    assert "do not belong together" in problem_on(ask(server, swapped).text)
    assert "A receipt is twelve words" in problem_on(ask(server, " ".join(words[:11])).text)
    assert "too long" in problem_on(ask(server, "x" * 2000).text)


def test_what_was_typed_comes_back_as_text(server: LiveServer) -> None:
    page = ask(server, "<b>one</b> two").text
    assert "&lt;b&gt;one&lt;/b&gt; two</textarea>" in page


def test_a_text_and_files_reach_the_desk_sealed_without_script(server: LiveServer) -> None:
    _, receipt = server.deposit(server.sealed(b"report"))
    photo = bytes(range(256)) * 2000
    page = write(server, receipt, text="Ещё одно.", files=(photo,))
    assert "It has arrived" in answer_on(page.text)
    report, message, file = held(server, receipt)
    assert report == b"report"
    read = Message.parse(untagged(message, receipt))
    assert (read.text, read.mailbox) == ("Ещё одно.", receipt.mailbox_id.hex())
    assert (read.sealed_by, read.written) == ("server", today())
    head, _, content = untagged(file, receipt).partition(b"\n")
    assert FileHeader.parse(head + b"\n").name == "photo.jpg"
    assert content == photo


def test_what_cannot_be_kept_is_said_and_the_text_comes_back(server: LiveServer) -> None:
    _, receipt = server.deposit(server.sealed(b"report"))
    nothing = write(server, receipt)
    assert "Write something or choose a file" in problem_on(nothing.text)
    long = write(server, receipt, text="ы" * 15_000)
    assert "too long" in problem_on(long.text)
    assert "ы" * 15_000 in long.text
    stranger = write(server, Receipt.generate(), text="text")
    assert "Nothing is known under these words" in problem_on(stranger.text)
    assert held(server, receipt) == [b"report"]


def test_answers_are_counted_and_it_is_said_what_opens_them(server: LiveServer) -> None:
    _, receipt = server.deposit(server.sealed(b"report"))
    assert "There is no answer yet" in ask(server, words_of(receipt)).text
    answer = seal_bytes(b"answer", [receipt.reply_recipient()])
    path = f"/collect/answer/{receipt.mailbox_id.hex()}"
    assert server.ask_as(server.keeper.desks[0], "POST", path, answer).status == 201
    page = ask(server, words_of(receipt)).text
    assert "There is 1 answer for you" in page
    assert "switch it on and open this page again" in page
    assert "1 ответ" in ask(server, words_of(receipt), "ru").text


def test_taking_back_asks_once_and_cannot_be_undone(server: LiveServer) -> None:
    _, receipt = server.deposit(server.sealed(b"report"))
    words = words_of(receipt)
    hesitating = ask(server, words, do="withdraw")
    assert "Tick the box first" in problem_on(hesitating.text)
    assert held(server, receipt) == [b"report"]
    for _ in range(2):  # pressed twice
        done = ask(server, words, do="withdraw", sure="yes")
        assert "was taken back" in answer_on(done.text)
        assert 'id="conversation"' not in done.text
    assert held(server, receipt) == []
    assert "was taken back" in answer_on(ask(server, words).text)
    assert "Это отозвано" in answer_on(ask(server, words, "ru").text)
    later = write(server, receipt, text="more")
    assert "everything was taken back before" in problem_on(later.text)
    # Nobody learns anything from taking back what is not there.
    nobody = ask(server, words_of(Receipt.generate()), do="withdraw", sure="yes")
    assert "Nothing is known" in answer_on(nobody.text)
