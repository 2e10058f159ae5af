"""The receipt's word lists: 2,048 words a language, and what a typed word may have meant."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from importlib.resources import files
from typing import Final, Literal, TypeAlias

from safelight.errors import SafelightError

Language: TypeAlias = Literal["ru", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("ru", "en")
WORDS: Final = 2048
# In both lists the first four letters belong to one word only (BIP 39's rule), so
# somebody who wrote down four letters has written down the word.
PREFIX: Final = 4
_MOST_SUGGESTIONS: Final = 5
_FURTHEST: Final = 2


class WordListError(SafelightError):
    """A list of this installation is not what it was made to be."""


def folded(text: str) -> str:
    """Lower case, composed, without invisible characters and stress marks, and with е for ё."""
    composed = unicodedata.normalize("NFKC", text).lower().replace("ё", "е")
    return "".join(c for c in composed if unicodedata.category(c) not in ("Cf", "Mn"))


@lru_cache(maxsize=len(LANGUAGES))  # the public list, never a receipt
def words(language: Language) -> tuple[str, ...]:
    """The list as it is shown, in its order: the position is the number that a word encodes."""
    try:
        listed = files("safelight.sealing").joinpath("wordlists", f"{language}.txt").read_bytes()
        found = tuple(listed.decode("utf-8").split())
    except (OSError, UnicodeDecodeError):
        found = ()
    if len(found) != WORDS or len({folded(word)[:PREFIX] for word in found}) != WORDS:
        raise WordListError(
            f"the word list {language}.txt is missing or damaged: {WORDS} words with distinct "
            f"first {PREFIX} letters are needed; install Safelight again"
        )
    return found


@lru_cache(maxsize=len(LANGUAGES))
def _numbers(language: Language) -> dict[str, int]:
    """Every accepted spelling: the whole word, and its first letters from the fourth on."""
    accepted: dict[str, int] = {}
    for number, word in enumerate(words(language)):
        spelling = folded(word)
        for length in range(min(PREFIX, len(spelling)), len(spelling) + 1):
            accepted[spelling[:length]] = number
    return accepted


def number_of(folded_word: str, language: Language) -> int | None:
    """The number of a folded word, or of its first four letters or more; `None`: not listed."""
    return _numbers(language).get(folded_word)


def _letters(word: str) -> int:
    """The set of a word's letters, as bits (letters 64 places apart share one)."""
    bits = 0
    for letter in word:
        bits |= 1 << ord(letter) % 64
    return bits


@lru_cache(maxsize=len(LANGUAGES))
def _comparable(language: Language) -> tuple[tuple[int, str, str], ...]:
    """Each word's letters, its spelling and itself."""
    return tuple((_letters(folded(word)), folded(word), word) for word in words(language))


def similar(folded_word: str, language: Language) -> tuple[str, ...]:
    """Words of the list at most two slips away, nearest first; at most five."""
    near = []
    letters = _letters(folded_word)
    for others, spelling, word in _comparable(language):
        # A slip changes the set of letters by two at most. Comparing sets first makes this
        # some thirty times cheaper, for anyone may ask a server to do it.
        if (letters ^ others).bit_count() > 2 * _FURTHEST:
            continue
        distance = slips(folded_word, spelling, furthest=_FURTHEST)
        if distance is not None:
            near.append((distance, word))
    return tuple(word for _, word in sorted(near)[:_MOST_SUGGESTIONS])


def slips(typed: str, meant: str, *, furthest: int) -> int | None:
    """How many letters were left out, added, mistaken or swapped with a neighbour.

    Optimal string alignment (restricted Damerau–Levenshtein) distance; `None` above `furthest`.
    """
    if abs(len(typed) - len(meant)) > furthest:
        return None
    before, last = [0] * (len(meant) + 1), list(range(len(meant) + 1))
    for row, letter in enumerate(typed, start=1):
        current = [row]
        for column, other in enumerate(meant, start=1):
            cost = min(
                last[column] + 1, current[column - 1] + 1, last[column - 1] + (letter != other)
            )
            if row > 1 and column > 1 and letter == meant[column - 2] and typed[row - 2] == other:
                cost = min(cost, before[column - 2] + 1)
            current.append(cost)
        if min(current) > furthest:
            return None
        before, last = last, current
    return last[-1] if last[-1] <= furthest else None
