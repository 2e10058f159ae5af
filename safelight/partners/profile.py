"""What is known about a list from outside: its mapping profile, as frozen types.

A profile is data (`profiles/*.yaml`, or a desk's own file): which columns, what a
row counts, how an id looks, what each source value means in our codes or why it
means nothing there. Adding a list is writing a profile; no code knows a list's name.
`profile_reading.py` makes these types from YAML and refuses what breaks the rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from safelight.partners.dates import DateForm
from safelight.partners.identifiers import IdShape
from safelight.partners.mapping import Mapped
from safelight.vocabulary.wording import Wording

LANGUAGES: Final = ("en", "ru")


class Unit(StrEnum):
    """What a number counts. Numbers of different units are never compared or added."""

    INCIDENT = "incident"
    ARREST_PAIR = "arrest-pair"
    ARREST = "arrest"
    OFFENCE = "offence"
    VICTIM = "victim"
    PERPETRATOR = "perpetrator"
    RULING = "ruling"
    CRIME = "crime"


class Disagreement(StrEnum):
    """How one value is decided when the rows of one incident disagree.

    Neither depends on the order of the rows: a sorted copy is the same list.
    """

    UNION = "union"
    MOST_ROWS = "most-rows-then-alphabet"


@dataclass(frozen=True, slots=True)
class FileForm:
    """How the file is written. `most_rows` bounds the memory of a check."""

    encoding: str
    delimiter: str
    most_rows: int


@dataclass(frozen=True, slots=True)
class Column:
    """One expected column.

    `per_incident`: all rows of one incident should agree on it.
    `show_values`: a value unknown to us may be printed, because the column of this
    public list holds codes only; never true where a person may have written freely.
    """

    name: str
    per_incident: bool = True
    required: bool = True
    show_values: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A column whose presence says that something is linked to the incident (an arrest)."""

    name: str
    column: str
    label: Wording


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the list can and cannot see, kept beside every number made from it.

    `declared` holds facts about coverage that the file itself cannot show (for
    example agencies that report to the whole programme), as "key: text" pairs.
    """

    text: Wording
    year_column: str | None
    reporter_column: str | None
    reporter_label: Wording | None
    declared: Mapping[str, str]
    no_trend: bool


@dataclass(frozen=True, slots=True)
class CrossTable:
    """An official table, row label × category, that the list may be put beside."""

    unit: Unit
    header_starts_with: str
    total_label: str
    row_column: str
    category_column: str
    year_column: str
    aliases: Mapping[str, str]
    explanation: Wording


@dataclass(frozen=True, slots=True)
class DateOrder:
    """A month that should not come after a day; how often it does is said, and nothing changed."""

    year_column: str
    month_column: str
    date_column: str
    date_form: DateForm
    means: Wording


@dataclass(frozen=True, slots=True)
class OurColumns:
    """Every field stands in a column of its own name, already in our codes."""


@dataclass(frozen=True, slots=True)
class RecordsLayout:
    """A list with one line per record."""

    row_unit: Unit
    row_means: Wording
    incident_unit: Unit
    incident_label: Wording
    id_column: str
    id_shape: IdShape
    row_key: tuple[str, ...]
    links: tuple[Link, ...]
    columns: tuple[Column, ...]
    disagreement: Disagreement
    disagreement_means: Wording
    mapped: tuple[Mapped, ...] | OurColumns
    cross_table: CrossTable | None
    date_order: DateOrder | None

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)


@dataclass(frozen=True, slots=True)
class YearlyLayout:
    """A series of yearly counts by type, and the series it should sum to."""

    unit: Unit
    year_column: str
    part_columns: tuple[str, ...]
    beside_year_column: str
    beside_whole_column: str
    beside_other_columns: tuple[str, ...]
    not_more_than_whole: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything known about one list. `text` is the profile as it was read, `digest` its hash."""

    name: str
    version: str
    title: Wording
    holder: str
    licence: str
    source: str
    file: FileForm
    layout: RecordsLayout | YearlyLayout
    coverage: Coverage
    traps: tuple[Wording, ...]
    cannot_express: tuple[Wording, ...]
    digest: str
    text: str

    def columns_read(self) -> set[str]:
        """Return the columns that some rule of a list of records reads."""
        layout = self.layout
        if isinstance(layout, YearlyLayout):
            return {layout.year_column, *layout.part_columns}
        if isinstance(layout.mapped, OurColumns):
            return {column.name for column in layout.columns}
        named: list[str | None] = [layout.id_column, *layout.row_key]
        named += [link.column for link in layout.links]
        named += [id_part.column for id_part in layout.id_shape.parts]
        named += [self.coverage.year_column, self.coverage.reporter_column]
        if layout.cross_table is not None:
            table = layout.cross_table
            named += [table.row_column, table.category_column, table.year_column]
        if layout.date_order is not None:
            order = layout.date_order
            named += [order.year_column, order.month_column, order.date_column]
        named += [name for mapping in layout.mapped for name in mapping.columns()]
        return {name for name in named if name is not None}
