"""Threat: whole-number-attack: incidents are whole, so an attacker knows more than fractions
tell; every bound is the bound of whole-number tables, checked against all of them where they
can be counted.
"""

from __future__ import annotations

from hypothesis import given, settings

from safelight.release.attacker import feasible_intervals
from safelight.release.counts import CountSystem, Sum, cell
from safelight.release.disclosure import DisclosureRule, Protected, findings, protect
from tests.release.slow_attacker import all_tables
from tests.release.tables import Matrix, matrices, system_of

RULE = DisclosureRule(threshold=3, width=2)


@settings(max_examples=40)
@given(matrices(rows=(2, 3), columns=(2, 3), largest=8))
def test_every_small_count_is_left_possible_by_a_table_of_whole_numbers(matrix: Matrix) -> None:
    system = system_of(matrix)
    outcome = protect(system, RULE)
    if not isinstance(outcome, Protected) or not 0 < len(outcome.hidden) <= 9:
        return
    seen: dict[int, set[int]] = {index: set() for index in outcome.hidden}
    for table in all_tables(system, outcome.hidden):
        for index in outcome.hidden:
            seen[index].add(table[index])
    for counts in seen.values():
        # Either the cell may be any small count, and the attacker cannot say which,
        # or it cannot be small at all.
        assert set(range(RULE.threshold)) <= counts or min(counts) >= RULE.threshold


def test_halves_would_hide_what_whole_numbers_give_away() -> None:
    # x+y+w = y+z+w = z+x+w = 1. With halves w may be 0; with whole incidents it is 1.
    system = CountSystem(
        cells=tuple(cell(n=name) for name in ("x", "y", "z", "w", "xyw", "yzw", "zxw")),
        counts=(0, 0, 0, 1, 1, 1, 1),
        sums=(Sum((0, 1, 3), 4), Sum((1, 2, 3), 5), Sum((2, 0, 3), 6)),
    )
    assert feasible_intervals(system, range(4))[3].low == 1
    assert 3 in findings(system, range(4), RULE)
