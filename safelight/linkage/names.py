"""One spelling for the many of a name: Cyrillic or Latin, full or short, either gender.

Only spellings are folded, never looked up: no list of people stands behind this. Folding
is for comparison; nothing here is shown to anybody as a name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Final

import yaml

_CYRILLIC: Final = re.compile("[\u0400-\u04ff]")
_LETTERS: Final = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґў",
        ("a", "b", "v", "g", "d", "e", "e", "zh", "z", "i", "i", "k", "l", "m", "n", "o", "p",
         "r", "s", "t", "u", "f", "h", "c", "ch", "sh", "sch", "", "i", "", "e", "u", "a", "i",
         "i", "e", "g", "u"),
        strict=True,
    )
)  # fmt: skip
# Romanisations in use (passports, libraries, what people type), each to one spelling.
# Order matters: long before short.
_FOLDS: Final = tuple(
    (re.compile(found), instead)
    for found, instead in (
        ("shch|sch|stsch|щ", "9"),
        ("tsch|tch", "ch"),
        ("zh", "j"),
        ("dzh|dj", "j"),
        ("kh", "h"),
        ("ts|tz|cz", "c"),
        ("ck|q", "k"),
        ("ph", "f"),
        ("x", "ks"),
        ("w", "v"),
        ("[iyj]o(?=[^aeiou]|$)", "e"),
        ("[iyj][uy]", "u"),
        ("[iyj]a", "a"),
        ("[iyj]e", "e"),
        ("[iyj]{2,}", "i"),
        ("y", "i"),
        (r"(.)\1+", r"\1"),
        ("(?<=.)i$", ""),
    )
)
_PATRONYMIC: Final = re.compile("(ovich|evich|ovna|evna|ichna|inichna|ogli|oglu|kizi)$")
# After folding: Ivanova → Ivanov, Dostoevskaya → Dostoevsk, Pushkina → Pushkin.
_GENDERED: Final = (
    (re.compile("(sk|ck)(a|i|oi|aa)?$"), "sk"),
    (re.compile("([oe]v|in)a$"), r"\1"),
    (re.compile("(?<=[bvgdzklmnprstfhcj9])(aa|oi|ii)$"), ""),
)


@dataclass(frozen=True)
class FoldedName:
    """`stems`: without patronymics, genders and endings; `initials` stand for whole parts."""

    stems: frozenset[str]
    initials: frozenset[str]


def has_cyrillic(text: str) -> bool:
    return _CYRILLIC.search(text) is not None


def latin(text: str) -> str:
    """Lower case, no accents, Cyrillic in Latin letters; blanks between the words."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    letters = "".join(_LETTERS.get(letter, letter) for letter in plain)
    bare = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", letters)
        if not unicodedata.combining(letter)
    )
    return " ".join(re.sub(r"[^\w]+", " ", bare.replace("'", "").replace("’", "")).split())


def folded(word: str) -> str:
    """One spelling for all romanisations of one word; for comparison only."""
    text = latin(word)
    for found, instead in _FOLDS:
        text = found.sub(instead, text)
    return text


def stem(word: str) -> str:
    """`folded`, with gender endings of surnames off and diminutives made whole names."""
    text = folded(word)
    whole = _diminutives().get(text)
    if whole is not None:
        return whole
    if len(text) > 4:
        for ending, instead in _GENDERED:
            shorter = ending.sub(instead, text)
            if shorter != text:
                return shorter
    return text


def fold_name(whole: str) -> FoldedName:
    """The stems of one person's name, written in whatever order."""
    stems, initials = set(), set()
    for word in latin(whole).split():
        if len(word) == 1:
            initials.add(folded(word) or word)
        elif len(word) > 5 and _PATRONYMIC.search(word):
            continue
        else:
            stems.add(stem(word))
    return FoldedName(frozenset(stems), frozenset(initials))


def people(cell: str) -> Sequence[FoldedName]:
    """The persons of one cell, with ";" between them."""
    return [fold_name(one) for one in cell.split(";") if one.strip()]


def sound(word: str) -> str:
    """A short key that most misspellings of a word share: first letter, then consonants."""
    text = folded(word).replace(" ", "")
    if not text:
        return ""
    rest = re.sub("[aeiouh9]", "", text[1:])
    rest = rest.translate(str.maketrans("bdgzvjmqck", "ptksfsnkss"))
    return (text[0] + re.sub(r"(.)\1+", r"\1", rest))[:5]


@lru_cache(maxsize=1)
def _diminutives() -> dict[str, str]:
    text = (files("safelight.linkage") / "data" / "diminutives.yaml").read_text(encoding="utf-8")
    listed: dict[str, list[str]] = yaml.safe_load(text)
    found: dict[str, str] = {}
    for whole, shorter in listed.items():
        target = folded(whole)
        found.setdefault(target, target)
        for one in shorter:
            # A short name that several whole names share (Sasha) stays itself.
            key = folded(one)
            found[key] = key if found.get(key, target) != target else target
    return found
