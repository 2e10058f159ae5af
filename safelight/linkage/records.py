"""Lists to be linked: read whole, or refused whole.

A list that is cut off, ragged or has one id twice is refused before anything is compared,
so that no half of it ever ends in a cluster. Messages say lines and columns, never cells.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from safelight.errors import SafelightError

MOST_LISTS: Final = 12
_MOST_COLUMNS: Final = 200
_LONGEST_CELL: Final = 100_000
_NAME: Final = re.compile(r"[^\W_][\w .-]{0,63}")
_ID_COLUMNS: Final = ("stat_id", "record_id", "rec_id", "unique_id", "incident_id", "id")
# What people write where they know nothing. Two such cells do not agree.
_NOTHING: Final = frozenset(
    {"", "unk", "unknown", "n/a", "na", "none", "null", "nan", "-", "--", "?", "нет",
     "неизвестно", "не указано", "н/д"}
)  # fmt: skip
_FORMULA: Final = "=+-@"
_NUMBER: Final = re.compile(r"[+-]?\d+")
UNIT_COLUMN: Final = "counting_units"


class LinkageError(SafelightError):
    """Lists that cannot be linked as they are, or a decision that contradicts another."""


class Unit(Enum):
    """What a row stands for. An incident is never linked with a person."""

    INCIDENT = "incident"
    PERSON = "person"


_UNITS_OF_CODES: Final = {"EVENT": Unit.INCIDENT, "VICTIM": Unit.PERSON, "PERPETRATOR": Unit.PERSON}


@dataclass(frozen=True)
class RecordList:
    """One list: `columns` by name, each with one cell (or None) for each of `ids`.

    `once`: the organisation vouches that its list holds nothing twice.
    """

    name: str
    unit: Unit
    ids: tuple[str, ...] = field(repr=False)
    columns: Mapping[str, Sequence[str | None]] = field(repr=False)
    once: bool = False

    def __post_init__(self) -> None:
        if _NAME.fullmatch(self.name) is None:
            raise LinkageError(
                "a list's name has 1 to 64 letters, digits, spaces, dots or dashes; rename it"
            )
        if not self.ids:
            raise LinkageError(f"list {self.name} has no record; leave it out")
        repeated = [one for one, times in Counter(self.ids).items() if times > 1]
        if repeated:
            raise LinkageError(
                f"list {self.name} gives {len(repeated)} ids to more than one record; "
                "give each record an id of its own"
            )
        if not self.columns:
            raise LinkageError(f"list {self.name} has an id and nothing else to compare")
        wrong = [name for name, cells in self.columns.items() if len(cells) != len(self.ids)]
        if wrong:
            raise LinkageError(
                f"list {self.name}: {len(wrong)} columns have another length than the ids"
            )

    def __len__(self) -> int:
        return len(self.ids)


def list_from_csv(
    untrusted: bytes,
    *,
    name: str,
    unit: Unit | None = None,
    id_column: str | None = None,
    once: bool = False,
) -> RecordList:
    """Read one list from CSV in UTF-8 with a header, or raise `LinkageError`.

    `unit` None: what the column `counting_units` says of every row, else incidents.
    `id_column` None: a known name of an id column, else the first if it never repeats.
    """
    try:
        text = untrusted.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise LinkageError(f"list {name} is not UTF-8 text; save it as CSV in UTF-8") from None
    if "\0" in text:
        raise LinkageError(f"list {name} has null characters; it is no text file")
    header, rows = _rows(text, name)
    key = _id_column(header, rows, id_column, name)
    ids = tuple(row[key].strip() for row in rows)
    if not all(ids):
        lines = [number for number, one in enumerate(ids, 2) if not one]
        raise LinkageError(f"list {name}: row {lines[0]} has no id, nor have {len(lines) - 1} more")
    # They are written out again, and a spreadsheet would run them.
    formulas = [
        n for n, one in enumerate(ids, 2) if one[0] in _FORMULA and not _NUMBER.fullmatch(one)
    ]
    if formulas:
        raise LinkageError(
            f"list {name}: the id of row {formulas[0]} begins like a spreadsheet's formula, as do "
            f"{len(formulas) - 1} more; give these records other ids"
        )
    columns = {
        title: tuple(known(row[place]) for row in rows)
        for place, title in enumerate(header)
        if place != key
    }
    stated = _stated_unit(columns.pop(UNIT_COLUMN, None), name)
    if unit is not None and stated is not None and unit is not stated:
        raise LinkageError(
            f"list {name} says that it counts {stated.value}s, and {unit.value}s were asked for; "
            "gather its rows first"
        )
    return RecordList(name, unit or stated or Unit.INCIDENT, ids, columns, once)


def known(cell: str | None) -> str | None:
    """The cell without blanks around it, or None if it says that nobody knows."""
    cell = (cell or "").strip()
    return None if cell.casefold() in _NOTHING else cell


def check_together(lists: Sequence[RecordList]) -> Unit:
    """The one unit of all `lists`; raises `LinkageError` if they cannot be linked."""
    if not 1 <= len(lists) <= MOST_LISTS:
        raise LinkageError(f"1 to {MOST_LISTS} lists can be linked; got {len(lists)}")
    if len({one.name for one in lists}) < len(lists):
        raise LinkageError("two lists have the same name; each needs its own")
    units = {one.unit for one in lists}
    if len(units) > 1:
        counted = ", ".join(f"{one.name} counts {one.unit.value}s" for one in lists)
        raise LinkageError(f"lists of different units cannot be linked: {counted}")
    return units.pop()


def _rows(text: str, name: str) -> tuple[list[str], list[list[str]]]:
    first = next((line for line in text.splitlines() if line.strip()), "")
    mark = next((one for one in (",", ";", "\t") if one in first), ",")
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    try:
        rows = [row for row in reader if any(row)]
    except csv.Error:
        raise LinkageError(
            f"list {name}: line {reader.line_num} is not CSV; a quotation mark is open or stray, "
            f"the file was cut off, or a cell has more than {_LONGEST_CELL:,} characters"
        ) from None
    if len(rows) < 2:
        raise LinkageError(f"list {name} has a header at most; expected records below it")
    header = [title.strip().casefold() for title in rows[0]]
    if not 2 <= len(header) <= _MOST_COLUMNS:
        raise LinkageError(
            f"list {name} has {len(header)} columns; expected 2 to {_MOST_COLUMNS} "
            "with commas between them (or semicolons, or tabs)"
        )
    if not all(title.isprintable() for title in header):
        raise LinkageError(f"list {name}: a column's title has signs that cannot be printed")
    if len(set(header)) < len(header) or not all(header):
        raise LinkageError(f"list {name}: every column needs a title of its own")
    ragged = [number for number, row in enumerate(rows, 1) if len(row) != len(header)]
    if ragged:
        raise LinkageError(
            f"list {name}: row {ragged[0]} has {len(rows[ragged[0] - 1])} cells and "
            f"{len(ragged) - 1} more rows are off; the header has {len(header)}"
        )
    return header, rows[1:]


def _id_column(header: list[str], rows: list[list[str]], asked: str | None, name: str) -> int:
    if asked is not None:
        if asked.casefold() not in header:
            raise LinkageError(f"list {name} has no column of the title given for ids")
        return header.index(asked.casefold())
    for title in _ID_COLUMNS:
        if title in header:
            return header.index(title)
    if len({row[0] for row in rows}) == len(rows):
        return 0
    raise LinkageError(
        f"list {name}: no column named {', '.join(_ID_COLUMNS)}, and the first one repeats; "
        "say which column holds the ids"
    )


def _stated_unit(cells: Sequence[str | None] | None, name: str) -> Unit | None:
    stated = {cell for cell in cells or () if cell is not None}
    if not stated:
        return None
    if len(stated) > 1:
        raise LinkageError(f"list {name} mixes {len(stated)} counting units; split it first")
    code = stated.pop()
    if code not in _UNITS_OF_CODES:
        raise LinkageError(
            f"list {name} counts neither incidents nor persons; only those can be linked"
        )
    return _UNITS_OF_CODES[code]
