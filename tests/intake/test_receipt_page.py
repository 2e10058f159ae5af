"""Twelve words in, one plain sentence out, and the same page for a receipt nobody knows."""

from __future__ import annotations

import re

import pytest

from safelight.sealing.receipt import Receipt
from tests.support.live_server import Answer, LiveServer, today

pytestmark = pytest.mark.live


def ask(server: LiveServer, words: str, language: str = "en") -> Answer:
    return server.post_form(f"/{language}/receipt", [("words", words)])


def answer_on(page: str) -> str:
    (found,) = re.findall(r'<p id="answer"[^>]*>([^<]+)</p>', page)
    return str(found)


def problem_on(page: str) -> str:
    (found,) = re.findall(r'<p id="problem"[^>]*>([^<]+)</p>', page)
    return str(found)


def test_the_status_follows_the_report_from_arrival_to_the_desk(server: LiveServer) -> None:
    _, receipt = server.deposit(server.sealed(b"text"))
    words = " ".join(receipt.words("en"))
    waiting = answer_on(ask(server, words).text)
    assert "No desk has fetched it yet" in waiting
    assert str(today().year) in waiting
    desk = server.keeper.desks[0]
    server.acknowledge(desk, [one["id"] for one in server.listed(desk)])
    assert "desk has fetched it" in answer_on(ask(server, words).text)
    assert "Специалисты его забрали" in answer_on(ask(server, words, "ru").text)


def test_words_are_read_in_any_case_and_by_their_first_letters(server: LiveServer) -> None:
    _, receipt = server.deposit(server.sealed(b"text"))
    short = "  ".join(word[:4].upper() for word in receipt.words("en"))
    assert "arrived" in answer_on(ask(server, short).text)


def test_a_receipt_that_is_not_known_gets_a_page_of_the_same_length_and_code(
    server: LiveServer,
) -> None:
    _, known = server.deposit(server.sealed(b"text"))
    answers = [
        ask(server, " ".join(known.words("en"))),
        ask(server, " ".join(Receipt.generate().words("en"))),
        ask(server, "not twelve words"),
        server.request("GET", "/en/receipt"),
    ]
    assert {(a.status, len(a.body), tuple(sorted(a.headers))) for a in answers} == {
        (200, len(answers[0].body), tuple(sorted(answers[0].headers)))
    }
    assert "No report is known" in answer_on(answers[1].text)


def test_a_mailbox_that_somebody_else_took_is_answered_like_none(server: LiveServer) -> None:
    receipt, other = Receipt.generate(), Receipt.generate()
    server.deposit(server.sealed(b"text"), receipt, Safelight_Verifier=other.verifier.hex())
    assert "No report is known" in answer_on(ask(server, " ".join(receipt.words("en"))).text)


def test_mistakes_are_named_by_their_place_with_words_of_the_list(server: LiveServer) -> None:
    words = list(Receipt(bytes(16)).words("en"))  # "abandon" eleven times, then "about"
    wrong = " ".join([*words[:2], "abandom", *words[3:]])
    page = ask(server, wrong).text
    assert "Word 3 is not on the list" in problem_on(page)
    assert "abandon" in problem_on(page)
    assert "There" not in problem_on(page)
    swapped = " ".join([words[11], *words[1:11], words[0]])
    assert "not the twelve words" in problem_on(ask(server, swapped).text)
    assert "not the twelve words" in problem_on(ask(server, " ".join(words[:11])).text)


def test_what_was_typed_comes_back_as_text(server: LiveServer) -> None:
    page = ask(server, "<b>one</b> two").text
    assert "&lt;b&gt;one&lt;/b&gt; two</textarea>" in page
