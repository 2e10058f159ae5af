from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import exp, log, sqrt

import numpy as np
import pytest
from scipy.stats import norm, t

from safelight.undercount.answer import Answer, Options
from safelight.undercount.combine import add_strata, combine_linkages, over_linkages
from safelight.undercount.loglinear import Interval
from safelight.undercount.overlap import Overlap, OverlapError
from safelight.undercount.simulation import scenario, simulate, with_missed_matches
from safelight.undercount.verdict import estimate

OPTIONS = Options(seed=1)
Z = float(norm.ppf(0.975))


def answer(unseen: float, spread: float, observed: int = 1000, verdict: str = "estimate") -> Answer:
    return Answer(
        method="loglinear",
        lists=("a", "b", "c"),
        observed=observed,
        estimate=observed + unseen,
        interval=Interval(
            observed + unseen * exp(-Z * spread), observed + unseen * exp(Z * spread), 0.95
        ),
        level=0.95,
        verdict=verdict,  # type: ignore[arg-type]
        reason="because",
        assumption="",
        model="",
        diagnostics={},
    )


def readable_rubin(centres: Sequence[float], variances: Sequence[float]) -> tuple[float, float]:
    """Half width and share between, as in Rubin (1987), one step a line."""
    m = len(centres)
    mean = sum(centres) / m
    within = sum(variances) / m
    between = sum((c - mean) ** 2 for c in centres) / (m - 1)
    total = within + (1 + 1 / m) * between
    r = (1 + 1 / m) * between / within
    freedom = (m - 1) * (1 + 1 / r) ** 2
    return float(t.ppf(0.975, freedom)) * sqrt(total), (1 + 1 / m) * between / total


def test_linkages_are_combined_as_rubin_says() -> None:
    parts = [answer(900, 0.1), answer(1100, 0.12), answer(1000, 0.09)]
    found = combine_linkages(parts, level=0.95)
    centres = [log(900), log(1100), log(1000)]
    half, share = readable_rubin(centres, [0.01, 0.0144, 0.0081])
    middle = sum(centres) / 3
    assert found.estimate == pytest.approx(1000 + exp(middle))
    assert found.interval is not None
    assert found.interval.low == pytest.approx(1000 + exp(middle - half))
    assert found.interval.high == pytest.approx(1000 + exp(middle + half))
    assert found.linkage_share == pytest.approx(share)


def test_linkages_that_agree_add_nothing() -> None:
    found = combine_linkages([answer(900, 0.1)] * 4, level=0.95)
    assert found.linkage_share == 0
    assert found.interval is not None
    assert found.interval.high == pytest.approx(1000 + 900 * exp(Z * 0.1))


def test_missed_matches_show_as_a_share_of_the_variance() -> None:
    rng = np.random.default_rng(4)
    true = rng.multinomial(2000, scenario("independence").patterns)
    plausible = []
    for recall in (0.99, 0.95, 0.9, 0.85):
        counts = with_missed_matches(true, recall=recall, rng=rng)
        counts[0] = 0
        plausible.append(Overlap(("a", "b", "c", "d"), counts))
    found = over_linkages(plausible, method="loglinear", options=OPTIONS)
    alike = over_linkages([plausible[0]] * 4, method="loglinear", options=OPTIONS)
    assert found.linkage_share is not None
    assert found.linkage_share > 0.5
    assert alike.linkage_share == 0
    assert found.interval is not None
    assert alike.interval is not None
    assert found.interval.high - found.interval.low > alike.interval.high - alike.interval.low


def test_one_refused_linkage_refuses_and_one_bound_bounds() -> None:
    good = answer(900, 0.1)
    bound = replace(answer(800, 0.1, verdict="lower-bound"), interval=Interval(1600, np.inf, 0.95))
    refused = replace(good, estimate=None, interval=None, verdict="refused", reason="too few")
    assert combine_linkages([good, good, refused], level=0.95).verdict == "refused"
    found = combine_linkages([good, bound], level=0.95)
    assert found.verdict == "lower-bound"
    assert found.interval is not None
    assert found.interval.high == np.inf


def test_strata_add_up_and_are_surer_together_than_each() -> None:
    found = add_strata({"2023": answer(900, 0.2), "2024": answer(900, 0.2)}, level=0.95)
    assert found.estimate == pytest.approx(2000 + 1800)
    draws = np.random.default_rng(5).lognormal(log(900), 0.2, size=(2, 200_000)).sum(axis=0)
    assert found.interval is not None
    expected = 2000 + np.quantile(draws, [0.025, 0.975])
    assert [found.interval.low, found.interval.high] == pytest.approx(list(expected), rel=0.01)


def test_a_refused_stratum_refuses_the_sum_and_is_named() -> None:
    refused = replace(answer(1, 1), estimate=None, interval=None, verdict="refused")
    found = add_strata({"2023": answer(900, 0.2), "2024": refused}, level=0.95)
    assert (found.verdict, found.estimate) == ("refused", None)
    assert found.reason.startswith("Stratum 2024 has no number")


def test_one_overlap_or_other_lists_are_refused() -> None:
    one = simulate(scenario("independence"), rng=np.random.default_rng(1))
    with pytest.raises(OverlapError, match="two or more plausible overlaps; got one"):
        over_linkages([one], method="loglinear", options=OPTIONS)
    with pytest.raises(OverlapError, match="same lists in the same order"):
        over_linkages([one, one.permuted([1, 0, 2, 3])], method="loglinear", options=OPTIONS)
    assert estimate(one, method="loglinear", options=OPTIONS).verdict == "estimate"


def test_an_interval_that_reaches_further_up_than_down_keeps_doing_so() -> None:
    lopsided = replace(answer(900, 0.1), interval=Interval(1000 + 800, 1000 + 1800, 0.95))
    found = combine_linkages([lopsided] * 3, level=0.95)
    assert found.interval is not None
    assert [found.interval.low, found.interval.high] == pytest.approx([1800, 2800])


def test_what_is_hidden_in_one_stratum_may_be_hidden_in_all() -> None:
    by_itself = replace(answer(900, 0.1), interval=Interval(1000 + 800, 1000 + 1800, 0.95))
    judged = replace(by_itself, method="all")
    one_family = add_strata({"2023": by_itself, "2024": by_itself}, level=0.95)
    verdicts = add_strata({"2023": judged, "2024": judged}, level=0.95)
    assert one_family.interval is not None
    assert verdicts.interval is not None
    assert one_family.interval.high < 2 * 2800 == pytest.approx(verdicts.interval.high)
    assert verdicts.interval.low == one_family.interval.low > 2 * 1800
