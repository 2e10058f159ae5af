"""Threat: insider-with-one-incident: somebody knows of one incident for certain (did it,
suffered it, heard of it) and subtracts it; what remains still pins no other small cell down.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings

from safelight.release.counts import ReleaseError
from safelight.release.disclosure import DisclosureRule, Protected, protect
from tests.release.slow_attacker import all_tables
from tests.release.tables import Matrix, matrices, system_of

RULE = DisclosureRule(threshold=3, width=2)


def _pinned(matrix: Matrix) -> Iterator[tuple[int, int]]:
    """(cell of the insider's incident, cell that becomes known) over all small tables."""
    system = system_of(matrix)
    outcome = protect(system, RULE)
    if not isinstance(outcome, Protected) or not 0 < len(outcome.hidden) <= 9:
        return
    tables = list(all_tables(system, outcome.hidden))
    for own in outcome.hidden:
        if system.counts[own] == 0:
            continue  # nobody has an incident there
        possible = [table for table in tables if table[own] >= 1]
        for other in outcome.hidden:
            counts = {table[other] for table in possible}
            if other != own and len(counts) == 1 and counts < set(range(RULE.threshold)):
                yield own, other


@settings(max_examples=40)
@given(matrices(rows=(2, 3), columns=(2, 3), largest=8))
def test_one_known_incident_pins_no_other_small_cell(matrix: Matrix) -> None:
    assert list(_pinned(matrix)) == []


def test_a_threshold_of_two_would_not_hold_and_cannot_be_chosen() -> None:
    # Two cells with one incident each and a published total of two: each of the two
    # knows of one, and so of the other.
    assert list(_pinned([[1, 1], [20, 20]])) == []
    with pytest.raises(ReleaseError, match="must be 3 or more"):
        DisclosureRule(threshold=2, width=1)
