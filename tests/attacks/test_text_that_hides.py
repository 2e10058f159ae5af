"""Threat: text-that-hides: A report carries characters that reorder, hide or break what a
caseworker reads (bidirectional overrides, NUL, escape codes); they never reach the screen.
"""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.vocabulary.report import Report


def read_back(story: str) -> str:
    made = Report(
        form="what-happened",
        form_version="1",
        language="en",
        written=date(2026, 11, 22),
        sealed_by="browser",
        answers={"story": "x" + story + "x"},
    )
    return str(Report.parse(made.to_bytes()).answers["story"])


@pytest.mark.parametrize(
    "hidden",
    [
        "\u202e",
        "\u2066",
        "\u2069",
        "\ufeff",
        "\x00",
        "\x1b[2J",
        "\x07",
        "\x7f",
        "\x9b31m",
        "\u200e",
    ],
)
def test_hiding_characters_are_dropped_and_the_words_stay(hidden: str) -> None:
    kept = read_back(f"he {hidden} hit me")
    assert kept.startswith("xhe ")
    assert kept.endswith(" hit mex")
    assert hidden[0] not in kept


def test_emoji_accents_and_line_ends_stay() -> None:
    assert read_back("👩\u200d👩 café\nй") == "x👩\u200d👩 café\nйx"


@given(st.text(alphabet=st.characters(), max_size=100))
def test_no_control_or_override_survives(story: str) -> None:
    for char in read_back(story):
        assert char in "\n\t" or unicodedata.category(char) not in ("Cc", "Cs")
        assert unicodedata.bidirectional(char) not in (
            "LRO",
            "RLO",
            "LRE",
            "RLE",
            "PDF",
            "LRI",
            "RLI",
            "FSI",
            "PDI",
        )
