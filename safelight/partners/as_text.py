"""The report a person reads: what was found, in the order in which it matters."""

from __future__ import annotations

from collections.abc import Sequence

from safelight.partners.beside import Beside
from safelight.partners.findings import ListCheck
from safelight.partners.profile import Profile, RecordsLayout
from safelight.partners.text_layout import (
    MOST_LINES,
    aligned,
    joined,
    known_facts,
    listed,
    more,
    number,
    signed,
    wrapped,
)


def check_as_text(check: ListCheck, beside: Beside | None) -> str:
    """Return the report of a list of records."""
    blocks = [
        _head(check),
        _counts(check),
        _damage(check),
        _unit_violations(check),
        _refusals(check),
        _unknown(check),
        _contradictions(check),
        _without_row(check),
        _notes(check),
        _years(check) if not check.damage else (),
        _beside(beside) if beside is not None else (),
        known_facts(check.profile),
        _verdict(check),
    ]
    return joined(blocks)


def profiles_as_text(profiles: Sequence[Profile]) -> str:
    """Return the lists that are known, one block each."""
    blocks = []
    for profile in profiles:
        layout = profile.layout
        lines = [f"{profile.name} (version {profile.version}): {profile.title.en}"]
        if isinstance(layout, RecordsLayout):
            lines += wrapped(f"a row is {layout.row_means.en}", indent="  ")
            lines.append(f"  counted: {layout.incident_unit.value} (by {layout.id_column})")
        else:
            lines.append(f"  a yearly series of {layout.unit.value}s; check it with --beside")
        lines += wrapped(f"source: {profile.source}", indent="  ")
        lines += wrapped(f"licence: {profile.licence}", indent="  ")
        blocks.append(lines)
    return joined(blocks)


def _head(check: ListCheck) -> list[str]:
    facts = check.file
    return [
        f"{check.profile.title.en} — profile {check.profile.name}, version {check.profile.version}",
        f"File: {facts.size:,} bytes, sha256 {facts.sha256}",
    ]


def _counts(check: ListCheck) -> list[str]:
    layout = check.profile.layout
    counts = check.counts
    means = layout.row_means.en if isinstance(layout, RecordsLayout) else ""
    pairs = [(f"{counts.rows.number:,}", "rows in the file")]
    if check.damage:
        # The ids decide what one incident is, so any number of incidents would be a wrong one.
        pairs.append(("?", f"{counts.incidents.unit.value}s: cannot be counted with these ids"))
    else:
        pairs += [
            (f"{counts.incidents.number:,}", f"{counts.incidents.unit.value}s"),
            (
                f"{counts.with_bias_ground.number:,}",
                f"of them with an LGBT bias ({counts.rows_with_bias_ground.number:,} rows)",
            ),
        ]
    for link in () if check.damage else check.links:
        pairs.append(
            (
                f"{link.incidents:,}",
                f"of them with {link.name} linked; of those with an LGBT bias "
                f"{link.with_bias_ground:,} ({link.distinct:,} different {link.name}s in the file)",
            )
        )
    if counts.repeated_rows and not check.damage:
        pairs.append((f"{counts.repeated_rows:,}", "rows that repeat another, left out"))
    if counts.blank_rows:
        pairs.append((f"{counts.blank_rows:,}", "blank rows, left out"))
    width = max(len(number) for number, _ in pairs)
    lines = [f"  {number:>{width}}  {what}" for number, what in pairs]
    unit = counts.rows.unit.value
    if counts.rows.unit is not counts.incidents.unit:
        warning = (
            f"A row is not an incident. A row is {means}. Rows are never counted as incidents."
        )
    else:
        warning = f"A row is {means}."
    return [*wrapped(f"Unit of a row: {unit}. {warning}"), *lines]


def _damage(check: ListCheck) -> list[str]:
    if not check.damage:
        return []
    lines = ["THE IDS OF THIS FILE WERE CHANGED, most likely by a spreadsheet:"]
    for found in check.damage:
        where = f" in {found.rows:,} rows" if found.rows is not None else ""
        lines += wrapped(
            f"{found.ids:,} different ids{where} {found.explanation}; first in rows "
            f"{listed(found.first_rows)}",
            bullet="  • ",
        )
    if check.colliding_incidents:
        lines += wrapped(
            f"{check.colliding_incidents:,} ids now stand for rows that cannot be one incident, so "
            "different incidents have become one.",
            bullet="  • ",
        )
    lines += wrapped(
        "Nothing can repair this copy, because the digits are gone. Take the file again from its "
        "source and do not open it in a spreadsheet; or export it with the id column as text."
    )
    return lines


def _unit_violations(check: ListCheck) -> list[str]:
    if not check.unit_violations:
        return []
    return wrapped(
        "ROWS ARE NOT INCIDENTS HERE: the profile says that each "
        f"{check.counts.incidents.unit.value} stands in one row, but "
        f"{check.unit_violations:,} rows repeat an id (first in rows "
        f"{listed(check.unit_violation_rows[:5])}). Say in the profile what a row is."
    )


def _refusals(check: ListCheck) -> list[str]:
    if not check.refusals:
        return []
    lines = [f"{check.counts.refused_rows:,} rows were refused:"]
    for refusal in check.refusals[:MOST_LINES]:
        where = f"row {refusal.row}" + (f", {refusal.column}" if refusal.column else "")
        lines += wrapped(f"{where}: {refusal.message}", bullet="  • ")
    lines += more(check.counts.refused_rows, "rows; all reasons with --json")
    return lines


def _unknown(check: ListCheck) -> list[str]:
    if not check.unknown_codes:
        return []
    lines = [f"{check.unknown_total:,} rows hold codes that the profile does not know:"]
    for code in check.unknown_codes[:MOST_LINES]:
        what = code.value if code.value is not None else f"(not shown, {code.length} characters)"
        lines += wrapped(
            f"{code.column}: {what}, {code.rows:,} rows, first in rows {listed(code.first_rows)}",
            bullet="  • ",
        )
    lines += more(len(check.unknown_codes), "values; see --json")
    lines += wrapped(
        "They count as no code. Add them to the profile, or import with --unknown-codes-as-none."
    )
    return lines


def _contradictions(check: ListCheck) -> list[str]:
    if not check.contradictions_total or check.damage:
        return []
    layout = check.profile.layout
    rule = layout.disagreement_means.en if isinstance(layout, RecordsLayout) else ""
    lines = [f"Rows of one incident contradict each other ({check.contradictions_total:,} times):"]
    for found in check.contradictions[:MOST_LINES]:
        chosen = f"; decided: {found.decided}" if found.decided is not None else ""
        lines += wrapped(
            f"rows {listed(found.rows)}: {found.different_values} values in {found.column}{chosen}",
            bullet="  • ",
        )
    lines += more(check.contradictions_total, "contradictions; see --json")
    return [*lines, *wrapped(f"Rule: {rule}.")]


def _without_row(check: ListCheck) -> list[str]:
    return [
        line
        for found in (() if check.damage else check.without_row)
        for line in wrapped(
            f"{found.incidents:,} incidents ({found.with_bias_ground:,} with an LGBT bias) are "
            f"counted but get no row of ours: {found.message}; first in rows "
            f"{listed(found.first_rows)}."
        )
    ]


def _notes(check: ListCheck) -> list[str]:
    facts = check.file
    lines = []
    if facts.formula_cells:
        lines += wrapped(
            f"{facts.formula_cells:,} cells begin like a spreadsheet formula (first in rows "
            f"{listed(facts.formula_first_rows)}). Nothing is run or kept here; do not open the "
            "file in a spreadsheet."
        )
    if facts.unread_columns:
        lines += wrapped(
            f"{facts.unread_columns} columns are not in the profile and were not read."
        )
    if check.ids_contradicting and not check.damage:
        lines += wrapped(f"{check.ids_contradicting:,} ids disagree with their own row.")
    layout = check.profile.layout
    if check.damage or not isinstance(layout, RecordsLayout) or layout.date_order is None:
        return lines
    if check.dates_out_of_order:
        lines += wrapped(
            f"{check.dates_out_of_order:,} incidents: {layout.date_order.means.en}. "
            "Both are left as they are."
        )
    return lines


def _years(check: ListCheck) -> list[str]:
    if not check.years:
        return []
    label = check.profile.coverage.reporter_label
    header = ["year", "incidents", "with LGBT bias"]
    with_reporters = label is not None and check.years[0].reporters is not None
    if with_reporters and label is not None:
        header.append(f"{label.en} in this file")
    rows = [
        (
            year.year,
            f"{year.incidents:,}",
            f"{year.with_bias_ground:,}",
            *((number(year.reporters),) if with_reporters else ()),
        )
        for year in check.years
    ]
    lines = aligned(tuple(header), rows)
    first = check.years[0].year
    later = [
        f"{code} from {year}" for code, year in check.first_year_of_ground.items() if year > first
    ]
    if later:
        lines += wrapped(f"Grounds that begin later than the list: {', '.join(later)}.")
    if check.profile.coverage.no_trend:
        lines.append("NO TREND WITHOUT COVERAGE: these numbers follow who reports.")
    return lines


def _beside(beside: Beside) -> list[str]:
    lines = [f"Beside the official table of {beside.year}:"]
    rows = [
        (
            line.category,
            f"{line.ours.number:,}",
            f"{line.official.number:,}",
            signed(line.difference) if line.difference else "",
        )
        for line in beside.lines
    ]
    rows.append(("total", f"{beside.ours_total.number:,}", f"{beside.official_total.number:,}", ""))
    lines += aligned(("category", "list", "table", "difference"), rows, left=1)
    lines.append(f"{beside.equal} of {len(beside.lines)} categories are equal.")
    if beside.cells:
        lines.append("Cells that differ:")
        for cell in beside.cells:
            lines += wrapped(
                f"{cell.label}, {cell.category}: list {cell.ours}, table {cell.official}"
                + (f"; rows {listed(cell.rows)}" if cell.rows else "; no row in the list"),
                bullet="  • ",
            )
        lines += wrapped(f"Why they may differ: {beside.explanation.en}")
    lines.append("What can be said:")
    for sentence in beside.can_be_said():
        lines += wrapped(sentence, bullet="  • ")
    if beside.cells:
        lines.append("What cannot be said:")
        for sentence in beside.cannot_be_said():
            lines += wrapped(sentence, bullet="  • ")
    if beside.wrong_totals:
        lines.append(f"{beside.wrong_totals} totals written in the table contradict its own cells.")
    nonzero, below_five, ones = beside.small_cells
    lines += wrapped(
        f"The table itself shows {nonzero} cells that are not zero; {below_five} are below five "
        f"and {ones} are one. A table of ours would not show them."
    )
    return lines


def _verdict(check: ListCheck) -> list[str]:
    if check.verdict == "refused":
        return [f"REFUSED: {', '.join(check.problems)}. Nothing of it can be imported."]
    if check.verdict == "needs-decision":
        return [f"A PERSON HAS TO DECIDE: {', '.join(check.decisions)}."]
    return [f"READY to import as {check.counts.incidents.number:,} incidents."]
