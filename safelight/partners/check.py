"""Checking a list from outside: read it once, gather rows into incidents, code them, judge.

    examine(path, profile) → Examined(check, incidents)

The same pass gives the report and what an import would write, and hashes the bytes it
read: what a person agrees to is what gets imported, even if the file changes meanwhile.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from safelight.partners.coding import Coder, Values
from safelight.partners.dates import read_date, read_month
from safelight.partners.findings import (
    Admissible,
    Counts,
    LinkCount,
    ListCheck,
    Refusal,
    Unmapped,
    WithoutRow,
    Year,
)
from safelight.partners.identifiers import Damage, IdInspector
from safelight.partners.list_file import ListFile, Progress
from safelight.partners.our_rows import why_no_row
from safelight.partners.own_rows import OwnRows
from safelight.partners.problems import ProfileError
from safelight.partners.profile import OurColumns, Profile, RecordsLayout, Unit
from safelight.partners.units import Count, Gathering, Incident
from safelight.vocabulary.schema import vocabulary

_MOST_LISTED = 100


@dataclass(frozen=True, slots=True)
class Decided:
    """One incident as the list has it: the decided cells, in the order of `columns`."""

    first_row: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Examined:
    """A check, what an import would take in, and the decided cells for tables beside it."""

    check: ListCheck
    incidents: tuple[Admissible, ...]
    columns: tuple[str, ...]
    decided: tuple[Decided, ...]


def check_list(path: Path, profile: Profile, *, on_progress: Progress | None = None) -> ListCheck:
    """Return what is to be said about a file, or raise `ListFileError` where it cannot be read."""
    return examine(path, profile, on_progress=on_progress).check


def examine(path: Path, profile: Profile, *, on_progress: Progress | None = None) -> Examined:
    """Check a file and keep what an import needs. Raises `ListFileError`, `ProfileError`."""
    if not isinstance(profile.layout, RecordsLayout):
        raise ProfileError(
            f"{profile.name} is a yearly series, not a list of records; "
            "check it with --beside and the series of totals"
        )
    return _Examination(path, profile, profile.layout).run(on_progress)


class _Examination:
    """One pass over one file."""

    def __init__(self, path: Path, profile: Profile, layout: RecordsLayout) -> None:
        self._profile = profile
        self._layout = layout
        self._file = ListFile(
            path,
            profile.file,
            required=[column.name for column in layout.columns if column.required],
            optional=[column.name for column in layout.columns if not column.required],
        )
        self._coder = Coder(() if isinstance(layout.mapped, OurColumns) else layout.mapped, layout)
        self._own = OwnRows() if isinstance(layout.mapped, OurColumns) else None
        self._inspector = IdInspector(layout.id_shape)
        self._refusals: list[Refusal] = []
        self._reasons: Counter[str] = Counter()

    def run(self, on_progress: Progress | None) -> Examined:
        layout = self._layout
        rows = self._file.rows(on_progress)
        first = next(rows, None)
        columns = self._file.columns
        one_row_each = layout.row_unit is layout.incident_unit
        # Where an incident has one row, nothing can contradict: only what is read is held.
        wanted = self._profile.columns_read() if one_row_each else set(columns)
        held = tuple(
            name
            for name in columns
            if name in wanted and layout.column(name).per_incident and name != layout.id_column
        )
        self._held = held
        self._gathering = Gathering(
            held,
            links=len(layout.links),
            one_row_each=one_row_each,
        )
        while first is not None:
            row, cells = first
            if cells is None:
                self._refuse(row, "ragged", None, "more or fewer cells than the header")
            else:
                self._take(row, dict(zip(columns, cells, strict=True)))
            first = next(rows, None)
        return self._examined()

    def _refuse(self, row: int, reason: str, column: str | None, message: str) -> None:
        self._reasons[reason] += 1
        if len(self._refusals) < _MOST_LISTED:
            self._refusals.append(Refusal(row, reason, column, message))

    def _take(self, row: int, cells: Mapping[str, str]) -> None:
        layout = self._layout
        incident_id = cells[layout.id_column]
        shape = layout.id_shape
        if not incident_id:
            self._refuse(row, "id-missing", layout.id_column, "no id, so no incident it belongs to")
            return
        fits = shape.pattern.fullmatch(incident_id) is not None
        damaged = self._inspector.see_row(incident_id) is not None
        if not fits and not damaged:
            self._refuse(row, "id-shape", layout.id_column, f"the id is not {shape.means}")
            return
        if not fits and self._own is not None:
            # A row of ours cannot have such an id; that the ids were damaged matters more.
            self._inspector.see(row, incident_id)
            self._refuse(row, "id-damaged", layout.id_column, "the id was changed")
            return
        unreadable = self._coder.code_row(row, cells)
        if unreadable is not None:
            self._refuse(
                row, "unreadable", unreadable, "the cell is not the date or number it should be"
            )
            return
        if self._own is not None:
            problem = self._own.problem(row, cells)
            if problem is not None:
                self._refuse(row, "not-in-our-codes", None, problem)
                return
        new = self._gathering.add(
            row,
            incident_id,
            tuple(cells[name] for name in layout.row_key),
            tuple(cells[name] for name in self._held),
            tuple(cells[link.column] for link in layout.links),
        )
        if new:
            self._inspector.see(row, incident_id)
            self._compare_id_with_row(row, incident_id, cells)

    def _compare_id_with_row(self, row: int, incident_id: str, cells: Mapping[str, str]) -> None:
        for part in self._layout.id_shape.parts:
            said = incident_id[part.first - 1 : part.last]
            stands = cells[part.column]
            same = (
                int(said) == int(stands)
                if said.isascii() and said.isdigit() and stands.isascii() and stands.isdigit()
                else said == stands
            )
            if not same:
                self._inspector.report(row, Damage.CONTRADICTS_ROW)
                return

    # -- after the last row --------------------------------------------------------------

    def _examined(self) -> Examined:
        incidents: list[Admissible] = []
        decided: list[Decided] = []
        tally = _Tally(self._layout, self._profile, self._held)
        for incident_id, incident in self._gathering:
            cells = incident.decided()
            named = dict(zip(self._held, cells, strict=True))
            variants = (
                [dict(zip(self._held, variant, strict=True)) for variant in incident.variants()]
                if incident.others is not None
                else [named]
            )
            if self._own is not None:
                values: Values = self._own.values(named)
                no_row = None
            else:
                values, unmapped = self._coder.code_incident(named, variants)
                no_row = tally.why_no_row(values)
                tally.unmapped.update(unmapped)
            admissible = Admissible(
                first_row=incident.first_row,
                values=values,
                no_row=no_row[0] if no_row is not None else None,
                own_id=incident_id if self._own is not None else None,
                source_key=_source_key(self._profile.name, incident_id),
            )
            tally.see(incident, named, admissible, no_row)
            incidents.append(admissible)
            decided.append(Decided(incident.first_row, cells))
        return Examined(self._check(tally), tuple(incidents), self._held, tuple(decided))

    def _check(self, tally: _Tally) -> ListCheck:
        facts = self._file.facts()
        damage = self._inspector.findings()
        contradictions = self._gathering.contradictions(may_show=self._coder.may_show)
        unknown = self._coder.unknown_codes()
        refused_rows = sum(self._reasons.values())
        problems = []
        if damage:
            problems.append("id-damage")
        if self._gathering.second_rows:
            problems.append("counting-unit")
        if len(self._gathering) == 0:
            problems.append("nothing-to-import")
        decisions = []
        if refused_rows:
            decisions.append("refused-rows")
        if unknown:
            decisions.append("unknown-codes")
        unit = self._layout.incident_unit
        return ListCheck(
            profile=self._profile,
            file=facts,
            counts=Counts(
                rows=Count(facts.rows, self._layout.row_unit),
                incidents=Count(len(self._gathering), unit),
                with_bias_ground=Count(tally.with_ground, unit),
                rows_with_bias_ground=Count(tally.rows_with_ground, self._layout.row_unit),
                refused_rows=refused_rows,
                repeated_rows=self._gathering.repeated_rows,
                blank_rows=facts.blank_rows,
            ),
            problems=tuple(problems),
            decisions=tuple(decisions),
            damage=damage,
            # Where ids were damaged, rows of different incidents now share one.
            colliding_incidents=len({found.rows for found in contradictions}) if damage else 0,
            unit_violations=self._gathering.second_rows,
            unit_violation_rows=tuple(self._gathering.second_first),
            refusals=tuple(self._refusals),
            refusals_by_reason=dict(self._reasons),
            unknown_codes=unknown,
            unknown_total=self._coder.unknown_total(),
            unmapped=tuple(
                Unmapped(name, value, self._coder.because(name, value), count)
                for (name, value), count in sorted(
                    tally.unmapped.items(), key=lambda item: (item[0][0], -item[1], item[0][1])
                )
            ),
            without_row=tally.without_row(),
            contradictions=contradictions[:_MOST_LISTED],
            contradictions_total=len(contradictions),
            repeated_first_rows=tuple(self._gathering.repeated_first),
            links=tuple(
                LinkCount(
                    link.name,
                    tally.linked[place],
                    tally.linked_with_ground[place],
                    len(self._gathering.distinct_links[place]),
                )
                for place, link in enumerate(self._layout.links)
            ),
            years=tally.years(),
            first_year_of_ground=dict(sorted(tally.first_year_of_ground.items())),
            dates_out_of_order=tally.out_of_order,
            ids_contradicting=self._inspector.contradicting(),
        )


class _Tally:
    """Counts over incidents, never over rows."""

    def __init__(self, layout: RecordsLayout, profile: Profile, held: Sequence[str]) -> None:
        self._layout = layout
        coverage = profile.coverage
        self._year = coverage.year_column if coverage.year_column in held else None
        self._reporter = coverage.reporter_column if coverage.reporter_column in held else None
        self._periods = {field.name for field in vocabulary().fields if field.kind == "period"}
        self._why_no_row: dict[tuple[tuple[str, ...], ...], tuple[str, str] | None] = {}
        self._without: dict[tuple[str, str], list[int]] = {}
        self._without_ground: Counter[tuple[str, str]] = Counter()
        self._by_year: dict[str, list[int]] = {}
        self._reporters: dict[str, set[str]] = {}
        self.unmapped: Counter[tuple[str, str]] = Counter()
        self.with_ground = self.rows_with_ground = self.out_of_order = 0
        self.linked = [0] * len(layout.links)
        self.linked_with_ground = [0] * len(layout.links)
        self.first_year_of_ground: dict[str, str] = {}

    def why_no_row(self, values: Values) -> tuple[str, str] | None:
        # Periods are made by us and well-formed; without them few codings are different.
        key = tuple(codes for name, codes in values.items() if name not in self._periods)
        if key not in self._why_no_row:
            self._why_no_row[key] = why_no_row(values)
        return self._why_no_row[key]

    def see(
        self,
        incident: Incident,
        cells: Mapping[str, str],
        admissible: Admissible,
        no_row: tuple[str, str] | None,
    ) -> None:
        ground = admissible.has_bias_ground
        if ground:
            self.with_ground += 1
            self.rows_with_ground += incident.rows
        for place in range(len(self.linked)):
            if incident.linked >> place & 1:
                self.linked[place] += 1
                self.linked_with_ground[place] += ground
        if no_row is not None:
            self._without.setdefault(no_row, []).append(incident.first_row)
            self._without_ground[no_row] += ground
        if self._year is not None:
            self._see_year(cells, admissible, ground=ground)
        self._see_dates(cells)

    def _see_year(self, cells: Mapping[str, str], admissible: Admissible, *, ground: bool) -> None:
        read = read_month(cells[self._year or ""], None)
        year = str(read[0]) if read is not None else "?"
        counts = self._by_year.setdefault(year, [0, 0])
        counts[0] += 1
        counts[1] += ground
        if self._reporter is not None:
            self._reporters.setdefault(year, set()).add(cells[self._reporter])
        for code in admissible.values.get("bias_ground", ()):
            if code not in self.first_year_of_ground or year < self.first_year_of_ground[code]:
                self.first_year_of_ground[code] = year

    def _see_dates(self, cells: Mapping[str, str]) -> None:
        order = self._layout.date_order
        if order is None:
            return
        month = read_month(cells[order.year_column], cells[order.month_column])
        day = read_date(cells[order.date_column], order.date_form)
        if month is not None and month[1] is not None and day is not None:
            self.out_of_order += (month[0], month[1]) > (day.year, day.month)

    def years(self) -> tuple[Year, ...]:
        return tuple(
            Year(
                year,
                counts[0],
                counts[1],
                len(self._reporters[year]) if year in self._reporters else None,
            )
            for year, counts in sorted(self._by_year.items())
        )

    def without_row(self) -> tuple[WithoutRow, ...]:
        return tuple(
            WithoutRow(key[0], key[1], len(rows), self._without_ground[key], tuple(rows[:5]))
            for key, rows in sorted(self._without.items(), key=lambda item: -len(item[1]))
        )


def _source_key(profile_name: str, incident_id: str) -> str:
    """Return what tells the same incident again in a later file of the same list.

    A hash of a short public id is no secret; it only keeps the source's numbers out of our
    tables, so that a row of ours does not point at a record of theirs at a glance.
    """
    return hashlib.sha256(f"safelight list v1\n{profile_name}\n{incident_id}".encode()).hexdigest()


__all__ = ["Decided", "Examined", "Unit", "check_list", "examine"]
