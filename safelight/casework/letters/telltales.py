"""What may point to a person in a text that is to be published: shown, never decided.

    numbers     digits in any script, and so telephones, ages, flats, days, cards
    addresses   mail, web, @handles, names of accounts
    name        what the person asked to be called
    capital     a capital letter inside a sentence: perhaps a name or a place

The first three must be taken out or explained before a text can be proposed; the last is only
shown. Automatic finding of names in Russian text found 18 of 30 (DESIGN §9), so a text without
telltales is not a safe text: two people read it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from safelight.casework.letters.redaction import left_of, plain

NUMBER, ADDRESS, NAME, CAPITAL = "number", "address", "name", "capital"
# Kinds that stop a proposal until a person took them out or said why they may stay.
MUST_GO: Final = frozenset({NUMBER, ADDRESS, NAME})
_MOST: Final = 200
_NUMBER: Final = re.compile(r"\+?\d(?:[\d\s().,:/–—-]*\d)?")
_TOP_LEVEL: Final = r"(?:com|net|org|info|me|ru|рф|su|by|ua|kz|io|gg|tv|cc|link|app|онлайн|online)"
_ADDRESS: Final = re.compile(
    r"(?:https?|tg|ftp)://\S+"
    r"|(?<![\w.+-])[\w.+-]+(?:@|\s?\(at\)\s?|\s?\[at\]\s?)[\w-]+(?:\.[\w-]+)*"
    r"|@\s?\w[\w.]*"
    rf"|(?<![\w.-])[\w-]+(?:\.[\w-]+)*\.{_TOP_LEVEL}\b(?:/\S*)?"
    r"|\b\w+_\w+\b"
    r"|\b(?=\w*[A-Za-zА-Яа-яЁё])(?=\w*\d)\w{3,}\b",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_SENTENCE_ENDS: Final = '.!?…:;\n«»“”"()[]—–'
# Words that are written with a capital wherever they stand, and point to nobody.
_EVERYDAY: Final = frozenset({"I", "I’m", "God", "Internet", "LGBT", "ЛГБТ", "Интернет", "Бог"})
_SHORTEST_NAME: Final = 2


@dataclass(frozen=True, slots=True)
class Telltale:
    """One thing found. `words` as they stand in the text; never logged, never in a message."""

    kind: str
    words: str = field(repr=False)


def telltales(marked: str, *, called: str) -> tuple[Telltale, ...]:
    """Return what is left in a marked text that may point to somebody, each once.

    `called`: what the person asked to be called, or "".
    """
    text = plain(left_of(marked))
    found = dict.fromkeys(_all(text, called))
    return tuple(found)[:_MOST]


def _all(text: str, called: str) -> Iterator[Telltale]:
    addresses = [m.span() for m in _ADDRESS.finditer(text)]
    yield from (Telltale(ADDRESS, text[a:b]) for a, b in addresses)
    for match in _NUMBER.finditer(text):
        if not any(a <= match.start() < b for a, b in addresses):
            yield Telltale(NUMBER, match[0])
    yield from (Telltale(NAME, words) for words in _named(text, called))
    yield from (Telltale(CAPITAL, words) for words in _capitals(text))


def _named(text: str, called: str) -> Iterator[str]:
    for name in _WORD.findall(unicodedata.normalize("NFKC", called)):
        if len(name) >= _SHORTEST_NAME:
            # Russian names take endings and lose vowels (Лисёнок, Лисёнка): the beginning counts.
            stem = name[: -2 if len(name) > 4 else -1] if len(name) > 2 else name
            found = re.escape(stem).replace("ё", "е").replace("е", "[её]")
            pattern = rf"(?<!\w){found}\w{{0,4}}(?!\w)"
            yield from (m[0] for m in re.finditer(pattern, text, re.IGNORECASE))


def _capitals(text: str) -> Iterator[str]:
    for match in _WORD.finditer(text):
        word, before = match[0], text[: match.start()].rstrip(" ,")
        if not word[0].isupper() or word in _EVERYDAY:
            continue
        if before and before[-1] not in _SENTENCE_ENDS:
            yield word


def unresolved(found: Iterable[Telltale], why: Iterable[str]) -> tuple[Telltale, ...]:
    """Return those that stop a proposal: must go, and nobody said why they may stay."""
    explained = {words.casefold() for words in why}
    return tuple(
        one for one in found if one.kind in MUST_GO and one.words.casefold() not in explained
    )
