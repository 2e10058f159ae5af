"""A small sample of `make calibrate`: one small country, and the page that is published."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.calibration import linkage_coverage
from tests.calibration.linkage_coverage import (
    COUNTRIES,
    FIRST_SEED,
    PAGE,
    Outcome,
    code_digest,
    kept_country,
    one_country,
    page,
    told,
)


def test_in_one_country_plausible_linkages_cover_and_a_high_threshold_does_not() -> None:
    one = one_country(FIRST_SEED, incidents=150)
    assert one.f1 > 0.85
    assert one.covers("the truth about who is who")
    assert one.covers("plausible linkages")
    assert not one.covers("a fixed threshold of 0.99")


def test_coverage_counts_intervals_that_hold_the_truth() -> None:
    ways = ["plausible linkages", "likely clusters alone"]
    ways += [f"a fixed threshold of {one}" for one in ("0.5", "0.9", "0.99")]
    holds = Outcome(100, 0.9, dict.fromkeys(ways, (101.0, 90.0, 110.0)))
    misses = Outcome(100, 0.9, dict.fromkeys(ways, (80.0, 70.0, 99.0)))
    row = told([holds, misses, misses])[0]
    assert (row["covered"], row["countries"]) == (1, 3)
    assert "1 of 3" in page([holds, misses, misses])


def test_the_published_page_holds_every_country_that_it_promises() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert f"{COUNTRIES} simulated countries of 500 incidents" in text
    assert f"seeds {FIRST_SEED:,} to {FIRST_SEED + COUNTRIES - 1:,}" in text
    for way in ("plausible linkages", "a fixed threshold of 0.5", "a fixed threshold of 0.99"):
        assert f"| {way} |" in text


def test_a_stopped_run_goes_on_with_the_countries_of_the_same_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def country(seed: int, *, incidents: int) -> Outcome:
        asked.append(seed)
        nothing = float("nan")  # no estimate is kept as such
        return Outcome(incidents, 0.9, {"a way": (1 / 3, 90.0, nothing), "another": (1.0, 0.1, 2)})

    monkeypatch.setattr(linkage_coverage, "one_country", country)
    keep, code = tmp_path / "countries", code_digest()
    first = kept_country(5, incidents=100, keep=keep, code=code)
    assert repr(kept_country(5, incidents=100, keep=keep, code=code)) == repr(first)
    assert asked == [5]
    # Nothing else passes for it: another country, another size, other code, a half-written file.
    next(keep.iterdir()).with_suffix(".part").touch()
    kept_country(6, incidents=100, keep=keep, code=code)
    kept_country(5, incidents=99, keep=keep, code=code)
    kept_country(5, incidents=100, keep=keep, code="other")
    kept_country(5, incidents=100, keep=None, code=code)
    assert asked == [5, 6, 5, 5, 5]
