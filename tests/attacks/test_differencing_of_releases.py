"""Threat: differencing-of-releases: a reader keeps every release and subtracts one from another; a
case that came or was withdrawn in between would be all that is left. Exact releases that
differ by a few incidents are refused; with noise there is nothing to subtract.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np

from safelight.release.audit import Earlier, audit
from safelight.release.completeness import Finding
from safelight.release.draft import Draft, ListRelease
from tests.release.noisy import INCIDENT, choice, counted, proposed, published, with_budget
from tests.release.tables import USUAL, usual_draft, usual_list
from tests.support.desk import TestDesk, desk

__all__ = ["desk"]

LARGE = ((41, 38, 52), (30, 32, 39), (37, 21, 30), (26, 31, 44), (29, 27, 33), (22, 30, 40))


def _found(now: Draft, *before: Draft) -> set[Finding]:
    report = audit(now, earlier=Earlier(before, ()))
    return {problem.finding for problem in report.problems}


def _changed(act: int, year: int, by: int) -> ListRelease:
    counts = [list(row) for row in USUAL]
    counts[act][year] += by
    return usual_list(counts)


def _later(part: ListRelease) -> Draft:
    return replace(usual_draft(part), as_of=date(2025, 9, 1))


def test_one_withdrawn_case_is_refused() -> None:
    before = usual_draft()
    assert _found(_later(_changed(0, 0, -1)), before) == {Finding.CHANGE}
    assert _found(_later(usual_list()), before) == set()  # the same numbers again say nothing


def test_one_new_case_is_refused_and_many_in_every_table_are_not() -> None:
    before = usual_draft()
    assert Finding.CHANGE in _found(_later(_changed(2, 1, +1)), before)
    assert Finding.CHANGE in _found(_later(_changed(2, 1, +4)), before)
    # Twenty more in every cell that has any, all of them large: nothing new to hide.
    many = [[n + 20 for n in row] for row in LARGE]
    assert _found(_later(usual_list(many)), usual_draft(usual_list(LARGE))) == set()


def test_twenty_more_give_away_what_was_hidden_in_another_pattern() -> None:
    many = [[n + (20 if n > 8 else 0) for n in row] for row in USUAL]
    later, before = _later(usual_list(many)), usual_draft()
    assert set(later.lists[0].hidden) != set(before.lists[0].hidden)
    assert _found(later, before) == {Finding.CHANGE}


def test_every_earlier_release_is_subtracted_not_only_the_last() -> None:
    first = usual_draft()
    grown = [[n + (20 if n > 8 else 0) for n in row] for row in USUAL]
    second = _later(usual_list(grown))
    third = replace(_later(_changed(0, 0, -1)), as_of=date(2026, 3, 1))
    assert Finding.CHANGE in _found(third, second, first)


def test_a_number_hidden_before_and_shown_now_is_refused() -> None:
    # The same counts, hidden by one pattern and then by another.
    part = usual_list()
    other = dict(part.hidden)
    other.popitem()
    assert Finding.CHANGE in _found(_later(replace(part, hidden=other)), usual_draft(part))


def test_exact_numbers_after_noisy_ones_of_the_same_years_are_refused(desk: TestDesk) -> None:
    from safelight.release import review

    with_budget()
    published(proposed())
    proposal = review.propose(usual_draft(), by="desk-1")
    assert {p["finding"] for p in proposal.audit["problems"]} == {"exact-after-noise"}


def test_a_desk_compares_with_what_it_published_also_when_that_was_withdrawn(
    desk: TestDesk,
) -> None:
    from safelight.release import review

    first = review.propose(usual_draft(), by="desk-1")
    review.enrol_reviewer("second-eyes", "four words in a row")
    review.approve(
        first.proposal_id,
        reviewer="second-eyes",
        passphrase="four words in a row",
        document_sha256=first.document_sha256,
    )
    review.publish(first.proposal_id, by="desk-1")
    review.withdraw(first.proposal_id, by="desk-1", reason="numbers-wrong")
    second = review.propose(_later(_changed(0, 0, -1)), by="desk-1")
    assert {p["finding"] for p in second.audit["problems"]} == {"differs-by-few"}


def _noisy_totals(rows: Sequence[object], draws: int) -> np.ndarray:
    from safelight.release.noise.noisy_table import counts_of
    from tests.release.noisy import with_simulated_noise

    plan = choice().plan(INCIDENT)
    one = replace(counted(), rows=tuple(rows))  # type: ignore[arg-type]
    counts = counts_of(one, plan.workload, as_of=date(2025, 3, 1), years=choice().years)
    random = np.random.default_rng(4)
    return np.array(
        [plan.estimate(with_simulated_noise(counts, plan, random))[()] for _ in range(draws)]
    )


def test_with_noise_one_case_is_lost_in_the_difference() -> None:
    rows = counted().rows
    difference = _noisy_totals(rows, 300) - _noisy_totals(rows[1:], 300)[::-1]
    # Sure of the one case an attacker would be at a spread well below one.
    assert difference.std() > 10
