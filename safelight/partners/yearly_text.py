"""The report of a yearly series, for a person."""

from __future__ import annotations

from safelight.partners.text_layout import (
    aligned,
    joined,
    known_facts,
    number,
    plain,
    signed,
    wrapped,
)
from safelight.partners.yearly import YearlyCheck


def yearly_as_text(check: YearlyCheck) -> str:
    """Return the report of a yearly series."""
    unit = check.sum_of_parts.unit.value
    head = [
        f"{check.profile.title.en} — profile {check.profile.name}, version {check.profile.version}",
        f"Unit: {unit}. Parts: {', '.join(check.part_names)}.",
    ]
    if check.sum_of_whole is None:
        rows = [(line.year, number(line.sum_of_parts)) for line in check.lines]
        lines = aligned(("year", "sum of parts"), rows)
        verdict = ["Give the series of totals with --beside to compare the two."]
    else:
        rows3 = [
            (
                line.year,
                number(line.sum_of_parts),
                number(line.whole),
                signed(line.missing_from_parts),
            )
            for line in check.lines
        ]
        lines = aligned(("year", "sum of parts", "total", "total − parts"), rows3)
        lines.append(
            f"The parts sum to {check.sum_of_parts.number:,}, the totals to "
            f"{check.sum_of_whole.number:,}."
        )
        verdict = _yearly_verdict(check)
    others = [
        f"{name}: {total:,} in all years"
        for name, total in zip(check.other_names, check.sums_of_others, strict=True)
    ]
    return joined([head, lines, others, verdict, known_facts(check.profile)])


def _yearly_verdict(check: YearlyCheck) -> list[str]:
    lines = []
    if check.disagreeing:
        named = ", ".join(
            f"{line.year} ({plain(line.missing_from_parts)})" for line in check.disagreeing
        )
        lines.append(f"INCONSISTENT: {len(check.disagreeing)} years disagree: {named}.")
        lines += wrapped(
            "A positive number is missing from the parts, a negative one is too much in them. "
            "Use one of the series, say which, and do not mix them."
        )
    if check.years_in_one_only:
        lines.append(f"Only in one of the series: {', '.join(check.years_in_one_only)}.")
    if check.years_out_of_bounds:
        lines.append(f"Parts larger than their whole: {', '.join(check.years_out_of_bounds)}.")
    return lines or ["CONSISTENT: every year of the parts sums to its total."]
