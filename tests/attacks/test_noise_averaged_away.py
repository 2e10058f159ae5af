"""Threat: noise-averaged-away: the same numbers are asked for with fresh noise again and again,
until the mean tells the truth; every draw is paid for, and the ledger ends it.
"""

from __future__ import annotations

import numpy as np
import pytest

from safelight.release.budget import BudgetSpentError
from tests.release.noisy import (
    INCIDENT,
    choice,
    counted,
    proposed,
    with_budget,
    with_simulated_noise,
)
from tests.release.tables import AS_OF, YEARS
from tests.support.desk import TestDesk, desk

__all__ = ["desk"]


def test_without_a_ledger_the_mean_tells_the_truth() -> None:
    from safelight.release.noise.noisy_table import counts_of

    plan = choice().plan(INCIDENT)
    counts = counts_of(counted(), plan.workload, as_of=AS_OF, years=YEARS)
    random = np.random.default_rng(2)
    draws = [with_simulated_noise(counts, plan, random)["act_group", "year"] for _ in range(2000)]
    truth = counts["act_group", "year"]
    assert (np.rint(np.mean(draws, axis=0)) == truth).mean() > 0.9
    assert (draws[0] == truth).mean() < 0.3


def test_the_ledger_ends_it_whatever_becomes_of_the_releases(desk: TestDesk) -> None:
    from safelight.release import review

    with_budget("1")
    for _ in range(2):
        proposal = proposed()
        review.turn_down(proposal.proposal_id, by="desk-1", reason="not-needed")
    with pytest.raises(BudgetSpentError, match="0 is left"):
        proposed()
    with pytest.raises(BudgetSpentError, match="0 is left"):
        proposed(choice=choice("1/1000"))
