"""A small sample of `make calibrate`, so that a rule that no longer works is noticed at once."""

from __future__ import annotations

import pytest

from safelight.undercount.simulation import scenario
from tests.calibration.undercount_page import PAGE, peer_coverage
from tests.calibration.undercount_runs import first_set, run_scenario


@pytest.mark.parametrize("name", ["independence", "dependent-pair"])
def test_where_models_are_right_most_verdicts_are_estimates_and_intervals_cover(name: str) -> None:
    tally = run_scenario(scenario(name), reps=8)
    assert tally.verdicts["estimate"] >= 5
    for family in ("loglinear", "decomposable"):
        assert tally.covered[family] >= 7


def test_where_visibility_varies_hardly_any_verdict_is_an_estimate() -> None:
    tally = run_scenario(scenario("continuous"), reps=8)
    assert tally.verdicts["estimate"] <= 1
    assert tally.covered["independence"] == 0
    assert tally.stated_covers == tally.stated


def test_the_published_table_has_every_scenario_of_the_first_set_and_every_peer() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for name in first_set():
        assert f"| {name} |" in text
    for name, peer in peer_coverage():
        assert peer in text
        assert name in first_set()
