"""Threat: period-that-tells: a table that begins with the year of the oldest incident says that
this year has one; the period begins at a year from which no hidden count can be narrowed.
"""

from __future__ import annotations

import pytest

from tests.support.desk import TestDesk, a_report, codes, desk

__all__ = ["desk"]


def coded(desk: TestDesk, *periods: str) -> None:
    from safelight.casework.coding import code_case

    cases = desk.take_in(*[a_report() for _ in periods])
    for case_id, period in zip(cases, periods, strict=True):
        code_case(case_id, codes(occurred_period=period, region="77"))


@pytest.mark.parametrize("alone", ["2020", "2021"])
def test_the_year_of_a_lone_old_incident_is_not_told(desk: TestDesk, alone: str) -> None:
    from safelight.desk.numbers import draft_of_this_desk

    coded(desk, f"{alone}-H1", *["2025-H1", "2025-H2"] * 6)
    draft = draft_of_this_desk()
    assert draft.years[0] == 2020, "the same period, whichever of the two years it was"
    (own,) = draft.lists
    first = own.intervals[(("year", "2020"),)], own.intervals[(("year", "2021"),)]
    assert all(seen.includes(0, draft.rule.threshold - 1) for seen in first)
    assert own.tables[0].total == 13
