"""A release with noise as the publication reads it: every number is value, low and high.

Format `safelight-release/2` (docs/spec/publication.md). Parsed as strictly as the exact one.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from safelight.publication.document_head import (
    ReleasedList,
    ReleaseDocument,
    check_format,
    read_list_head,
    read_object,
    read_shared,
)
from safelight.publication.reading import (
    ID,
    NAME,
    VERSION,
    Side,
    exactly,
    many,
    side,
    text,
    whole,
    wrong,
)

FORMAT: Final = "safelight-release/2"
MOST_TABLES: Final = 40
_MEASURES: Final = frozenset({"pure", "zcdp"})
_FRACTION: Final = re.compile(r"[0-9]{1,6}(?:/[1-9][0-9]{0,5})?")
_LARGEST_NUMBER: Final = 10**9


@dataclass(frozen=True, slots=True)
class Number:
    """A count with noise: what is closest, and between which ends it lies `level` of the time."""

    value: float
    low: int
    high: int


Cells = tuple[tuple[Number, ...], ...]


@dataclass(frozen=True)
class NoisyTable:
    """One axis: `columns` is None and each row has one cell. `error`: expected, in incidents."""

    rows: Side
    columns: Side | None
    cells: Cells
    error: float

    @property
    def slug(self) -> str:
        """Names the table's page and file within its list."""
        across = "" if self.columns is None else f"-by-{self.columns.name}"
        return f"{self.rows.name}{across}".replace("_", "-")


@dataclass(frozen=True)
class NoisyList(ReleasedList):
    assumption: str
    total: Number
    verification: NoisyTable
    tables: tuple[NoisyTable, ...]

    def alone(self, axis: str) -> NoisyTable | None:
        """The table of one axis by itself: the totals of a table's rows or columns."""
        for table in self.tables:
            if table.columns is None and table.rows.name == axis:
                return table
        return None

    @property
    def crossed(self) -> tuple[NoisyTable, ...]:
        """The tables that have a page: those of two axes, and axes that stand in none of them."""
        two = [table for table in self.tables if table.columns is not None]
        seen = {side.name for table in two for side in (table.rows, table.columns) if side}
        return (*two, *(t for t in self.tables if t.columns is None and t.rows.name not in seen))


@dataclass(frozen=True)
class NoiseRule:
    """`amount` of `measure` was spent for each `protects`, once and for all lists."""

    measure: str
    amount: Fraction
    noise: str
    sampler: str
    protects: str
    contributions: int
    level: Fraction


@dataclass(frozen=True)
class NoisyPublication(ReleaseDocument):
    """One release whose numbers carry noise."""

    lists: tuple[NoisyList, ...]
    rule: NoiseRule

    @classmethod
    def parse(cls, untrusted: bytes) -> NoisyPublication:
        """Return the release, or raise `PublicationError` naming the place, not the content."""
        document = read_object(untrusted)
        check_format(document, format_=FORMAT, more=("code_sha256", "corrects"))
        shared = read_shared(untrusted, document, _list)
        return cls(**vars(shared), rule=_rule(document["rule"]))


def _rule(value: Any) -> NoiseRule:
    keys = ("method", "measure", "amount", "noise", "sampler", "protects", "contributions")
    rule = exactly(value, (*keys, "one_way_share", "level", "scales"), "rule")
    if rule["method"] != "noise" or rule["measure"] not in _MEASURES:
        raise wrong("rule", "noise by pure or zcdp")
    amount = Fraction(text(rule["amount"], _FRACTION, "rule.amount"))
    level = Fraction(text(rule["level"], _FRACTION, "rule.level"))
    if not amount > 0 or not Fraction(1, 2) <= level < 1:
        raise wrong("rule", "an amount above 0, and a level from 1/2 to below 1")
    return NoiseRule(
        measure=rule["measure"],
        amount=amount,
        noise=text(rule["noise"], ID, "rule.noise"),
        sampler=text(rule["sampler"], VERSION, "rule.sampler"),
        protects=text(rule["protects"], NAME, "rule.protects"),
        contributions=whole(rule["contributions"], "rule.contributions", least=1),
        level=level,
    )


def _list(value: Any, where: str) -> NoisyList:
    keys = ("id", "name", "coverage", "unit", "linkage", "reading", "assumption", "data_sha256")
    entry = exactly(value, (*keys, "total", "verification", "tables"), where)
    tables = many(entry["tables"], _table, f"{where}.tables", most=MOST_TABLES)
    if len({table.slug for table in tables}) != len(tables):
        raise wrong(f"{where}.tables", "every table once")
    verification = _table(entry["verification"], f"{where}.verification")
    if verification.columns is not None:
        raise wrong(f"{where}.verification", "one axis")
    return NoisyList(
        **vars(read_list_head(entry, where)),
        assumption=text(entry["assumption"], ID, f"{where}.assumption"),
        total=_number(entry["total"], f"{where}.total"),
        verification=verification,
        tables=tables,
    )


def _table(value: Any, where: str) -> NoisyTable:
    entry = exactly(value, ("axes", "error", "cells"), where)
    axes = many(entry["axes"], side, f"{where}.axes", most=2)
    error = entry["error"]
    if type(error) not in (int, float) or not 0 <= error < _LARGEST_NUMBER:
        raise wrong(f"{where}.error", "a number from 0")
    height = len(axes[0].headings)
    if not isinstance(entry["cells"], list) or len(entry["cells"]) != height:
        raise wrong(f"{where}.cells", f"{height} rows")
    if len(axes) == 1:
        cells: Cells = tuple((_number(one, f"{where}.cells"),) for one in entry["cells"])
        return NoisyTable(axes[0], None, cells, float(error))
    width = len(axes[1].headings)
    rows = []
    for row in entry["cells"]:
        if not isinstance(row, list) or len(row) != width:
            raise wrong(f"{where}.cells", f"{width} numbers in each row")
        rows.append(tuple(_number(one, f"{where}.cells") for one in row))
    return NoisyTable(axes[0], axes[1], tuple(rows), float(error))


def _number(value: Any, where: str) -> Number:
    good = (
        isinstance(value, list)
        and len(value) == 3
        and type(value[0]) in (int, float)
        and math.isfinite(value[0])
        and all(type(end) is int for end in value[1:])
        and all(abs(one) < _LARGEST_NUMBER for one in value)
        and value[1] <= value[2]
    )
    if not good:
        raise wrong(where, "numbers as [value, low, high]")
    return Number(float(value[0]), value[1], value[2])
