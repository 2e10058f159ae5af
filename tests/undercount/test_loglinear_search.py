from __future__ import annotations

import numpy as np
import pytest

from safelight.undercount.loglinear import profile_interval
from safelight.undercount.loglinear_search import Search, averaged_interval, climb, search
from safelight.undercount.model_terms import ModelError
from safelight.undercount.overlap import Overlap
from tests.undercount.test_loglinear import published


@pytest.mark.parametrize(
    ("name", "estimate"),
    [("kosovo", 14341.6638004272), ("uk5", 22991.3313141602), ("western_us", 2483.38392023012)],
)
def test_all_models_of_pairs_give_the_published_choice(name: str, estimate: float) -> None:
    found = search(published(name), order="pairs")
    assert found.exhaustive
    assert found.best.estimate == pytest.approx(estimate, rel=1e-6)


def test_all_orders_on_kosovo_give_the_published_choice() -> None:
    assert search(published("kosovo"), order="all").best.estimate == pytest.approx(10357, abs=1)


def test_six_uk_lists_are_searched_to_the_published_choice() -> None:
    found = search(published("uk6"), order="pairs")
    assert not found.exhaustive
    assert found.best.estimate == pytest.approx(12350, abs=1)


@pytest.mark.parametrize("name", ["kosovo", "hiv_rome", "congenital_mass", "spina_ny"])
def test_climbing_finds_what_trying_all_finds(name: str) -> None:
    overlap = published(name)
    assert climb(overlap).best.model == search(overlap, order="pairs").best.model


def test_where_one_model_is_far_ahead_the_average_is_that_model() -> None:
    overlap = published("kosovo")
    found = search(overlap, order="pairs")
    averaged = averaged_interval(overlap, found, level=0.95)
    alone = profile_interval(overlap, found.best, level=0.95)
    assert (averaged.low, averaged.high) == pytest.approx((alone.low, alone.high), rel=0.01)


def test_where_models_compete_the_interval_is_wider_than_the_chosen_model_says() -> None:
    overlap = published("uk5")
    found = search(overlap, order="pairs")
    averaged = averaged_interval(overlap, found, level=0.95)
    alone = profile_interval(overlap, found.best, level=0.95)
    # The other mode, at 11,000, is inside only when the choice counts as unsure.
    assert averaged.low < 11_313 < alone.low
    assert averaged.high > alone.low


def test_more_lists_than_can_be_searched_are_refused_with_a_next_step() -> None:
    many: Overlap = published("ph_caloocan_police")
    with pytest.raises(ModelError, match=r"up to 8 lists; got 11\. Merge lists"):
        search(many, order="pairs")
    with pytest.raises(ModelError, match=r"up to 4 lists; got 5\. Use pairs"):
        search(published("uk5"), order="all")


def test_averaged_interval_equals_the_readable_one() -> None:
    overlap = published("western_us")
    found = search(overlap, order="pairs")
    weights, draws = [], []
    rng = np.random.default_rng(9)
    for one in found.fits:
        if one.bic - found.best.bic >= 10:
            continue
        alone = averaged_interval(overlap, Search((one,), exhaustive=True), level=0.95)
        # Normal in log(unseen) within a model, so its two ends give middle and spread.
        low, high = np.log(alone.low - 345), np.log(alone.high - 345)
        weights.append(np.exp((found.best.bic - one.bic) / 2))
        draws.append(rng.normal((low + high) / 2, (high - low) / (2 * 1.959964), size=20_000))
    # A mixture's tail areas, by drawing from it.
    share = np.repeat(np.array(weights) / (20_000 * sum(weights)), 20_000)
    pooled = np.concatenate(draws)
    order = np.argsort(pooled)
    reached = np.cumsum(share[order])
    ends = [345 + np.exp(pooled[order][np.searchsorted(reached, p)]) for p in (0.025, 0.975)]
    averaged = averaged_interval(overlap, found, level=0.95)
    assert [averaged.low, averaged.high] == pytest.approx(ends, rel=0.03)
