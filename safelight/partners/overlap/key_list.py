"""Reading the list that an organisation offers: CSV, bounded, refused whole or taken whole."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from safelight.partners.overlap.problems import OwnListError
from safelight.partners.overlap.scheme import Scheme, list_tokens
from safelight.partners.overlap.terms import Terms

LARGEST_FILE: Final = 256 * 1024 * 1024


def read_records(file: Path, scheme: Scheme, *, most: int) -> list[dict[str, str]]:
    """Return the columns that the scheme names, row by row. Raises `OwnListError` with the row."""
    size = file.stat().st_size
    if size > LARGEST_FILE:
        raise OwnListError("malformed", f"at most {LARGEST_FILE:,} bytes are read; got {size:,}")
    return parsed_records(file.read_bytes(), scheme, most=most)


def parsed_records(untrusted: bytes, scheme: Scheme, *, most: int) -> list[dict[str, str]]:
    """The same from the bytes of a file."""
    try:
        text = untrusted.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise OwnListError(
            "malformed", f"expected UTF-8; byte {error.start:,} is not. Save the list as UTF-8"
        ) from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, [])
        places = _places(header, scheme)
        records: list[dict[str, str]] = []
        for row in reader:
            if not row:
                continue
            if len(row) != len(header):
                raise OwnListError(
                    "malformed",
                    f"line {reader.line_num} has {len(row)} cells; the header has {len(header)}",
                )
            if len(records) == most:
                raise OwnListError(
                    "over-quota",
                    f"the terms let a list have at most {most:,} records; this one has more",
                )
            records.append({column: row[place] for column, place in places.items()})
    except csv.Error:
        raise OwnListError(
            "malformed", f"line {reader.line_num} is not CSV: look for a quote that is not closed"
        ) from None
    return records


def _places(header: Sequence[str], scheme: Scheme) -> Mapping[str, int]:
    names = [name.strip() for name in header]
    missing = [column for column in scheme.columns if names.count(column) != 1]
    if missing:
        # The columns of the scheme, which everybody agreed to; not those of the file.
        raise OwnListError(
            "malformed",
            f"the header names each column of the terms once; {', '.join(missing)} is missing or "
            "stands twice",
        )
    return {column: names.index(column) for column in scheme.columns}


def checked_tokens(
    records: Sequence[Mapping[str, str]], terms: Terms, *, unit: str
) -> list[list[bytes | None]]:
    """The tokens of a list that the terms let in. Raises `OwnListError` with the reason."""
    if unit != terms.unit:
        raise OwnListError(
            "other-unit",
            f"the terms count {terms.unit}s; the list is one of {unit}s. Lists of different "
            "units cannot overlap: make the list anew, or agree on other terms",
        )
    if len(records) < terms.least:
        raise OwnListError(
            "undersized",
            f"the terms want at least {terms.least:,} records of each list, so that nobody asks "
            f"about a single one; this list has {len(records):,}",
        )
    if len(records) > terms.most:
        raise OwnListError(
            "over-quota",
            f"the terms let a list have at most {terms.most:,} records; got {len(records):,}",
        )
    return list_tokens(records, terms.scheme)
