"""Threat: endless-texts: Somebody posts ten megabytes, one word a hundred thousand times or only
invisible characters; comparing refuses or answers in bounded time, and nothing else is matched.
"""

from __future__ import annotations

import time

import pytest

from safelight.campaigns.texts.folding import LONGEST_TEXT, TextError, fold
from safelight.campaigns.texts.matching import CALIBRATED, TextIndex
from tests.campaigns.test_texts import POST


def test_ten_megabytes_are_refused_before_they_are_folded() -> None:
    began = time.process_time()
    with pytest.raises(TextError, match="at most 200,000 characters"):
        fold("ж" * 10_000_000)
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize("word", ["учитель ", "а", "\u200b\u0301", "ﷺ"])
def test_one_word_without_end_matches_no_post_and_ends(word: str) -> None:
    index = TextIndex()
    index.add("post", POST)
    index.add("flood", (word * LONGEST_TEXT)[:LONGEST_TEXT])
    began = time.process_time()
    assert [one.post for one in index.search(POST, thresholds=CALIBRATED)] == ["post"]
    flood = (word * LONGEST_TEXT)[: LONGEST_TEXT // 2]
    assert "post" not in [one.post for one in index.search(flood, thresholds=CALIBRATED)]
    assert time.process_time() - began < 30
