"""The Russian words of a receipt: told apart when typed, read out or half remembered, and
nothing among them that could hurt or expose whoever keeps them on paper.

How they were chosen: docs/methods/receipt-words.md.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from importlib.resources import files
from pathlib import Path

from tests.vocabulary.receipt_sounds import one_slip_apart, sound

# Receipts on paper depend on every word and its place: the list can never change again.
RUSSIAN = "2fe486d478b577c36fe872156e58dc2f85de10fefa35f8de3567d103448148ed"

LIST = files("safelight.sealing").joinpath("wordlists/ru.txt").read_bytes()
WORDS = LIST.decode("utf-8").split("\n")[:-1]

UNFIT_STEMS = tuple(
    stem
    for line in Path(__file__).with_name("unfit_stems.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
    for stem in line.split()
)


def test_the_list_can_never_change() -> None:
    assert hashlib.sha256(LIST).hexdigest() == RUSSIAN


def test_there_are_2048_words_and_each_once() -> None:
    assert len(WORDS) == len(set(WORDS)) == 2048


def test_words_have_four_to_eight_small_cyrillic_letters_and_no_yo() -> None:
    assert [word for word in WORDS if re.fullmatch("[а-я]{4,8}", word) is None] == []


def test_words_stand_in_the_order_of_the_alphabet() -> None:
    assert sorted(WORDS) == WORDS


def test_the_first_four_letters_belong_to_one_word_only() -> None:
    assert [start for start, n in Counter(word[:4] for word in WORDS).items() if n > 1] == []


def test_no_slip_of_one_letter_makes_another_word() -> None:
    assert one_slip_apart("кабель", "капель")
    assert one_slip_apart("север", "сервер")
    assert one_slip_apart("корт", "крот")
    assert not one_slip_apart("корт", "кредит")
    known = set(WORDS)
    for word in WORDS:
        near = {other for other in _near(word) if other in known}
        assert near == set(), word


def test_no_two_words_sound_alike() -> None:
    assert sound("компания") == sound("кампания")
    assert sound("порок") == sound("порог")
    assert [words for words in _by_sound().values() if len(words) > 1] == []


def test_no_word_begins_with_what_could_hurt_or_expose() -> None:
    assert "гейзер".startswith(UNFIT_STEMS)
    assert "кулич".startswith(UNFIT_STEMS)
    assert len(UNFIT_STEMS) > 300
    assert [word for word in WORDS if word.startswith(UNFIT_STEMS)] == []


def test_the_lists_of_the_two_languages_share_no_word() -> None:
    english = files("safelight.sealing").joinpath("wordlists/en.txt").read_text("utf-8").split()
    assert set(english).isdisjoint(WORDS)


def _near(word: str) -> set[str]:
    alphabet = "абвгдежзийклмнопрстуфхцчшщъыьэюя"
    cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    lost = {a + b[1:] for a, b in cuts if b}
    swapped = {a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1}
    changed = {a + c + b[1:] for a, b in cuts if b for c in alphabet}
    added = {a + c + b for a, b in cuts for c in alphabet}
    return (lost | swapped | changed | added) - {word}


def _by_sound() -> dict[str, list[str]]:
    heard: dict[str, list[str]] = {}
    for word in WORDS:
        heard.setdefault(sound(word), []).append(word)
    return heard
