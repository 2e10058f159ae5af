"""A real list and a country whose truth is known."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date, datetime

import pytest

from safelight.demo.assumptions import assumptions
from safelight.demo.country import simulate_country
from safelight.demo.facts import Incident
from safelight.outcomes.curves import NotEstimable, Rules, StepCurve
from safelight.outcomes.facts import CaseFacts, StageFact
from safelight.outcomes.funnel import Funnel, funnel
from safelight.outcomes.when import When
from tests.support.open_data import open_data

RULES = Rules(level=0.95, least_cases=10, most_undated=0.2, most_proved=0.2, horizons=(30, 365))
LGBT = (
    "ANTI-MALE HOMOSEXUAL (GAY)", "ANTI-FEMALE HOMOSEXUAL (LESBIAN)", "ANTI-LGBT (MIXED GROUP)",
    "ANTI-TRANSGENDER", "ANTI-GENDER NON-CONFORMING", "ANTI-BISEXUAL",
)  # fmt: skip


def day(text: str) -> When:
    return When.on(datetime.strptime(text, "%m/%d/%Y").date())  # noqa: DTZ007


def nypd_cases() -> list[CaseFacts]:
    """One case for each complaint. An arrest is the nearest the list has to a suspect."""
    complaints = defaultdict(list)
    with open_data("nypd_hate_crimes_2019_2024.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["Bias Motive Description"] in LGBT:
                complaints[row["Full Complaint ID"]].append(row)
    return [
        CaseFacts(
            facts=(
                StageFact(stage="F0_RECORDED", source="POLICE"),
                StageFact(
                    stage="F2_REPORT", code="ACCEPTED", when=day(rows[0]["Record Create Date"])
                ),
                *(
                    StageFact(stage="F6_SUSPECT", code="IDENTIFIED", when=day(row["Arrest Date"]))
                    for row in rows
                    if row["Arrest Date"]
                ),
            )
        )
        for rows in complaints.values()
    ]


def test_of_497_complaints_with_an_lgbt_bias_265_have_an_arrest() -> None:
    found = funnel(nypd_cases(), as_of=date(2024, 9, 30), rules=RULES, stages=None)
    assert isinstance(found, Funnel)
    assert (found.base, found.base_cases) == ("F2_REPORT", 497)
    arrest = found.step("F6_SUSPECT")
    assert (arrest.entered, arrest.reached, arrest.stopped, arrest.waiting) == (497, 265, 0, 232)
    assert arrest.of_all.share == pytest.approx(0.5332, abs=5e-5)
    assert (arrest.of_all.low, arrest.of_all.high) == (
        pytest.approx(0.4893, abs=5e-5),
        pytest.approx(0.5766, abs=5e-5),
    )
    # The list names no complaint as closed without an arrest, so all of those are censored.
    assert arrest.bounds is not None
    assert arrest.bounds.most == 1.0
    assert arrest.out_of_order == 10  # arrests dated before the record was made
    curve = arrest.curve
    assert isinstance(curve, StepCurve)
    within = curve.reached.at(30)
    assert within.share == pytest.approx(0.403, abs=5e-4)
    assert (within.low, within.high) == (
        pytest.approx(0.361, abs=5e-4),
        pytest.approx(0.448, abs=5e-4),
    )
    assert (curve.reached.median.day, curve.reached.median.low, curve.reached.median.high) == (
        95,
        53,
        None,
    )
    # How many are reported, or accepted, a police list cannot say.
    assert [step.stage for step in found.steps] == ["F6_SUSPECT"]
    assert isinstance(arrest.from_start, NotEstimable)


def facts_of(incident: Incident) -> CaseFacts:
    """Every step, also those after the last day: the funnel itself must not look ahead."""
    return CaseFacts(
        facts=tuple(
            StageFact(stage=step.stage, code=step.code, when=When.on(step.on))
            for step in incident.funnel
        ),
        occurred=When.on(incident.on),
    )


def test_the_simulated_country_comes_out_right_although_much_of_it_is_pending() -> None:
    country = simulate_country(1, "full", assumptions())
    reported = [incident for incident in country.incidents if incident.police.tells]
    cases = [facts_of(incident) for incident in reported]
    known = funnel(cases, as_of=country.as_of, rules=RULES, stages=None)
    truth = funnel(cases, as_of=date(2060, 1, 1), rules=RULES, stages=None)
    assert isinstance(known, Funnel)
    assert isinstance(truth, Funnel)
    compared = 0
    for stage in ("F2_REPORT", "F3_CASE", "F6_SUSPECT", "F7_CHARGED", "F8_COURT", "F9_VERDICT"):
        pending, ended = known.step(stage), truth.step(stage)
        assert ended.waiting == 0
        assert ended.so_far.share is not None
        assert pending.bounds is not None
        assert isinstance(pending.from_start, StepCurve)
        assert isinstance(ended.from_start, StepCurve)
        for days in (90, 365, 730):
            estimate = pending.from_start.reached.at(days)
            real = ended.from_start.reached.at(days).share
            assert real is not None
            assert estimate.low <= real <= estimate.high
            compared += 1
    assert compared == 18
    # Counting only what is known makes verdicts look rarer than they will be.
    verdict = known.step("F9_VERDICT"), truth.step("F9_VERDICT")
    assert verdict[0].waiting > 10
    assert verdict[0].so_far.share is not None
    assert verdict[1].so_far.share is not None
    assert verdict[0].so_far.share < verdict[1].so_far.share - 0.05
