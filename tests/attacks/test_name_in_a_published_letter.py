"""Threat: name-in-a-published-letter: Somebody slips a name, number or address past the check of
a letter that is to be published, with look-alike letters, invisible characters or marks that do
not pair; or it is found in what is left, in a message or in the log.
"""

from __future__ import annotations

import logging
import time

import pytest

from safelight.casework.letters.redaction import (
    RedactionError,
    checked_marks,
    left_of,
    marked_everywhere,
)
from safelight.casework.letters.telltales import MUST_GO, telltales
from tests.casework.letters.test_publishing import an_answered_letter
from tests.support.desk import TestDesk, desk

__all__ = ["desk"]


def found(text: str) -> set[str]:
    return {t.kind for t in telltales(checked_marks(text), called="Лисёнок")} & MUST_GO


@pytest.mark.parametrize(
    "text",
    [
        "номер ８９９９１２３",
        "номер ⑧⑨⑨⑨",
        "номер 𝟾𝟿𝟿",
        "номер ٨٩٩٩",
        "кот＠example.org",
        "kot (at) example.org",
        "кот\u200b@\u200bexample.org",
        "зовут Лис\u00adёнок",
        "зовут Лис\u2060ёнок",
        "зовут ЛИСЁНКОМ",
        "пиши на t.me/somebody",
        "канал somebody.рф",
        "tg://resolve",
    ],
)
def test_look_alikes_and_invisible_characters_are_seen_through(text: str) -> None:
    assert found(text), "something here must go"
    assert not found("Просто слова, и ничего больше.")


@pytest.mark.parametrize(
    "text",
    ["[[имя", "имя]]", "[[a [[b]] c]]", "]]a[[", "[[a]] b]]", "[[[[a]]", " ", "[[a]]\n[[b]]"],
)
def test_marks_that_do_not_pair_publish_nothing(text: str) -> None:
    with pytest.raises(RedactionError):
        checked_marks(text)
    assert checked_marks("x [[a]] y [[b\nc]]") == "x [[a]] y [[b\nc]]"


def test_what_is_marked_is_in_nothing_that_leaves() -> None:
    text = checked_marks("Меня зовут [[Лисёнок]], я из [[Самары\nи Тольятти]].")
    assert left_of(text) == "Меня зовут […], я из […]."
    again = marked_everywhere("Лисёнок [[Лисёнок]] лисёнок", "Лисёнок")
    assert left_of(again) == "[…] […] […]"
    assert marked_everywhere("a.b axb", "a.b") == "[[a.b]] axb", "words, never a pattern"


def test_a_text_made_to_take_long_does_not() -> None:
    for bad in ("a" * 12_000, "a." * 6_000, "1 " * 6_000, "@" * 12_000, "A " * 6_000, "[[" * 6000):
        began = time.process_time()
        telltales(bad, called="Лисёнок")
        assert time.process_time() - began < 2, bad[:4]
    with pytest.raises(RedactionError):
        checked_marks("a" * 12_001)


def test_neither_message_nor_log_repeats_what_was_found(
    desk: TestDesk, caplog: pytest.LogCaptureFixture
) -> None:
    case_id = an_answered_letter(desk)
    with caplog.at_level(logging.DEBUG):
        given = {"letter": "пишите kanareika@example.org", "answer": "да", "then": "propose"}
        answer = desk.client.post(f"/letters/{case_id}/publish", given)
    assert answer.status_code == 422
    problem = answer.text.split('class="problem"')[1].split("</p>")[0]
    assert "kanareika" not in problem
    assert "kanareika" not in caplog.text
    assert "kanareika" in answer.text.split('id="telltales"')[1]
