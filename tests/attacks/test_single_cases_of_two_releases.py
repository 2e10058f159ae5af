"""Threat: single-cases-of-two-releases: an attacker with two consecutive releases and the rule
looks for the incidents that stand alone in their cell; in the table that a city really
published they can all be read off, in two releases of ours none.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog

from safelight.release.attacker import feasible_intervals
from safelight.release.counts import two_way
from safelight.release.noise.guessing import named_cells
from safelight.release.noise.plan import NoisePlan
from safelight.release.noise.privacy_loss import Measure, PrivacyLoss
from safelight.release.noise.workload import Axis, Workload
from tests.release.noisy import INCIDENT, LEVEL, margins_of, with_simulated_noise
from tests.release.test_official_table import _cells

TABLE = ("precinct", "motive")


def _official() -> tuple[NDArray[np.int64], Workload]:
    cells = _cells()
    precincts = tuple(dict.fromkeys(precinct for precinct, _ in cells))
    motives = tuple(dict.fromkeys(motive for _, motive in cells))
    counts = np.array([[cells[p, m] for m in motives] for p in precincts], np.int64)
    workload = Workload((Axis("precinct", precincts), Axis("motive", motives)), (TABLE,))
    return counts, workload


def _two_releases(
    epsilon: Fraction,
) -> tuple[NDArray[np.int64], NoisePlan, list[dict[tuple[str, ...], NDArray[np.int64]]]]:
    """The year as it stood one incident earlier, and as it stands; each with noise."""
    counts, workload = _official()
    plan = NoisePlan(workload, PrivacyLoss(Measure.PURE, epsilon), INCIDENT, Fraction(0), LEVEL)
    before = counts.copy()
    before[tuple(np.argwhere(counts == 1)[0])] = 0
    random = np.random.default_rng(12)
    return (
        counts,
        plan,
        [
            with_simulated_noise(margins_of(table, workload), plan, random)
            for table in (before, counts)
        ],
    )


def test_the_official_table_tells_every_single_case() -> None:
    counts, workload = _official()
    precincts, motives = (axis.codes for axis in workload.axes)
    system = two_way(
        *TABLE,
        {(p, m): int(counts[i, j]) for i, p in enumerate(precincts) for j, m in enumerate(motives)},
    )
    known = feasible_intervals(system, [])  # nothing is hidden, so nothing is left to solve
    assert known == {}
    assert sum(count == 1 for count in counts.ravel()) == 154


def test_of_two_releases_with_noise_no_single_case_can_be_named() -> None:
    _, plan, releases = _two_releases(Fraction(1))
    assert named_cells([(plan, r) for r in releases], confidence=0.95, small=4) == ()


def test_the_same_program_names_them_when_the_noise_is_too_little() -> None:
    counts, plan, releases = _two_releases(Fraction(6))
    named = named_cells([(plan, r) for r in releases], confidence=0.95, small=4)
    precincts, motives = (axis.codes for axis in plan.workload.axes)
    right = [
        counts[precincts.index(n.codes[0]), motives.index(n.codes[1])] == n.count
        for n in named
        if n.margin == TABLE
    ]
    assert len(right) > 100
    assert np.mean(right) > 0.95


def test_the_nearest_table_by_linear_programming_is_wrong_about_single_cases() -> None:
    # Dinur & Nissim 2003: the table of non-negative counts nearest to all that was published.
    counts, _, releases = _two_releases(Fraction(1, 2))
    seen = np.array([r[TABLE].ravel() for r in releases], float)
    n = seen.shape[1]
    nearest = np.zeros(n)
    for cell in range(
        0, n, 8
    ):  # some; one table without published totals: cells are programs of their own
        a, b = seen[:, cell]
        found = linprog(
            [0, 1, 1],
            A_ub=[[1, -1, 0], [-1, -1, 0], [1, 0, -1], [-1, 0, -1]],
            b_ub=[a, -a, b, -b],
            bounds=[(0, None)] * 3,
        )
        nearest[cell] = np.rint(found.x[0])
    called_single = nearest == 1
    assert called_single.any()
    assert (counts.ravel()[called_single] == 1).mean() < 0.5
