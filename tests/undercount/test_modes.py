from __future__ import annotations

import numpy as np
import pytest

from safelight.undercount.modes import modes
from tests.undercount.test_decomposable import averaged
from tests.undercount.test_loglinear import published


def test_one_hill_has_one_top_and_two_hills_have_two() -> None:
    rng = np.random.default_rng(1)
    low, high = rng.lognormal(8, 0.2, size=3000), rng.lognormal(10, 0.2, size=7000)
    one = modes(500 + low, np.ones(low.size), observed=500)
    assert [round(mode.share, 6) for mode in one] == [1.0]
    both = np.concatenate([low, high])
    two = modes(500 + both, np.ones(both.size), observed=500)
    assert [mode.share for mode in two] == pytest.approx([0.3, 0.7], abs=0.01)
    assert [mode.total for mode in two] == pytest.approx(
        [500 + np.exp(8), 500 + np.exp(10)], rel=0.1
    )


def test_whole_numbers_near_the_observed_are_not_tops_of_their_own() -> None:
    draws = 40 + np.random.default_rng(2).poisson(3, size=5000)
    assert len(modes(draws.astype(float), np.ones(draws.size), observed=40)) == 1


def test_five_uk_lists_show_both_modes() -> None:
    found = averaged(published("uk5"))
    tops = modes(found.totals, found.weights, observed=2744)
    assert [mode.total for mode in tops] == pytest.approx([11_400, 24_000], rel=0.1)
    assert min(mode.share for mode in tops) > 0.1
