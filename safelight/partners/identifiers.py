"""Were these ids changed by a spreadsheet or a float? Decide from the ids alone.

An id that was rounded still looks like an id, and several incidents become one:
the list then counts too few, silently. Two kinds of evidence are looked for.

*Each id by itself*: forms that no source writes but a spreadsheet or a data frame
does ("2.02105E+14", "…817.0", "202,105,…", "="…"", a lost leading zero).

*All ids together*: digits that are zero, or that a 53-bit float can hold, far more
often than chance allows. Of n ids, c show a pattern that each true id shows with
probability p; the ids are called damaged when P(X ≥ c) for X ~ Binomial(n, p) is
below `FALSE_ALARM`, shared out evenly over the patterns looked at (Bonferroni): an
honest list is refused by chance at most once in a million lists. The last digits of
a true id are taken to be spread evenly; a source that hands out round numbers says
so in its profile (`may_end_in_zeros`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

FALSE_ALARM: Final = 1e-6
FIRST_ROWS_SHOWN: Final = 5

# An id may honestly disagree with its row where the source moved a record and kept its id.
# Above one in a hundred it is the ids that were changed.
MOST_CONTRADICTING: Final = 0.01

# Excel and LibreOffice keep 15 significant digits of a number; General format shows
# numbers of 12 digits and more in scientific notation with six of them.
SPREADSHEET_DIGITS: Final = 15
SCIENTIFIC_FROM_DIGITS: Final = 12


class Damage(StrEnum):
    """How an id was changed. The values are part of the `--json` contract."""

    SCIENTIFIC = "scientific-notation"
    FLOAT_SUFFIX = "float-suffix"
    THOUSANDS = "thousands-separators"
    QUOTE_PREFIX = "quote-prefix"
    FORMULA = "formula-wrapper"
    LEADING_ZEROS = "leading-zeros-lost"
    DATE = "became-a-date"
    ERROR_VALUE = "error-value"
    ROUNDED = "rounded-to-zeros"
    FLOAT_PRECISION = "rounded-to-a-float"
    CONTRADICTS_ROW = "contradicts-its-own-row"


EXPLAINED: Final[Mapping[Damage, str]] = {
    Damage.SCIENTIFIC: "written in scientific notation (like 1.23E+14): digits are gone",
    Damage.FLOAT_SUFFIX: "written as a decimal number (like 123.0): they were read as floats",
    Damage.THOUSANDS: "written with thousands separators",
    Damage.QUOTE_PREFIX: "begin with a quote sign that a spreadsheet puts before text",
    Damage.FORMULA: 'wrapped in a formula (like ="123")',
    Damage.LEADING_ZEROS: "too short by the zeros they should begin with",
    Damage.DATE: "turned into dates",
    Damage.ERROR_VALUE: "replaced by a spreadsheet's error or overflow sign",
    Damage.ROUNDED: "end in zeros far more often than chance allows: rounded",
    Damage.FLOAT_PRECISION: "are all numbers that a float can hold exactly, which longer ids "
    "would be only by rare chance: their last digits were rounded",
    Damage.CONTRADICTS_ROW: "say something else than their own row says in another column",
}


@dataclass(frozen=True, slots=True)
class IdPart:
    """Digits `first`..`last` (counted from 1) of the id repeat what `column` says."""

    first: int
    last: int
    column: str


@dataclass(frozen=True, slots=True)
class IdShape:
    """What a true id of one list looks like, from its profile.

    `digits` is the fixed length where every id is that many digits; `None` where
    lengths vary or letters occur. `regular` is narrower than `pattern`: a regularity
    seen in every id so far, of which a new snapshot may honestly differ. An id that
    breaks it *and* ends in two zeros was rounded.
    """

    pattern: re.Pattern[str]
    means: str
    digits: int | None = None
    regular: re.Pattern[str] | None = None
    may_end_in_zeros: bool = False
    parts: tuple[IdPart, ...] = ()


@dataclass(frozen=True, slots=True)
class DamageFinding:
    """One kind of damage: on how many different ids, and the rows where the first of them stand.

    `rows` counts rows where the form of an id gives it away; `None` where only all ids
    together do. Many rows with few ids are incidents that have become one.
    """

    kind: Damage
    ids: int
    rows: int | None
    first_rows: tuple[int, ...]

    @property
    def explanation(self) -> str:
        return EXPLAINED[self.kind]


_SPACES: Final = " \u00a0\u202f\u2009"
_SCIENTIFIC: Final = re.compile(r"[+-]?[0-9](?:[.,][0-9]+)?[eE][+-]?[0-9]{1,3}")
_FLOAT_SUFFIX: Final = re.compile(r"[0-9]+[.,]0*")
_THOUSANDS: Final = re.compile(rf"[0-9]{{1,3}}(?:[,.'’{_SPACES}][0-9]{{3}})+(?:[.,]0*)?")
_QUOTED: Final = re.compile(r"['’`‘].+")
_FORMULA: Final = re.compile(r"=.+")
_MONTH: Final = (
    "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
    "|янв|фев|мар|апр|май|июн|июл|авг|сен|окт|ноя|дек)"
)
_DATE: Final = re.compile(
    rf"[0-9]{{1,2}}[-./ ]{_MONTH}(?:[-./ ][0-9]{{2,4}})?|{_MONTH}[-./ ][0-9]{{2,4}}"
    r"|[0-9]{1,2}[./][0-9]{1,2}[./][0-9]{2,4}(?: [0-9:]+)?"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[ T][0-9:.]+)?",
    re.IGNORECASE,
)
_ERROR: Final = re.compile(
    r"#+|#(?:REF|VALUE|NUM|NAME|N/A|DIV/0|NULL|ЗНАЧ|ССЫЛКА|ЧИСЛО|ИМЯ|Н/Д|ДЕЛ/0)[!?]?"
    r"|nan|inf|-?2147483648|2147483647",
    re.IGNORECASE,
)

_FORMS: Final[tuple[tuple[Damage, re.Pattern[str]], ...]] = (
    (Damage.ERROR_VALUE, _ERROR),
    (Damage.SCIENTIFIC, _SCIENTIFIC),
    (Damage.FORMULA, _FORMULA),
    (Damage.QUOTE_PREFIX, _QUOTED),
    (Damage.DATE, _DATE),
    (Damage.THOUSANDS, _THOUSANDS),
    (Damage.FLOAT_SUFFIX, _FLOAT_SUFFIX),
)


def damage_of_one(untrusted_id: str, shape: IdShape) -> Damage | None:
    """Return how this id alone shows that it was changed; `None` where it shows nothing.

    An id that has its list's shape is not called damaged for its form: a shape may
    allow what looks like another list's damage.
    """
    if shape.pattern.fullmatch(untrusted_id):
        broken = shape.regular is not None and not shape.regular.fullmatch(untrusted_id)
        return Damage.ROUNDED if broken and untrusted_id.endswith("00") else None
    for kind, form in _FORMS:
        if form.fullmatch(untrusted_id):
            return kind
    if (
        shape.digits is not None
        and untrusted_id.isascii()
        and untrusted_id.isdigit()
        and len(untrusted_id) < shape.digits
        and shape.pattern.fullmatch(untrusted_id.zfill(shape.digits))
    ):
        return Damage.LEADING_ZEROS
    return None


def chance_of_at_least(c: int, n: int, p: float) -> float:
    """Return P(X ≥ c) for X ~ Binomial(n, p), exactly, for c above the mean; else 1.

    Above the mean the terms fall geometrically, so the sum ends early.
    """
    if c <= n * p:
        return 1.0
    log_term = (
        math.lgamma(n + 1)
        - math.lgamma(c + 1)
        - math.lgamma(n - c + 1)
        + c * math.log(p)
        + (n - c) * math.log1p(-p)
    )
    term = math.exp(log_term)
    total = 0.0
    for x in range(c, n + 1):
        total += term
        term *= (n - x) / (x + 1) * p / (1 - p)
        if term < total * 1e-12:
            break
    return min(total, 1.0)


@dataclass(slots=True)
class _Pattern:
    """How many ids could show a pattern, how many do, and where first."""

    possible: int = 0
    shown: int = 0
    first_rows: list[int] = field(default_factory=list)

    def see(self, row: int, shows: bool) -> None:
        self.possible += 1
        if shows:
            self.shown += 1
            if len(self.first_rows) < FIRST_ROWS_SHOWN:
                self.first_rows.append(row)


class IdInspector:
    """Sees every id of a list once per incident, in bounded memory, then says what it found.

    `see` wants each *distinct* id with the row it first stands in: an id that
    honestly stands in eleven rows is one id that ends in 0 or not.
    """

    def __init__(self, shape: IdShape) -> None:
        self._shape = shape
        self._alone: dict[Damage, _Pattern] = {}
        # trailing zeros → how often, separately per number of digits
        self._zeros: dict[tuple[int, int], _Pattern] = {}
        # spacing of doubles at the id's size → how many ids are exactly a double
        self._doubles: dict[int, _Pattern] = {}
        self._seen = 0
        self._rows_of_form: dict[Damage, int] = {}

    def see_row(self, untrusted_id: str) -> Damage | None:
        """Count a row whose id has a damaged form; to be called for every row."""
        kind = damage_of_one(untrusted_id, self._shape)
        if kind is not None:
            self._rows_of_form[kind] = self._rows_of_form.get(kind, 0) + 1
        return kind

    def see(self, row: int, untrusted_id: str) -> None:
        self._seen += 1
        kind = damage_of_one(untrusted_id, self._shape)
        if kind is not None:
            self.report(row, kind)
        if untrusted_id.isascii() and untrusted_id.isdigit():
            self._see_digits(row, untrusted_id)

    def report(self, row: int, kind: Damage) -> None:
        """Record damage that only the rest of the row shows."""
        self._alone.setdefault(kind, _Pattern()).see(row, shows=True)

    def _see_digits(self, row: int, digits: str) -> None:
        length = len(digits)
        if length >= SCIENTIFIC_FROM_DIGITS and not self._shape.may_end_in_zeros:
            zeros = length - len(digits.rstrip("0"))
            # Beyond 15 digits a spreadsheet leaves exactly those zeros; below, a number that
            # went through "2.02105E+14" keeps six digits, or a few more in a wide column.
            for wanted in _wanted_zeros(length):
                self._zeros.setdefault((length, wanted), _Pattern()).see(row, zeros >= wanted)
        number = int(digits) if length <= 40 else 0
        if number > 2**53:
            spacing: int = 2 ** (number.bit_length() - 53)
            self._doubles.setdefault(spacing, _Pattern()).see(row, number % spacing == 0)

    def contradicting(self) -> int:
        """Return how many ids disagree with their own row, damaged or not."""
        pattern = self._alone.get(Damage.CONTRADICTS_ROW)
        return pattern.shown if pattern is not None else 0

    def findings(self) -> tuple[DamageFinding, ...]:
        """Return every kind of damage found, the most telling first."""
        found = [
            DamageFinding(
                kind, pattern.shown, self._rows_of_form.get(kind), tuple(pattern.first_rows)
            )
            for kind, pattern in self._alone.items()
            if kind is not Damage.CONTRADICTS_ROW
            or pattern.shown > max(2, MOST_CONTRADICTING * self._seen)
        ]
        limit = FALSE_ALARM / (len(self._zeros) + len(self._doubles) or 1)
        rounded = self._rounded(limit)
        doubles = self._only_doubles(limit)
        if rounded is not None:
            found = [finding for finding in found if finding.kind is not Damage.ROUNDED]
            found.append(rounded)
        elif doubles is not None:
            found.append(doubles)
        order = list(Damage)
        return tuple(sorted(found, key=lambda finding: order.index(finding.kind)))

    def _rounded(self, limit: float) -> DamageFinding | None:
        improbable = [
            pattern
            for (_, wanted), pattern in self._zeros.items()
            if _improbable(pattern, 10.0**-wanted, limit)
        ]
        if not improbable:
            return None
        # The fewest zeros that are improbable show the damage on the most ids.
        widest = max(improbable, key=lambda pattern: pattern.shown)
        alone = self._alone.get(Damage.ROUNDED)
        if alone is not None and alone.shown > widest.shown:
            widest = alone
        return DamageFinding(Damage.ROUNDED, widest.shown, None, tuple(widest.first_rows))

    def _only_doubles(self, limit: float) -> DamageFinding | None:
        improbable = [
            pattern
            for spacing, pattern in self._doubles.items()
            if _improbable(pattern, 1 / spacing, limit)
        ]
        if not improbable:
            return None
        rows = sorted(row for pattern in improbable for row in pattern.first_rows)
        return DamageFinding(
            Damage.FLOAT_PRECISION,
            sum(pattern.shown for pattern in improbable),
            None,
            tuple(rows[:FIRST_ROWS_SHOWN]),
        )


def _improbable(pattern: _Pattern, p: float, limit: float) -> bool:
    # One id alone says nothing: numbers that run on may honestly begin with 1000000000000.
    if pattern.shown < 2:
        return False
    return chance_of_at_least(pattern.shown, pattern.possible, p) < limit


def _wanted_zeros(length: int) -> tuple[int, ...]:
    kept_in_scientific = range(max(1, length - 11), length)
    beyond_precision = max(length - SPREADSHEET_DIGITS, 0)
    return tuple(sorted({*kept_in_scientific, beyond_precision} - {0}))
