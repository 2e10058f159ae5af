from __future__ import annotations

import numpy as np
import pytest

from safelight.undercount.overlap import OverlapError
from safelight.undercount.simulation import scenario, scenarios, simulate, with_missed_matches


@pytest.mark.parametrize("name", list(scenarios()))
def test_every_scenario_is_a_distribution_and_draws_a_table(name: str) -> None:
    chosen = scenario(name)
    assert chosen.patterns.sum() == pytest.approx(1)
    assert (chosen.patterns >= 0).all()
    drawn = simulate(chosen, rng=np.random.default_rng(1))
    assert 0 < drawn.observed < chosen.incidents
    assert drawn == simulate(chosen, rng=np.random.default_rng(1))


def test_a_dependent_pair_has_the_odds_ratio_it_is_said_to_have() -> None:
    chance = scenario("dependent-pair").patterns
    assert chance[3] * chance[0] / (chance[1] * chance[2]) == pytest.approx(4)
    assert chance[6] * chance[0] / (chance[2] * chance[4]) == pytest.approx(1)


def test_visibility_that_varies_makes_every_pair_of_lists_dependent() -> None:
    chance = scenario("continuous").patterns
    on = np.arange(chance.size)[:, None] >> np.arange(4) & 1
    for a in range(4):
        for b in range(a):
            both = chance[(on[:, a] & on[:, b]) == 1].sum()
            assert both > 1.3 * chance[on[:, a] == 1].sum() * chance[on[:, b] == 1].sum()


def test_missed_matches_make_incidents_of_one_list_and_lose_no_record() -> None:
    counts = np.zeros(8, dtype=np.int64)
    counts[0b111], counts[0b001] = 1000, 50
    split = with_missed_matches(counts, recall=0.8, rng=np.random.default_rng(2))
    on = np.arange(8)[:, None] >> np.arange(3) & 1
    assert (split @ on).tolist() == (counts @ on).tolist()
    assert split[0b111] == pytest.approx(640, abs=50)
    assert split[0b001] == pytest.approx(50 + 40, abs=25)


def test_an_unknown_scenario_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(OverlapError, match="there are independence, dependent-pair"):
        scenario("wishful")
