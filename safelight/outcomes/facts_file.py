"""Cases from a CSV file: one row for each fact, rows of one case with the same `case`.

Columns: `case` (any key, read only to group rows and then forgotten) and `stage` must be
there; `code`, `date`, `source`, `reasons` (joined by "|") belong to the row, `occurred`,
`followed_to`, `violent` (yes or no) to the case. Every other column is a stratum. What
belongs to the case may stand on one of its rows or on all, but may not contradict itself.
A message names line and column, never what stands there.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Protocol

from safelight.errors import SafelightError
from safelight.outcomes.facts import CaseFacts, FactsError, StageFact, check_code
from safelight.outcomes.path import PathError
from safelight.outcomes.when import When, WhenError

MOST_BYTES: Final = 64_000_000
MOST_ROWS: Final = 1_000_000
_LONGEST_CELL: Final = 200
_MOST_COLUMNS: Final = 40
_OF_ROW: Final = ("stage", "code", "date", "source", "reasons")
_OF_CASE: Final = ("occurred", "followed_to", "violent")
_KNOWN: Final = ("case", *_OF_ROW, *_OF_CASE)
_VIOLENT: Final = {"yes": True, "no": False}


class FactsFileError(SafelightError):
    """A file of facts that cannot be read, with the line where."""


@dataclass(frozen=True)
class FactsFile:
    """`cases` in the order in which they first stand in the file. `strata`: the columns."""

    cases: tuple[CaseFacts, ...]
    strata: tuple[str, ...]


@dataclass
class _Gathered:
    facts: list[StageFact] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)


def read_facts(untrusted: bytes) -> FactsFile:
    """Read a file of facts, or raise `FactsFileError`."""
    if len(untrusted) > MOST_BYTES:
        raise FactsFileError(f"expected a file of at most {MOST_BYTES:,} bytes, got a larger one")
    try:
        text = untrusted.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FactsFileError("expected UTF-8 text; save the file as CSV in UTF-8") from None
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        return _read(rows)
    except csv.Error:
        raise FactsFileError(
            f"line {rows.line_num}: expected a row of CSV, got a broken one; look for a quotation "
            "mark that is not closed"
        ) from None


class _Rows(Protocol):
    """What csv.reader makes; its own type has no public name."""

    line_num: int

    def __iter__(self) -> Iterator[list[str]]: ...

    def __next__(self) -> list[str]: ...


def _read(rows: _Rows) -> FactsFile:
    header = next(rows, None)
    if header is None:
        raise FactsFileError("expected a first line with the names of the columns, got nothing")
    strata = _checked_header(header)
    gathered: dict[str, _Gathered] = {}
    for number, cells in enumerate(rows):
        if number >= MOST_ROWS:
            raise FactsFileError(f"expected at most {MOST_ROWS:,} rows, got more")
        if not cells:
            continue
        try:
            _take(dict(zip(header, _checked(cells, len(header)), strict=True)), strata, gathered)
        except (FactsError, PathError, WhenError, _RowError) as wrong:
            raise FactsFileError(f"line {rows.line_num}: {wrong}") from None
    cases = []
    for one in gathered.values():
        try:
            cases.append(_case(one, strata))
        except FactsError as wrong:
            raise FactsFileError(f"one of the cases: {wrong}") from None
    return FactsFile(tuple(cases), strata)


class _RowError(SafelightError):
    pass


def _checked_header(header: Sequence[str]) -> tuple[str, ...]:
    if len(header) > _MOST_COLUMNS or len(set(header)) != len(header):
        raise FactsFileError(
            f"line 1: expected up to {_MOST_COLUMNS} columns with different names, got others"
        )
    missing = [name for name in ("case", "stage") if name not in header]
    if missing:
        raise FactsFileError(
            f"line 1: columns missing: {', '.join(missing)}; known are {', '.join(_KNOWN)}, any "
            "other is taken as a stratum"
        )
    strata = tuple(name for name in header if name not in _KNOWN)
    try:
        return tuple(check_code(name) for name in strata)
    except FactsError as wrong:
        raise FactsFileError(f"line 1: {wrong}") from None


def _checked(cells: Sequence[str], columns: int) -> Sequence[str]:
    if len(cells) != columns:
        raise _RowError(f"expected {columns} cells, got {len(cells)}")
    if any(len(cell) > _LONGEST_CELL for cell in cells):
        raise _RowError(f"expected cells of at most {_LONGEST_CELL} characters, got a longer one")
    return [cell.strip() for cell in cells]


def _take(row: dict[str, str], strata: Sequence[str], gathered: dict[str, _Gathered]) -> None:
    if not row["case"]:
        raise _RowError("case: expected a key that groups the rows of a case, got nothing")
    held = gathered.setdefault(row["case"], _Gathered())
    held.facts.append(
        StageFact(
            stage=row["stage"],
            code=row.get("code", ""),
            when=_when(row.get("date", ""), "date"),
            source=row.get("source", ""),
            reasons=tuple(filter(None, row.get("reasons", "").split("|"))),
        )
    )
    for name in (*_OF_CASE, *strata):
        value = row.get(name, "")
        if not value:
            continue
        if name in strata:
            check_code(value)
        elif name == "occurred":
            _when(value, name)
        elif name == "followed_to":
            _day(value)
        elif value not in _VIOLENT:
            raise _RowError("violent: expected yes, no or nothing, got something else")
        if held.held.setdefault(name, value) != value:
            raise _RowError(
                f"{name if name in _OF_CASE else 'a stratum'}: expected what another row of this "
                "case says, got something else"
            )


def _case(one: _Gathered, strata: Sequence[str]) -> CaseFacts:
    held = one.held
    return CaseFacts(
        facts=tuple(one.facts),
        occurred=_when(held.get("occurred", ""), "occurred"),
        followed_to=_day(held["followed_to"]) if "followed_to" in held else None,
        violent=_VIOLENT.get(held.get("violent", "")),
        strata={name: held[name] for name in strata if name in held},
    )


def _when(untrusted: str, column: str) -> When | None:
    if not untrusted:
        return None
    try:
        return When.parse(untrusted)
    except WhenError as wrong:
        raise _RowError(f"{column}: {wrong}") from None


def _day(untrusted: str) -> date:
    when = _when(untrusted, "followed_to")
    if when is None or not when.exact:
        raise _RowError("followed_to: expected a day like 2026-05-17, got something else")
    return when.first
