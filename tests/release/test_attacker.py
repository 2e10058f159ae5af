"""The attacker's linear programs against every table there is."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from safelight.release.attacker import Interval, feasible_intervals, sums_matrix
from safelight.release.counts import CountSystem, ReleaseError, Sum, cell, joined
from tests.release.slow_attacker import every_interval
from tests.release.tables import matrices, system_of


@settings(max_examples=60)
@given(st.data())
def test_intervals_are_those_of_all_whole_number_tables(data: st.DataObject) -> None:
    matrix = data.draw(matrices(rows=(1, 3), columns=(1, 3), largest=6))
    system = system_of(matrix)
    total = system.index(())
    others = [index for index in range(len(system.cells)) if index != total]
    hidden = data.draw(st.sets(st.sampled_from(others), max_size=6))
    assert feasible_intervals(system, hidden) == every_interval(system, hidden)


def test_two_tables_that_share_a_margin_are_attacked_together() -> None:
    by_act = {("a", "x"): 1, ("a", "y"): 9, ("b", "x"): 8, ("b", "y"): 8}
    by_place = {("p", "x"): 4, ("p", "y"): 7, ("q", "x"): 5, ("q", "y"): 10}
    both = joined(
        [("act", "year", by_act, frozenset()), ("place", "year", by_place, frozenset())], []
    )
    hidden = [both.index(cell(year="x")), both.index(cell(year="y"))]
    assert feasible_intervals(both, hidden) == {
        hidden[0]: Interval(9, 9),
        hidden[1]: Interval(17, 17),
    }


def test_whole_numbers_bound_more_tightly_than_fractions_do() -> None:
    # x+y+w = y+z+w = z+x+w = 1: with halves (.5, .5, .5) w could be 0; incidents are whole.
    system = CountSystem(
        cells=tuple(cell(n=name) for name in ("x", "y", "z", "w", "xyw", "yzw", "zxw")),
        counts=(0, 0, 0, 1, 1, 1, 1),
        sums=(Sum((0, 1, 3), 4), Sum((1, 2, 3), 5), Sum((2, 0, 3), 6)),
    )
    hidden = [0, 1, 2, 3]
    ties = sums_matrix(system)[:, hidden].toarray()
    assert linprog([0, 0, 0, 1], A_eq=ties, b_eq=[1, 1, 1]).fun == pytest.approx(0)
    assert feasible_intervals(system, hidden)[3] == Interval(1, 1)
    assert feasible_intervals(system, hidden) == every_interval(system, hidden)


def test_a_hidden_total_leaves_hidden_cells_without_an_upper_bound() -> None:
    system = system_of([[1, 2], [3, 4]])
    hidden = range(len(system.cells))
    assert all(
        interval == Interval(0, None) for interval in feasible_intervals(system, hidden).values()
    )


def test_nothing_hidden_leaves_nothing_to_find() -> None:
    assert feasible_intervals(system_of([[7, 8], [9, 10]]), []) == {}


def test_an_impossible_cell_is_published_as_such() -> None:
    system = CountSystem(
        cells=(cell(n="never"), cell(n="some"), ()),
        counts=(0, 6, 6),
        sums=(Sum((0, 1), 2),),
        impossible=frozenset({0}),
    )
    with pytest.raises(ReleaseError, match="cannot be hidden"):
        feasible_intervals(system, [0, 1])
    with pytest.raises(ReleaseError, match="declared impossible"):
        CountSystem(system.cells, (1, 5, 6), system.sums, system.impossible)


def test_tables_in_a_ring_are_refused() -> None:
    def table(
        first: str, second: str
    ) -> tuple[str, str, dict[tuple[str, str], int], frozenset[tuple[str, str]]]:
        return (
            first,
            second,
            {("0", "0"): 6, ("1", "1"): 6, ("0", "1"): 6, ("1", "0"): 6},
            frozenset(),
        )

    assert len(joined([table("a", "b"), table("b", "c")], []).cells) == 15
    with pytest.raises(ReleaseError, match="ring of dimensions"):
        joined([table("a", "b"), table("b", "c"), table("c", "a")], [])


def test_tables_that_disagree_on_a_shared_total_are_refused() -> None:
    table = ("a", "b", {("0", "0"): 6, ("0", "1"): 6}, frozenset[tuple[str, str]]())
    with pytest.raises(ReleaseError, match="disagree on a shared total"):
        joined([table], [("verification", {"V0": 11})])
