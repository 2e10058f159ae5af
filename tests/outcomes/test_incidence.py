from __future__ import annotations

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from safelight.outcomes.incidence import (
    IncidenceError,
    Incidences,
    cumulative_incidence,
    none_of,
)
from safelight.outcomes.shares import ShareError
from tests.outcomes.slow_twin import walk


def incidences(waits: list[float], causes: list[int], n_causes: int = 2) -> Incidences:
    return cumulative_incidence(
        np.array(waits, dtype=np.float64), np.array(causes), n_causes=n_causes, level=0.95
    )


CASES = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3)), min_size=1, max_size=25)


@given(CASES)
@settings(max_examples=150)
def test_shares_and_variances_equal_those_of_exact_fractions(cases: list[tuple[int, int]]) -> None:
    waits, causes = [wait for wait, _ in cases], [cause for _, cause in cases]
    fast = incidences([float(wait) for wait in waits], causes, n_causes=3)
    slow = walk(waits, causes, n_causes=3)
    assert fast.days.tolist() == sorted(slow)
    for number, day in enumerate(sorted(slow)):
        shares, variances = slow[day]
        for cause in (1, 2, 3):
            one = fast.cause(cause)
            assert one.share[number] == pytest.approx(float(shares[cause - 1]), abs=1e-12)
            assert one.variance[number] == pytest.approx(float(variances[cause - 1]), abs=1e-12)


@given(CASES)
@settings(max_examples=150)
def test_intervals_hold_the_share_and_stay_between_nought_and_one(
    cases: list[tuple[int, int]],
) -> None:
    fast = incidences([float(wait) for wait, _ in cases], [cause for _, cause in cases], n_causes=3)
    total = np.zeros_like(fast.days)
    for cause in (1, 2, 3):
        one = fast.cause(cause)
        total = total + one.share
        assert (one.low >= 0).all()
        assert (one.high <= 1).all()
        assert (one.low <= one.share + 1e-12).all()
        assert (one.share <= one.high + 1e-12).all()
        assert (np.diff(one.share) >= 0).all()
    assert total + fast.still_waiting == pytest.approx(np.ones_like(total))


def drawn(seed: int, n: int, *, tie: int, censored: float) -> tuple[NDArray[np.float64], ...]:
    rng = np.random.default_rng(seed)
    waits = np.ceil(rng.exponential(100, n) / tie) * tie
    causes = np.where(rng.random(n) < censored, 0, rng.integers(1, 3, n))
    return waits, causes


PEER_SETS = {
    "no ties": drawn(1, 200, tie=1, censored=0.3),
    "heavy ties": drawn(2, 300, tie=30, censored=0.3),
    "nearly all censored": drawn(3, 100, tie=5, censored=0.95),
    "nobody censored": drawn(4, 60, tie=5, censored=0.0),
    "large": drawn(5, 5000, tie=1, censored=0.5),
    "three cases": (np.array([5.0, 5.0, 9.0]), np.array([1, 2, 0])),
    "left over at the end": (np.array([3.0, 8.0, 8.0, 20.0, 20.0]), np.array([1, 0, 2, 0, 0])),
}


@pytest.mark.parametrize("name", PEER_SETS)
def test_statsmodels_gives_the_same_shares_and_standard_errors(name: str) -> None:
    from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight

    waits, causes = PEER_SETS[name]
    ours = cumulative_incidence(waits, causes, n_causes=2, level=0.95)
    everybody = cumulative_incidence(waits, np.minimum(causes, 1), n_causes=1, level=0.95)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")  # the peer divides by zero where all at risk have an event
        peer = CumIncidenceRight(waits, causes)
        survival = SurvfuncRight(waits, np.minimum(causes, 1))
    compared = 0
    for cause in (1, 2):
        if not (causes == cause).any():
            continue
        place = np.searchsorted(peer.times, ours.days)
        assert ours.cause(cause).share == pytest.approx(peer.cinc[cause - 1][place], abs=1e-12)
        theirs = peer.cinc_se[cause - 1][place]
        known = np.isfinite(theirs)
        assert np.sqrt(ours.cause(cause).variance)[known] == pytest.approx(theirs[known], abs=1e-10)
        compared += int(known.sum())
    assert compared > 0
    place = np.searchsorted(survival.surv_times, everybody.days)
    assert everybody.still_waiting == pytest.approx(survival.surv_prob[place], abs=1e-12)
    theirs = survival.surv_prob_se[place]
    known = np.isfinite(theirs)
    assert np.sqrt(everybody.cause(1).variance)[known] == pytest.approx(theirs[known], abs=1e-10)


def test_without_censoring_the_variance_is_that_of_a_counted_share() -> None:
    reached = incidences([1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 2, 1, 1, 2, 2, 2]).cause(1)
    assert reached.share[-1] == pytest.approx(3 / 8)
    assert reached.variance[-1] == pytest.approx(3 / 8 * 5 / 8 / 8)


def test_one_cause_is_kaplan_meier_with_its_usual_log_log_interval() -> None:
    # Freireich et al. 1963, remission on 6-MP: the textbook example of Kaplan–Meier.
    weeks = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    relapse = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    found = incidences(list(map(float, weeks)), relapse, n_causes=1)
    assert 1 - found.cause(1).share == pytest.approx(
        [0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448], abs=5e-4
    )
    se = math.sqrt(found.cause(1).variance[-1])
    assert se == pytest.approx(0.135, abs=5e-4)
    theta = 1.959964 * se / (0.448179 * math.log(0.448179))
    assert found.cause(1).high[-1] == pytest.approx(1 - 0.448179 ** math.exp(-theta), abs=1e-5)


def test_a_single_case_says_hardly_anything() -> None:
    reached = incidences([10], [1]).cause(1)
    assert reached.share.tolist() == [1.0]
    assert (reached.low[0], reached.high[0]) == (pytest.approx(0.025), 1.0)
    assert reached.at(9).share == 0
    assert reached.at(5000).share == 1  # nobody is left whose fate could still change it


@pytest.mark.parametrize("n", [3, 40, 49, 1000, 4999])
def test_when_all_got_there_rounding_does_not_make_that_certain(n: int) -> None:
    reached = incidences([float(day) for day in range(n)], [1] * n, n_causes=1).cause(1)
    assert reached.low[-1] == pytest.approx(0.025 ** (1 / n))
    assert reached.high[-1] == 1.0


def test_all_censored_is_none_so_far_and_silence_later() -> None:
    reached = incidences([10, 20, 30, 40], [0, 0, 0, 0]).cause(1)
    early = reached.at(10)
    assert (early.share, early.low, early.still_seen) == (0.0, 0.0, 4)
    assert early.high == pytest.approx(none_of(4, level=0.95))
    late = reached.at(41)
    assert (late.share, late.low, late.high, late.still_seen) == (None, 0.0, 1.0, 0)
    assert (reached.median.day, reached.median.high) == (None, None)


def test_beyond_the_last_wait_only_those_left_over_are_open() -> None:
    nearly_all = incidences([1] * 40 + [2] * 59 + [30], [1] * 40 + [2] * 59 + [0]).cause(1)
    at_the_end, later = nearly_all.at(30), nearly_all.at(31)
    assert at_the_end.share == pytest.approx(0.4)
    assert later.share is None
    assert later.low == at_the_end.low
    assert later.high == pytest.approx(at_the_end.high + 0.01)


def test_whoever_is_censored_on_a_day_was_at_risk_of_its_events() -> None:
    assert incidences([5, 5], [1, 0]).cause(1).share.tolist() == [0.5]


def test_a_median_that_is_not_reached_is_no_number() -> None:
    assert incidences([1, 2, 3, 4], [1, 2, 2, 2]).cause(1).median.day is None
    reached = incidences(list(map(float, range(1, 41))), [1] * 40).cause(1).median
    assert reached.day == 20
    assert reached.low is not None
    assert reached.high is not None
    assert reached.low < 20 < reached.high


@pytest.mark.parametrize(
    ("waits", "causes", "reason"),
    [
        ([], [], "at least one wait"),
        ([-1.0], [1], "zero days or more"),
        ([math.nan], [1], "zero days or more"),
        ([math.inf], [0], "zero days or more"),
        ([1.0], [3], "causes 0"),
        ([1.0, 2.0], [1], "one length"),
    ],
)
def test_waits_that_cannot_be_are_refused(
    waits: list[float], causes: list[int], reason: str
) -> None:
    with pytest.raises(IncidenceError, match=reason):
        cumulative_incidence(
            np.array(waits), np.array(causes, dtype=np.int64), n_causes=2, level=0.95
        )


def test_a_level_in_per_cent_is_refused() -> None:
    with pytest.raises(ShareError, match=r"such as 0\.95"):
        cumulative_incidence(np.array([1.0]), np.array([1]), n_causes=1, level=95)
