"""The word lists, and how a typed word finds its number."""

from __future__ import annotations

import hashlib
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.sealing.word_list import (
    LANGUAGES,
    Language,
    folded,
    number_of,
    similar,
    slips,
    words,
)

# SHA-256 of BIP 39's english.txt. A list can never change: receipts on paper depend on it.
ENGLISH = "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda"


def test_the_english_list_is_the_one_of_bip_39() -> None:
    listed = files("safelight.sealing").joinpath("wordlists/en.txt").read_bytes()
    assert hashlib.sha256(listed).hexdigest() == ENGLISH


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_word_and_its_first_four_letters_find_its_number(language: Language) -> None:
    listed = words(language)
    assert len(listed) == 2048
    for number, word in enumerate(listed):
        assert number_of(folded(word), language) == number
        assert number_of(folded(word)[:4], language) == number


def test_three_letters_of_a_longer_word_are_not_enough() -> None:
    assert number_of("abando", "en") == number_of("aban", "en") == 0
    assert number_of("aba", "en") is None
    assert number_of("act", "en") == words("en").index("act")


@pytest.mark.parametrize(
    ("typed", "meant", "distance"),
    [
        ("word", "word", 0),
        ("wrod", "word", 1),
        ("wod", "word", 1),
        ("woord", "word", 1),
        ("ward", "word", 1),
        ("owdr", "word", 2),
        ("drow", "word", None),
        ("", "word", None),
        ("", "wo", 2),
    ],
)
def test_slips_are_counted_as_people_make_them(
    typed: str, meant: str, distance: int | None
) -> None:
    assert slips(typed, meant, furthest=2) == distance
    assert slips(meant, typed, furthest=2) == distance


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_the_bounded_count_equals_the_plain_recursion(typed: str, meant: str) -> None:
    def plain(a: str, b: str) -> int:
        if not a or not b:
            return len(a) + len(b)
        best = min(
            plain(a[:-1], b) + 1, plain(a, b[:-1]) + 1, plain(a[:-1], b[:-1]) + (a[-1] != b[-1])
        )
        if a[-2:] == b[-2:][::-1] and len(a[-2:]) == 2 == len(b[-2:]):
            best = min(best, plain(a[:-2], b[:-2]) + 1)
        return best

    distance = plain(typed, meant)
    assert slips(typed, meant, furthest=2) == (distance if distance <= 2 else None)


@pytest.mark.parametrize("language", LANGUAGES)
def test_comparing_letters_first_loses_no_similar_word(language: Language) -> None:
    listed = words(language)
    for number in range(0, 2048, 389):
        word = folded(listed[number])
        for typed in (word[1:], word[0] + "ц" + word[1:], word[1] + word[0] + word[2:], "q" + word):
            near = sorted(
                (distance, other)
                for other in listed
                if (distance := slips(typed, folded(other), furthest=2)) is not None
            )
            assert similar(typed, language) == tuple(other for _, other in near[:5])


def test_similar_words_are_few_and_nearest_first() -> None:
    assert similar("abandom", "en")[0] == "abandon"
    assert len(similar("cat", "en")) == 5
    assert similar("zzzzzzzzzz", "en") == ()


def test_folding_forgives_how_text_travels() -> None:
    assert folded("Ёлка") == folded("е\u0308лка") == folded("ел\u200bка") == "елка"
    assert folded("й") == folded("и\u0306") == "й"
    assert folded("за\u0301мок") == "замок"
    assert folded("ＡＢ") == "ab"
