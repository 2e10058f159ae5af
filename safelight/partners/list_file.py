"""Reading a file from outside: as rows of cells, in bounded memory, or refused with its reason.

Nothing here knows what a column means. No message repeats a cell or a foreign column
name: rows are named by number, as a spreadsheet counts them (the header is row 1).
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import re
import stat
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from safelight.partners.problems import ListFileError
from safelight.partners.profile import FileForm

# A record longer than this is no row of codes: an unclosed quote, or a file made to hurt.
# Below csv's own limit for one field (131,072), so that ours is the one that speaks.
LONGEST_RECORD: Final = 64 * 1024
PROGRESS_EVERY: Final = 50_000
_FORMULA_STARTS: Final = frozenset("=+@\t\r")
_FIRST_SHOWN: Final = 5
_MOST_COLUMNS: Final = 500
_UNDECODED: Final = re.compile("[\udc80-\udcff]")

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What was read. `sha256` and `size` are of the file as it lies on the disk."""

    sha256: str
    size: int
    compressed: bool
    byte_order_mark: bool
    encoding: str
    rows: int
    blank_rows: int
    unread_columns: int
    formula_cells: int
    formula_first_rows: tuple[int, ...]


class _Hashing(io.RawIOBase):
    """The file's bytes, hashed as they are read, so that what was checked is what was hashed."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._digest = hashlib.sha256()
        self.size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        content = self._file.read(len(buffer))
        buffer[: len(content)] = content
        self._digest.update(content)
        self.size += len(content)
        return len(content)

    def finish(self) -> str:
        while self.read(1 << 16):
            pass
        return self._digest.hexdigest()


class ListFile:
    """One file from outside. Iterate `rows()` to its end, then ask `facts()`."""

    def __init__(
        self, path: Path, form: FileForm, *, required: Sequence[str], optional: Sequence[str] = ()
    ) -> None:
        self._path = path
        self._form = form
        self._required = tuple(required)
        self._wanted = (*self._required, *optional)
        self._facts: FileFacts | None = None
        self._rows = self._blank = self._formulas = self._unread = 0
        self._formula_rows: list[int] = []
        self._mark = self._compressed = False
        self.columns: tuple[str, ...] = ()

    def facts(self) -> FileFacts:
        """Return what was read; only after `rows()` has ended."""
        if self._facts is None:
            raise RuntimeError("facts() before the end of rows()")
        return self._facts

    def rows(self, on_progress: Progress | None = None) -> Iterator[tuple[int, list[str] | None]]:
        """Yield row numbers and the wanted cells in the order of `columns`, stripped.

        `None` instead of cells: the row has more or fewer cells than the header.
        Raises `ListFileError`.
        """
        with _opened(self._path) as file:
            hashing = _Hashing(file)
            try:
                yield from self._rows_of(hashing, on_progress)
            except (gzip.BadGzipFile, EOFError, zlib.error):
                raise ListFileError(
                    "compression",
                    f"the compressed file breaks off after row {self._rows + 1}; "
                    "get the file again",
                ) from None
            self._facts = FileFacts(
                sha256=hashing.finish(),
                size=hashing.size,
                compressed=self._compressed,
                byte_order_mark=self._mark,
                encoding=self._form.encoding,
                rows=self._rows,
                blank_rows=self._blank,
                unread_columns=self._unread,
                formula_cells=self._formulas,
                formula_first_rows=tuple(self._formula_rows),
            )

    def _rows_of(
        self, hashing: _Hashing, on_progress: Progress | None
    ) -> Iterator[tuple[int, list[str] | None]]:
        plain = io.BufferedReader(hashing, 1 << 16)
        start = plain.peek(4)[:4]
        self._compressed = start[:2] == b"\x1f\x8b"
        content: IO[bytes] = plain
        if self._compressed:
            content = io.BufferedReader(gzip.GzipFile(fileobj=plain), 1 << 16)
        _check_start(_peeked(content))
        self._mark = _peeked(content)[:3] == b"\xef\xbb\xbf"
        if self._mark and self._form.encoding != "utf-8":
            raise _wrong_encoding(self._form.encoding, "UTF-8", row=1)
        if self._mark:
            content.read(3)
        text = io.TextIOWrapper(
            content, encoding=self._form.encoding, errors="surrogateescape", newline=""
        )
        lines = _BoundedLines(text, self._form.encoding)
        reader = csv.reader(lines, delimiter=self._form.delimiter, strict=True)
        header = _next_record(reader, lines, row=1)
        if not header:
            raise ListFileError("empty", "the file has no header row; is it the right file?")
        places, self._unread = self._places(header)
        unnamed = [i for i, name in enumerate(header) if not name.strip()]
        row = 1
        while True:
            record = _next_record(reader, lines, row=row + 1)
            if record is None:
                break
            row += 1
            if not record or not any(record):
                self._blank += 1
                if self._blank > self._form.most_rows:
                    raise _too_many(self._form.most_rows)
                continue
            self._rows += 1
            if self._rows > self._form.most_rows:
                raise _too_many(self._form.most_rows)
            if on_progress is not None and self._rows % PROGRESS_EVERY == 0:
                on_progress(self._rows)
            self._note_formulas(row, record)
            if len(record) != len(header) or any(record[i].strip() for i in unnamed):
                yield row, None
            else:
                yield row, [record[i].strip() for i in places]

    def _note_formulas(self, row: int, record: Sequence[str]) -> None:
        for cell in record:
            if cell and (cell[0] in _FORMULA_STARTS or (cell[0] == "-" and cell[1:2].isalpha())):
                self._formulas += 1
                if len(self._formula_rows) < _FIRST_SHOWN and row not in self._formula_rows:
                    self._formula_rows.append(row)

    def _places(self, header: list[str]) -> tuple[list[int], int]:
        """Return where the wanted columns stand, and how many columns are not read."""
        names = [name.strip() for name in header]
        if len(names) > _MOST_COLUMNS:
            raise ListFileError(
                "columns", f"{len(names)} columns; a list has at most {_MOST_COLUMNS}"
            )
        missing = [name for name in self._required if name not in names]
        if missing:
            raise self._missing(header, names, missing)
        named = [name for name in names if name]
        if len(set(named)) != len(named):
            twice = sorted({name for name in self._wanted if names.count(name) > 1})
            which = f" ({', '.join(twice)})" if twice else ""
            raise ListFileError(
                "duplicate-columns",
                f"a column name stands twice in the header{which}; which one counts cannot be "
                "known. Take the file as its source gives it",
            )
        self.columns = tuple(name for name in self._wanted if name in names)
        return [names.index(name) for name in self.columns], len(set(named) - set(self.columns))

    def _missing(self, header: list[str], names: list[str], missing: list[str]) -> ListFileError:
        shown = ", ".join(missing[:8]) + (" …" if len(missing) > 8 else "")
        for other, word in ((";", "semicolons"), ("\t", "tabs"), (",", "commas"), ("|", "bars")):
            if other == self._form.delimiter:
                continue
            split = {part.strip().strip('"') for cell in header for part in cell.split(other)}
            if len(split & set(self._required)) > len(set(names) & set(self._required)):
                return ListFileError(
                    "delimiter",
                    f"the cells are separated by {word}; this list is expected with "
                    f"{_named(self._form.delimiter)}. A spreadsheet has saved it anew: "
                    "take the file as its source gives it",
                )
        folded = {name.casefold() for name in names}
        other_case = sum(name.casefold() in folded for name in missing)
        hint = f" ({other_case} of them are there in other capitals)" if other_case else ""
        return ListFileError(
            "missing-columns",
            f"{len(missing)} of {len(self._required)} expected columns are missing: "
            f"{shown}{hint}. Is it the right file for this --as?",
        )


class _BoundedLines:
    """Lines for csv.reader, refused before a record outgrows memory or holds what is no text."""

    def __init__(self, text: io.TextIOWrapper, encoding: str) -> None:
        self._text = text
        self._encoding = encoding
        self._length = 0
        self._row = 1
        self._guessed = encoding == "utf-8"

    def begin(self, row: int) -> None:
        self._row, self._length = row, 0

    def __iter__(self) -> _BoundedLines:
        return self

    def __next__(self) -> str:
        line = self._text.readline(LONGEST_RECORD + 1)
        if not line:
            raise StopIteration
        self._length += len(line)
        if self._length > LONGEST_RECORD:
            raise ListFileError(
                "record-too-long",
                f"row {self._row} is longer than {LONGEST_RECORD} characters; "
                "a quote was opened and not closed, or this is no list of codes",
            )
        if "\0" in line:
            raise ListFileError(
                "nul-bytes",
                f"row {self._row} holds NUL bytes, which no CSV has; get the file again",
            )
        if not line.isascii():
            self._check_decoded(line)
        return line

    def _check_decoded(self, line: str) -> None:
        if _UNDECODED.search(line):
            raise _wrong_encoding(self._encoding, "something else", row=self._row)
        if not self._guessed:
            # Every byte is some letter in windows-1251, so UTF-8 would pass as nonsense.
            self._guessed = True
            try:
                line.encode(self._encoding).decode("utf-8")
            except UnicodeError:
                return
            raise _wrong_encoding(self._encoding, "UTF-8", row=self._row)


def _next_record(
    reader: Iterator[list[str]], lines: _BoundedLines, *, row: int
) -> list[str] | None:
    lines.begin(row)
    try:
        return next(reader, None)
    except csv.Error:
        raise ListFileError(
            "quoting",
            f"row {row} cannot be cut into cells: a quote is opened and not closed, or stands "
            "inside a cell. Take the file as its source gives it",
        ) from None


def _opened(path: Path) -> IO[bytes]:
    try:
        # Before opening: a pipe or a device may wait for ever, or never end.
        if not stat.S_ISREG(path.stat().st_mode):
            raise ListFileError("unreadable", "expected a file, got a directory or a device")
        return path.open("rb")
    except OSError as error:
        raise ListFileError(
            "unreadable", f"the file cannot be opened ({type(error).__name__})"
        ) from None


def _peeked(content: IO[bytes]) -> bytes:
    peek: Callable[[int], bytes] = getattr(content, "peek")  # noqa: B009 - IO[bytes] has none
    return peek(4096)[:4096]


_STARTS: Final = (
    (b"PK\x03\x04", "an Excel workbook or a zip archive; save the sheet as CSV, ids as text"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook; save the sheet as CSV, ids as text"),
    (b"%PDF", "a PDF; a list is needed as CSV"),
    (b"SQLite format 3", "a database file; export the list as CSV"),
    (b"\x1f\x8b", "compressed twice; decompress it once"),
    (b"BZh", "compressed with bzip2; decompress it, or use gzip"),
    (b"\xfd7zXZ", "compressed with xz; decompress it, or use gzip"),
    (b"\xff\xfe", "UTF-16 text; save it as UTF-8"),
    (b"\xfe\xff", "UTF-16 text; save it as UTF-8"),
)


def _check_start(start: bytes) -> None:
    if not start:
        raise ListFileError("empty", "the file is empty; get it again")
    for magic, what in _STARTS:
        if start.startswith(magic):
            raise ListFileError("not-csv", f"expected CSV, got {what}")
    if start.lstrip()[:5].lower() in (b"<html", b"<!doc", b"<?xml"):
        raise ListFileError(
            "not-csv", "expected CSV, got a web page; the download did not give the list itself"
        )
    if b"\0" in start:
        raise ListFileError("not-csv", "expected CSV, got a binary file")


def _wrong_encoding(expected: str, got: str, *, row: int) -> ListFileError:
    return ListFileError(
        "encoding",
        f"expected {expected}, but row {row} is written in {got}; take the file as its source "
        f"gives it, or save it as {expected}",
    )


def _too_many(most: int) -> ListFileError:
    return ListFileError(
        "too-many-rows",
        f"more than {most} rows; a check holds one record per incident in memory. "
        "Split the list by year, or raise most_rows in a mapping of your own",
    )


def _named(delimiter: str) -> str:
    return {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}[delimiter]
