"""What in a text may name somebody: numbers with check digits, addresses, handles, names.

For suggestions only. Rules find some and miss others: how many, says `tests/evidence/exhibits`
on sentences that were written for it, and docs/how-to/redact-an-exhibit.md says to the reader.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_LONGEST: Final = 20_000  # characters of one line that are looked at


class Found(StrEnum):
    """What a stretch of text may be."""

    PHONE = "phone"
    EMAIL = "email"
    HANDLE = "handle"
    ADDRESS_ON_THE_WEB = "web-address"
    CARD = "card"
    PASSPORT = "passport"
    SNILS = "snils"
    INN = "inn"
    DATE = "date"
    ADDRESS = "address"
    CAR = "car"
    NAME = "name"


@dataclass(frozen=True)
class Span:
    """Characters `start` to `end` (outside) of a text."""

    what: Found
    start: int
    end: int


def _digits(text: str) -> list[int]:
    return [int(sign) for sign in text if sign.isdigit()]


def _is_card(text: str) -> bool:
    """Luhn's check (ISO/IEC 7812-1, Annex B)."""
    digits = _digits(text)
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    return 13 <= len(digits) <= 19 and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _is_snils(text: str) -> bool:
    digits = _digits(text)
    total = sum(digit * weight for digit, weight in zip(digits, range(9, 0, -1), strict=False))
    check = total % 101 % 100
    return len(digits) == 11 and check == digits[9] * 10 + digits[10]


def _is_inn(text: str) -> bool:
    digits = _digits(text)

    def control(weights: Sequence[int]) -> int:
        return sum(a * b for a, b in zip(digits, weights, strict=False)) % 11 % 10

    if len(digits) == 10:
        return control((2, 4, 10, 3, 5, 9, 4, 6, 8)) == digits[9]
    return (
        len(digits) == 12
        and control((7, 2, 4, 10, 3, 5, 9, 4, 6, 8)) == digits[10]
        and control((3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)) == digits[11]
    )


def _is_phone(text: str) -> bool:
    if re.match(r"\D*(?:1[6-9]|20)\d\d-\d\d-\d\d", text):
        return False  # a day and a time
    return 10 <= len(_digits(text)) <= 15


def _always(_: str) -> bool:
    return True


_MONTHS: Final = (
    r"(?:январ|феврал|март|апрел|ма[йя]|июн|июл|август|сентябр|октябр|ноябр|декабр)[а-я]*|"
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
)
_UPPER: Final = "[А-ЯЁ]"
_WORD: Final = rf"{_UPPER}[а-яё]+(?:-{_UPPER}[а-яё]+)?"
_PATRONYMIC: Final = (
    rf"{_UPPER}[а-яё]+(?:ович|евич|ич|овн|евн|ичн|иничн)(?:[аеыуо][а-яё]?|ем|ой)?\b"
)
_SURNAME: Final = (
    rf"{_UPPER}[а-яё]+(?:(?:ов|ев|ёв|ин|ын)(?:а|у|ым|е|ой|ы|ых)?|"
    r"(?:ск|цк)(?:ий|ого|ому|им|ом|ая|ой|ую)|енко|чук|юк|ян|швили|дзе)\b"
)
_STREET: Final = (
    r"(?:ул(?:\.|ица|ице|ицу|ицы)|пр(?:-т|осп\.|оспект[а-я]*)|пер(?:\.|еул[а-я]*)|наб(?:\.|ережн[а-я]*)|"
    r"шоссе|бульвар[а-я]*|б-р|площад[а-я]*|пл\.|проезд[а-я]*|мкр\.?|микрорайон[а-я]*|пос\.|"
    r"дер\.|село|станиц[а-я]*)"
)
_HOUSE: Final = r"(?:д(?:\.|ом[а-я]*)?\s*)?\d{1,4}[а-яА-Я]?(?:\s*[/к-]\s*\d{1,3})?"
_FLAT: Final = (
    r"(?:,?\s*(?:корп(?:\.|ус)?|стр(?:\.|оение)?|кв(?:\.|артира)?|под(?:\.|ъезд)|этаж|"
    r"оф(?:\.|ис)?)\s*\d{1,4})*"
)

_RULES: Final[tuple[tuple[Found, re.Pattern[str], Callable[[str], bool]], ...]] = (
    (Found.EMAIL, re.compile(r"[\w.+%-]{1,64}@[\w-]+(?:\.[\w-]+)+"), _always),
    (
        Found.ADDRESS_ON_THE_WEB,
        re.compile(
            r"(?:https?://|www\.)[^\s<>«»\"]+|\b(?:vk\.com|vkontakte\.ru|t\.me|ok\.ru|instagram\.com|"
            r"facebook\.com|fb\.com|wa\.me|tiktok\.com|youtube\.com|x\.com|twitter\.com)/[^\s<>«»\"]+",
            re.IGNORECASE,
        ),
        _always,
    ),
    (Found.HANDLE, re.compile(r"(?<![\w@.])@[A-Za-z0-9_.]{3,40}"), _always),
    (Found.CARD, re.compile(r"(?<!\d)\d{4}(?:[ -]?\d{4}){2,3}(?:[ -]?\d{1,3})?(?!\d)"), _is_card),
    (Found.SNILS, re.compile(r"(?<!\d)\d{3}-?\d{3}-?\d{3}[ -]?\d{2}(?!\d)"), _is_snils),
    (Found.INN, re.compile(r"(?<!\d)(?:\d{12}|\d{10})(?!\d)"), _is_inn),
    (
        Found.PHONE,
        re.compile(
            r"\+(?:[ ()-]{0,2}\d){10,15}(?!\d)|"
            r"(?<![\d.])(?:\+\s?\d{1,3}|8)?[ (-]{0,2}\d{3,4}\)?(?:[ -]{0,2}\d{2,4}){2,4}(?!\d)"
        ),
        _is_phone,
    ),
    (
        Found.PASSPORT,
        re.compile(
            r"(?<!\d)\d{2}\s?\d{2}\s+(?:№\s*)?\d{6}(?!\d)|(?:серия\s*)\d{2}\s?\d{2}\D{1,12}\d{6}",
            re.IGNORECASE,
        ),
        _always,
    ),
    (
        Found.DATE,
        re.compile(
            rf"(?<!\d)(?:\d{{1,2}}[./-]\d{{1,2}}[./-](?:1[6-9]|20)?\d{{2}}|(?:1[6-9]|20)\d{{2}}-\d{{2}}-\d{{2}}|"
            rf"\d{{1,2}}(?:st|nd|rd|th)?\s+(?:{_MONTHS})(?:\s+(?:1[6-9]|20)\d{{2}})?|"
            rf"(?:{_MONTHS})\s+\d{{1,2}},?\s+(?:1[6-9]|20)\d{{2}})(?!\d)",
            re.IGNORECASE,
        ),
        _always,
    ),
    (
        Found.ADDRESS,
        re.compile(
            rf"\b{_STREET}\s*(?:\d{{1,2}}-?[а-я]{{1,2}}\s+)?{_UPPER}[\w.-]*(?:\s+{_UPPER}[\w.-]*){{0,2}}"
            rf"(?:,?\s*{_HOUSE}{_FLAT})?|"
            rf"{_UPPER}[а-яё-]+(?:ая|ий|ой|ый)\s+{_STREET}(?:,?\s*{_HOUSE}{_FLAT})?|"
            rf"\b(?:кв(?:\.|артира)|дом|д\.)\s*\d{{1,4}}[а-я]?{_FLAT}|"
            r"\b\d{1,5}\s+[A-Z][a-z]+(?:\s[A-Z][a-z]+)?\s+(?:Street|St\.?|Avenue|Ave\.?|Road|Rd\.?|Lane)",
        ),
        _always,
    ),
    (
        Found.CAR,
        re.compile(
            r"(?<!\w)[АВЕКМНОРСТУХABEKMHOPCTYX]\s?\d{3}\s?[АВЕКМНОРСТУХABEKMHOPCTYX]{2}\s?\d{2,3}(?!\w)",
            re.IGNORECASE,
        ),
        _always,
    ),
    (
        Found.NAME,
        re.compile(
            rf"(?:{_WORD}\s+)?{_WORD}\s+{_PATRONYMIC}(?:\s+{_WORD})?|"
            rf"{_UPPER}\.\s?(?:{_UPPER}\.\s?)?{_WORD}|{_WORD}\s+{_UPPER}\.\s?(?:{_UPPER}\.)?|"
            rf"{_WORD}\s+{_SURNAME}|{_SURNAME}\s+{_WORD}|{_SURNAME}"
        ),
        _always,
    ),
    (
        Found.NAME,
        re.compile(r"(?<![.!?]\s)(?<!^)\b[A-Z][a-z]+(?:\s[A-Z]\.)?(?:\s[A-Z][a-z]+)+\b"),
        _always,
    ),
    (
        Found.NAME,
        re.compile(
            r"(?:зовут|звать|имя|фамилия|по имени|named?|called|Mr\.?|Mrs\.?|Ms\.?|Dr\.?)[:\s]+"
            rf"((?:{_WORD}|[A-Z][a-z]+)(?:\s(?:{_WORD}|[A-Z][a-z]+)){{0,2}})"
        ),
        _always,
    ),
)


def spans_in(text: str, *, names: Sequence[str] = ()) -> tuple[Span, ...]:
    """Return what may name somebody, first come first; `names`: known ones to look for as well."""
    looked_at = text[:_LONGEST]
    found = set(_by_rules(looked_at)) | set(_by_names(looked_at, names))
    return tuple(sorted(found, key=lambda span: (span.start, span.end, span.what)))


def _by_rules(text: str) -> Iterator[Span]:
    for what, pattern, accepts in _RULES:
        for match in pattern.finditer(text):
            if accepts(match[0]):
                group = 1 if pattern.groups else 0
                yield Span(what, *match.span(group))


def _by_names(text: str, names: Sequence[str]) -> Iterator[Span]:
    words = {word for name in names for word in re.findall(r"\w{3,}", name)}
    if not words:
        return
    # Russian bends names: the same beginning with another end.
    stems = sorted({re.escape(word[: max(3, len(word) - 2)]) for word in words}, key=len)
    pattern = re.compile(rf"\b(?:{'|'.join(reversed(stems))})\w{{0,4}}\b", re.IGNORECASE)
    for match in pattern.finditer(text):
        yield Span(Found.NAME, *match.span())
