"""What stays hidden, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from safelight.release.attacker import Interval
from safelight.release.counts import ReleaseError, cell, one_way, two_way
from safelight.release.disclosure import (
    DisclosureRule,
    NotReleasable,
    Protected,
    Refusal,
    Why,
    findings,
    protect,
    small_cells,
)
from tests.release.tables import RULE, Matrix, matrices, system_of


@settings(max_examples=60)
@given(matrices(rows=(1, 6), columns=(1, 5), largest=60))
def test_a_table_is_refused_or_passes_the_attack(matrix: Matrix) -> None:
    system = system_of(matrix)
    outcome = protect(system, RULE)
    if isinstance(outcome, Protected):
        assert findings(system, outcome.hidden, RULE) == {}
        assert small_cells(system, RULE) <= set(outcome.hidden)
        assert system.index(()) not in outcome.hidden
    else:
        # With a total of k or more there is always a way: any other cell can hold the rest.
        assert outcome.why is Refusal.TOO_FEW_IN_ALL


def test_a_table_without_small_cells_is_published_whole() -> None:
    outcome = protect(system_of([[5, 9], [8, 70]]), RULE)
    assert isinstance(outcome, Protected)
    assert outcome.hidden == {}


def test_the_threshold_itself_is_published_and_one_less_is_not() -> None:
    rule = DisclosureRule(threshold=5, width=4)
    at, below = system_of([[5, 20], [20, 20]]), system_of([[4, 20], [20, 20]])
    assert small_cells(at, rule) == frozenset()
    assert small_cells(below, rule) == {below.index(cell(r="r0", c="c0"))}


def test_one_small_cell_takes_a_rectangle_with_it() -> None:
    system = system_of([[2, 20, 30], [20, 25, 30], [31, 32, 33]])
    outcome = protect(system, RULE)
    assert isinstance(outcome, Protected)
    hidden = {system.cells[index]: why for index, why in outcome.hidden.items()}
    assert hidden.pop(cell(r="r0", c="c0")) is Why.SMALL
    assert set(hidden.values()) == {Why.FOR_ANOTHER}
    assert len(hidden) == 3


def test_a_zero_that_happened_is_hidden_like_any_small_count() -> None:
    system = system_of([[0, 20], [20, 20]])
    outcome = protect(system, RULE)
    assert isinstance(outcome, Protected)
    seen = outcome.intervals[system.index(cell(r="r0", c="c0"))]
    assert seen.includes(0, RULE.threshold - 1)


def test_an_empty_row_hides_its_margin_too() -> None:
    system = system_of([[0, 0], [20, 30], [22, 31]])
    outcome = protect(system, RULE)
    assert isinstance(outcome, Protected)
    assert outcome.hidden[system.index(cell(r="r0"))] is Why.SMALL


def test_a_row_with_one_filled_cell_does_not_say_that_all_were_the_same() -> None:
    # 20 beside a total of 20 would say: all of them, and none of the others.
    system = system_of([[20, 0, 0], [30, 31, 32], [33, 34, 35]])
    outcome = protect(system, RULE)
    assert isinstance(outcome, Protected)
    row = {system.cells[index] for index in outcome.hidden}
    assert cell(r="r0", c="c0") in row or cell(r="r0") in row


@pytest.mark.parametrize(
    ("matrix", "why"),
    [([[3]], Refusal.TOO_FEW_IN_ALL), ([[1, 1], [1, 1]], Refusal.TOO_FEW_IN_ALL)],
)
def test_too_few_in_all_is_refused_with_its_reason(matrix: Matrix, why: Refusal) -> None:
    outcome = protect(system_of(matrix), RULE)
    assert isinstance(outcome, NotReleasable)
    assert outcome.why is why
    assert "fewer than 5 incidents in all" in outcome.reason


def test_a_single_small_cell_of_one_column_takes_its_only_neighbour_along() -> None:
    outcome = protect(one_way("level", {"a": 30, "b": 2}), RULE)
    assert isinstance(outcome, Protected)
    assert len(outcome.hidden) == 2  # only the total, 32, is left


def test_a_small_cell_that_nothing_can_hide_is_refused_with_its_reason() -> None:
    # Nothing can happen in row b, so everybody knows that its total is 0.
    counts = {("a", "x"): 20, ("a", "y"): 30, ("b", "x"): 0, ("b", "y"): 0}
    one = two_way("r", "c", counts, impossible=frozenset({("b", "x")}))
    assert isinstance(protect(one, RULE), Protected)
    both = two_way("r", "c", counts, impossible=frozenset({("b", "x"), ("b", "y")}))
    outcome = protect(both, RULE)
    assert isinstance(outcome, NotReleasable)
    assert outcome.why is Refusal.NO_COVER
    assert "cannot be hidden" in outcome.reason


@pytest.mark.parametrize(
    ("threshold", "width", "message"),
    [(2, 1, "must be 3 or more"), (5, 0, "between 1 and 4"), (5, 5, "between 1 and 4")],
)
def test_a_rule_that_protects_nothing_is_refused(threshold: int, width: int, message: str) -> None:
    assert DisclosureRule(threshold=3, width=2)
    with pytest.raises(ReleaseError, match=message):
        DisclosureRule(threshold=threshold, width=width)


def test_a_rule_has_no_defaults() -> None:
    with pytest.raises(TypeError, match="threshold"):
        DisclosureRule(width=4)  # type: ignore[call-arg]


def test_the_verdict_is_the_same_for_every_table_an_attacker_thinks_possible() -> None:
    # A pattern that hides 6 beside 3, of 9 in all: the other way round fits as well.
    first, second = system_of([[3, 6], [6, 30]]), system_of([[6, 3], [3, 33]])
    hidden = [first.index(cell(r=f"r{i}", c=f"c{j}")) for i in (0, 1) for j in (0, 1)]
    assert findings(first, hidden, RULE) == findings(second, hidden, RULE)


def test_findings_name_a_small_cell_that_is_published_and_one_that_is_given_away() -> None:
    system = system_of([[2, 20], [20, 20]])
    small = system.index(cell(r="r0", c="c0"))
    assert findings(system, [], RULE) == {small: None}
    assert findings(system, [small], RULE) == {small: Interval(2, 2)}
