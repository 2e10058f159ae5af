"""Reading an official table of counts, place × category, from a workbook or a CSV.

Totals in the table are not trusted: sums are made here from the cells, and a total
that was written as a number is compared with them.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
import zipfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from safelight.partners.problems import ListFileError
from safelight.partners.profile import CrossTable

_LARGEST_TABLE: Final = 8 * 1024 * 1024
_LARGEST_UNPACKED: Final = 64 * 1024 * 1024
_MOST_ROWS: Final = 20_000
_MOST_COLUMNS: Final = 200
_WHOLE: Final = re.compile(r"([0-9]{1,9})(?:\.0+)?")


@dataclass(frozen=True, slots=True)
class OfficialTable:
    """Counts by label and category. `wrong_totals`: written totals that its cells contradict."""

    sha256: str
    cells: Mapping[tuple[str, str], int]
    labels: tuple[str, ...]
    categories: tuple[str, ...]
    wrong_totals: int

    def total(self) -> int:
        return sum(self.cells.values())

    def of_category(self, category: str) -> int:
        return sum(n for (_, named), n in self.cells.items() if named == category)


def read_official_table(
    path: Path, table: CrossTable, *, known_categories: Collection[str]
) -> OfficialTable:
    """Return the table, or raise `ListFileError`.

    A category that the list's profile does not know is refused, not left out: a missing
    column would make the list look larger than the table.
    """
    content = _bounded(path)
    rows = _workbook_rows(content) if content.startswith(b"PK\x03\x04") else _csv_rows(content)
    return _table(rows, table, known_categories, hashlib.sha256(content).hexdigest())


def _bounded(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise ListFileError("unreadable", "the table beside the list is not a file")
        with path.open("rb") as file:
            content = file.read(_LARGEST_TABLE + 1)
    except OSError as error:
        raise ListFileError(
            "unreadable", f"the table beside the list cannot be opened ({type(error).__name__})"
        ) from None
    if len(content) > _LARGEST_TABLE:
        raise ListFileError(
            "too-large", f"an official table has at most {_LARGEST_TABLE} bytes; this has more"
        )
    return content


def _workbook_rows(content: bytes) -> Iterable[Sequence[str]]:
    # Only a workbook needs it; checking a CSV works without the desk's packages.
    try:
        import openpyxl  # noqa: PLC0415
    except ModuleNotFoundError:
        raise ListFileError(
            "needs-openpyxl",
            "reading a workbook needs openpyxl; install safelight[desk], or save the table as CSV",
        ) from None
    _check_unpacked_size(content)
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False)
        cells = book.worksheets[0].iter_rows(
            max_row=_MOST_ROWS, max_col=_MOST_COLUMNS, values_only=True
        )
        return [[_text(cell) for cell in row] for row in cells]
    # openpyxl raises whatever its parsers do (KeyError, ParseError, BadZipFile, …); a workbook
    # that cannot be read is one outcome here. Tested in tests/partners/test_beside.py.
    except Exception as error:  # noqa: BLE001
        raise _not_a_workbook(error) from None


def _check_unpacked_size(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, ValueError, EOFError) as error:
        raise _not_a_workbook(error) from None
    if unpacked > _LARGEST_UNPACKED:
        raise ListFileError("too-large", "the workbook unpacks to more than a table ever holds")


def _not_a_workbook(error: Exception) -> ListFileError:
    return ListFileError(
        "not-a-workbook", f"the workbook cannot be read ({type(error).__name__}); save it as CSV"
    )


def _text(cell: object) -> str:
    return "" if cell is None else str(cell).strip()


def _csv_rows(content: bytes) -> Iterable[Sequence[str]]:
    try:
        text = content.decode("utf-8-sig")
        return [
            [cell.strip() for cell in row] for row in csv.reader(io.StringIO(text), strict=True)
        ]
    except (UnicodeDecodeError, csv.Error):
        raise ListFileError(
            "not-csv", "the table beside the list is neither a workbook nor a UTF-8 CSV"
        ) from None


def _table(
    rows: Iterable[Sequence[str]], table: CrossTable, known: Collection[str], sha256: str
) -> OfficialTable:
    header: dict[int, str] = {}
    total_column: int | None = None
    cells: dict[tuple[str, str], int] = {}
    labels: list[str] = []
    wrong = 0
    for number, row in enumerate(rows, 1):
        if not header:
            if row and row[0] == table.header_starts_with:
                header, total_column = _header(row, table, known)
            continue
        if not row or not row[0]:
            continue
        counts = {name: _count(row, place, number) for place, name in header.items()}
        written = row[total_column] if total_column is not None else ""
        if row[0] == table.total_label:
            sums = {name: sum(cells[label, name] for label in labels) for name in counts}
            wrong += sum(counts[name] not in (None, sums[name]) for name in counts)
            break
        label = _label(row[0])
        if label in labels:
            raise ListFileError("table", f"row {number} of the table repeats a place")
        labels.append(label)
        for name, count in counts.items():
            if count is None:
                raise ListFileError("table", f"row {number} of the table: expected whole numbers")
            cells[label, name] = count
        found = _WHOLE.fullmatch(written)
        wrong += found is not None and int(found[1]) != sum(c or 0 for c in counts.values())
    if not header or not labels:
        raise ListFileError(
            "table",
            f"no header row that begins with {table.header_starts_with}; is it the right table?",
        )
    return OfficialTable(sha256, cells, tuple(labels), tuple(header.values()), wrong)


def _header(
    row: Sequence[str], table: CrossTable, known: Collection[str]
) -> tuple[dict[int, str], int | None]:
    header: dict[int, str] = {}
    total_column = None
    for place, name in enumerate(row[1:], 1):
        if not name:
            continue
        if name == table.total_label:
            total_column = place
            continue
        category = table.aliases.get(name, name)
        if category not in known:
            raise ListFileError(
                "table",
                f"column {place + 1} of the table is a category that the profile does not know; "
                "add it to the profile, or to its aliases",
            )
        if category in header.values():
            raise ListFileError("table", f"column {place + 1} of the table repeats a category")
        header[place] = category
    return header, total_column


def _count(row: Sequence[str], place: int, number: int) -> int | None:
    """Return the count; `None` where the cell is a formula (a total) or is missing."""
    text = row[place] if place < len(row) else ""
    found = _WHOLE.fullmatch(text)
    return int(found[1]) if found is not None else None


def _label(text: str) -> str:
    # "001" in the table is precinct 1 in the list.
    return str(int(text)) if text.isascii() and text.isdigit() else text
