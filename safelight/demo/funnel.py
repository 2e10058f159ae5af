"""How far an incident gets with the authorities in the simulated country, and where it stops.

Every step is drawn, also those after the last day of the simulation: a person looking
on that day sees them as pending, and the truth file shows what that view cannot.
"""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Final

import numpy as np

from safelight.demo.assumptions import FUNNEL_STAGES, FunnelHabit
from safelight.demo.chances import pick
from safelight.demo.facts import Decision, FunnelStep

# A step is reached only when the last one ended with one of these codes.
_GOES_ON: Final = {
    "F2_REPORT": frozenset({"ACCEPTED", "THIRD_PARTY_REPORT"}),
    "F3_CASE": frozenset({"OPENED_CRIMINAL"}),
    "F4_BIAS_RAISED": frozenset({"BY_VICTIM", "BY_LAWYER", "NOT_RAISED"}),
    "F5_BIAS_RECORDED": frozenset(
        {"YES", "NO", "UNK", "REPLACED_BY_PERSONAL_ANIMOSITY", "REPLACED_BY_HOOLIGANISM_OR_GREED"}
    ),
    "F6_SUSPECT": frozenset({"IDENTIFIED"}),
    "F7_CHARGED": frozenset({"YES", "LESSER_OFFENCE"}),
    "F8_COURT": frozenset({"SENT"}),
    "F9_VERDICT": frozenset({"CONVICTED"}),
    "F10_SENTENCE": frozenset({"CUSTODY", "SUSPENDED", "FINE", "OTHER"}),
}


def simulate_funnel(
    rng: np.random.Generator,
    habit: FunnelHabit,
    *,
    happened_on: date,
    acts: tuple[str, ...],
    decision: Decision,
) -> tuple[FunnelStep, ...]:
    """The steps from F1 on, in order of time, until one of them ends it."""
    day = happened_on + _wait(rng, habit.days["F1_DECISION"])
    if not decision.tells:
        reason = {"reason_not": decision.reason_not or "OTHER"}
        return (FunnelStep("F1_DECISION", "NOT_REPORT", day, reason),)
    steps = [FunnelStep("F1_DECISION", "REPORT", day, {})]
    chances = habit.grave if habit.grave_acts & set(acts) else habit.usual
    bias_raised = True
    for stage in FUNNEL_STAGES:
        code = pick(rng, chances[stage])
        if stage == "F5_BIAS_RECORDED" and not bias_raised:
            code = "NO"  # nobody asked, so there was no motive to replace
        day += _wait(rng, habit.days[stage])
        details: dict[str, str] = {}
        if stage == "F9_VERDICT":
            details = {
                "bias_recognised": pick(rng, habit.bias_recognised),
                "panic_argument": pick(rng, habit.panic_argument),
            }
        steps.append(FunnelStep(stage, code, day, details))
        if stage == "F4_BIAS_RAISED":
            bias_raised = code != "NOT_RAISED"
        if code not in _GOES_ON.get(stage, frozenset()):
            break
    return tuple(steps)


def accepted_by_police(steps: tuple[FunnelStep, ...]) -> FunnelStep | None:
    """The step at which the police wrote the report down, if they did."""
    for step in steps:
        if step.stage == "F2_REPORT" and step.code in _GOES_ON["F2_REPORT"]:
            return step
    return None


def bias_recorded(steps: tuple[FunnelStep, ...]) -> bool:
    return any(step.stage == "F5_BIAS_RECORDED" and step.code == "YES" for step in steps)


def _wait(rng: np.random.Generator, median_days: float) -> timedelta:
    return timedelta(days=round(rng.exponential(median_days / math.log(2))))
