"""The release document as the publication reads it (docs/spec/publication.md).

It comes from the desk that made the release, but it is parsed as strictly as if it came
from a stranger: what is not in the format has no way onto a page.
"""

from __future__ import annotations

from dataclasses import dataclass
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
    Heading,
    Side,
    exactly,
    heading,
    many,
    side,
    whole,
    wrong,
)

FORMAT: Final = "safelight-release/1"
MOST_TABLES: Final = 16


WHOLE_PERIOD: Final = "period"

Counts = tuple[int | None, ...]  # None: hidden


@dataclass(frozen=True)
class PublishedTable:
    rows: Side
    columns: Side
    cells: tuple[Counts, ...]
    row_totals: Counts
    column_totals: Counts

    @property
    def is_whole(self) -> bool:
        """Whether it is over the whole period: one column, which its row totals are."""
        return self.columns.name == WHOLE_PERIOD

    @property
    def slug(self) -> str:
        """Names the table's page and file within its list."""
        return f"{self.rows.name}-by-{self.columns.name}".replace("_", "-")


@dataclass(frozen=True)
class PublishedList(ReleasedList):
    total: int | None
    verification: tuple[tuple[Heading, int | None], ...]
    tables: tuple[PublishedTable, ...]


@dataclass(frozen=True)
class Publication(ReleaseDocument):
    """One release whose small numbers are hidden: those below `threshold`."""

    lists: tuple[PublishedList, ...]
    threshold: int
    width: int

    @classmethod
    def parse(cls, untrusted: bytes) -> Publication:
        """Return the release, or raise `PublicationError` naming the place, not the content."""
        document = read_object(untrusted)
        check_format(document, format_=FORMAT, more=())
        rule = exactly(document["rule"], ("threshold", "width"), "rule")
        threshold = whole(rule["threshold"], "rule.threshold", least=3)
        shared = read_shared(
            untrusted, document, lambda value, where: _list(value, where, threshold=threshold)
        )
        width = whole(rule["width"], "rule.width", least=1)
        return cls(**vars(shared), threshold=threshold, width=width)


def _list(value: Any, where: str, *, threshold: int) -> PublishedList:
    keys = ("id", "name", "coverage", "unit", "linkage", "reading", "data_sha256", "total")
    entry = exactly(value, (*keys, "verification", "tables"), where)

    def counts(given: Any, at: str, *, size: int) -> Counts:
        return _counts(given, at, size=size, threshold=threshold)

    mix = exactly(entry["verification"], ("headings", "counts"), f"{where}.verification")
    levels = many(mix["headings"], heading, f"{where}.verification.headings", most=8)
    levels_counted = counts(mix["counts"], f"{where}.verification.counts", size=len(levels))
    tables = many(
        entry["tables"],
        lambda table, at: _table(table, at, threshold=threshold),
        f"{where}.tables",
        most=MOST_TABLES,
    )
    if len({table.slug for table in tables}) != len(tables):
        raise wrong(f"{where}.tables", "every table once")
    for name, known in (
        ("unit", "incident"),
        ("linkage", "none"),
        ("reading", "documented-count-lower-bound"),
    ):
        if entry[name] != known:
            raise wrong(f"{where}.{name}", known)
    return PublishedList(
        **vars(read_list_head(entry, where)),
        total=counts([entry["total"]], f"{where}.total", size=1)[0],
        verification=tuple(zip(levels, levels_counted, strict=True)),
        tables=tables,
    )


def _counts(value: Any, where: str, *, size: int, threshold: int) -> Counts:
    if not isinstance(value, list) or len(value) != size:
        raise wrong(where, f"{size} counts")
    for count in value:
        if count is not None and (type(count) is not int or count < threshold):
            # A second lock on the same door: a small count never gets onto a page.
            raise wrong(where, f"null, or a whole number not below the threshold {threshold}")
    return tuple(value)


def _table(value: Any, where: str, *, threshold: int) -> PublishedTable:
    keys = ("rows", "columns", "cells", "row_totals", "column_totals")
    entry = exactly(value, keys, where)
    rows, columns = (side(entry[at], f"{where}.{at}") for at in ("rows", "columns"))
    height, width = len(rows.headings), len(columns.headings)

    def counts(given: Any, at: str, *, size: int) -> Counts:
        return _counts(given, f"{where}.{at}", size=size, threshold=threshold)

    if not isinstance(entry["cells"], list) or len(entry["cells"]) != height:
        raise wrong(f"{where}.cells", f"{height} rows")
    return PublishedTable(
        rows=rows,
        columns=columns,
        cells=tuple(counts(row, "cells", size=width) for row in entry["cells"]),
        row_totals=counts(entry["row_totals"], "row_totals", size=height),
        column_totals=counts(entry["column_totals"], "column_totals", size=width),
    )
