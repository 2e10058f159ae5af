"""Threat: differencing-by-margins: a reader subtracts what is published from the totals, also
across tables that go out together; what is left bounds no small cell more tightly than the
rule does.
"""

from __future__ import annotations

from safelight.release.attacker import Interval, feasible_intervals
from safelight.release.counts import cell, joined
from safelight.release.disclosure import (
    DisclosureRule,
    Protected,
    findings,
    protect,
    small_cells,
)
from tests.release.tables import RULE, Matrix, system_of

TABLE: Matrix = ((41, 38, 52), (30, 2, 9), (17, 21, 30))


def _learned(matrix: Matrix, hidden: set[int], index: int) -> Interval:
    return feasible_intervals(system_of(matrix), hidden)[index]


def test_hiding_the_small_cell_alone_gives_it_away() -> None:
    system = system_of(TABLE)
    (small,) = small_cells(system, RULE)
    assert _learned(TABLE, {small}, small) == Interval(2, 2)
    outcome = protect(system, RULE)
    assert isinstance(outcome, Protected)
    assert _learned(TABLE, set(outcome.hidden), small).includes(0, RULE.threshold - 1)


def test_one_more_cell_in_the_same_row_is_not_enough() -> None:
    system = system_of(TABLE)
    (small,) = small_cells(system, RULE)
    neighbour = system.index(cell(r="r1", c="c2"))
    assert _learned(TABLE, {small, neighbour}, small) == Interval(2, 2)  # by the columns


def test_a_full_rectangle_can_still_be_too_tight() -> None:
    # Four hidden corners, but the partner holds 5: the small one ranges from 0 to 7 only
    # because 2 + 5 = 7. With a threshold of 9 the same rectangle gives too much away.
    matrix = ((2, 5, 50), (5, 40, 60), (70, 80, 90))
    system = system_of(matrix)
    corners = {system.index(cell(r=f"r{i}", c=f"c{j}")) for i in (0, 1) for j in (0, 1)}
    assert findings(system, corners, DisclosureRule(threshold=5, width=4)) == {}
    assert findings(system, corners, DisclosureRule(threshold=9, width=8)) != {}


def _shared(first: Matrix, second: Matrix) -> tuple[object, ...]:
    def table(name: str, matrix: Matrix) -> dict[tuple[str, str], int]:
        return {
            (f"{name}{i}", f"y{j}"): count
            for i, row in enumerate(matrix)
            for j, count in enumerate(row)
        }

    return table("a", first), table("p", second)


def test_a_total_hidden_in_one_table_is_not_published_by_the_other() -> None:
    by_act, by_place = _shared(((2, 30), (1, 40)), ((1, 35), (2, 35)))
    system = joined(
        [("act", "year", by_act, frozenset()), ("place", "year", by_place, frozenset())],  # type: ignore[list-item]
        [("verification", {"V0": 50, "V1": 23})],
    )
    outcome = protect(system, RULE)
    assert isinstance(outcome, Protected)
    year = system.index(cell(year="y0"))
    assert system.counts[year] == 3
    assert year in outcome.hidden  # one cell, whichever table it stands in
    assert findings(system, outcome.hidden, RULE) == {}


def test_the_verification_mix_gives_no_total_away() -> None:
    system = joined(
        [("act", "year", {("a", "y"): 9, ("b", "y"): 40}, frozenset())],
        [("verification", {"V0": 46, "V1": 3})],
    )
    outcome = protect(system, RULE)
    assert isinstance(outcome, Protected)
    assert {system.index(cell(verification=level)) for level in ("V0", "V1")} <= set(outcome.hidden)
