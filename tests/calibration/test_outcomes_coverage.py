"""A small sample of `make calibrate`, so that an interval that no longer covers is noticed."""

from __future__ import annotations

from tests.calibration.outcomes_coverage import (
    COUNTRY_STAGES,
    PAGE,
    country_tallies,
    lost_tally,
    own_tallies,
)


def test_intervals_under_constant_rates_hold_the_truth() -> None:
    tallies = own_tallies(reps=150)
    for tally in tallies:
        assert tally.samples == 150
        # Of 150 samples 134 is three standard errors below the 95 % that are promised.
        assert tally.held >= 134, (tally.name, tally.what)
    assert sum(t.held for t in tallies) >= 0.935 * sum(t.samples for t in tallies)


def test_intervals_from_facts_to_answer_hold_the_truth_of_the_simulated_country() -> None:
    tallies = country_tallies(reps=60, n=60, truth_cases=4000)
    assert [tally.what.split()[0] for tally in tallies] == list(COUNTRY_STAGES)
    for tally in tallies:
        assert tally.held >= 52, tally.what


def test_where_bad_outcomes_are_lost_from_view_the_intervals_are_wrong() -> None:
    # The test can fail: intervals do not cover whatever one does.
    assert lost_tally(reps=50, n=300).coverage < 0.5


def test_the_published_table_has_every_scenario() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for name in ("common, 20", "rare, 300", "nearly all, 60", "150 grave", "months only", "lost"):
        assert name in text, name
