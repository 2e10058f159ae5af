"""One scenario after another: tables drawn, families asked, successes counted.

Used by `undercount_coverage`, which says what is run and writes the page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from safelight.undercount.answer import Answer, Family, Options
from safelight.undercount.combine import estimate_with_recall
from safelight.undercount.latent_class import Chains, LatentClassPosterior, latent_class
from safelight.undercount.overlap import Overlap, OverlapError
from safelight.undercount.rules import shipped_rules
from safelight.undercount.simulation import Scenario, scenarios, simulate
from safelight.undercount.verdict import SIDE_BY_SIDE, estimate, judge

QUICK: tuple[Family, ...] = tuple(family for family in SIDE_BY_SIDE if family != "latent-class")
# Half of the chains and half of the sweeps that are shipped, at a third of the time; where they
# do not agree the shipped run decides, as `families` would lengthen it. What that changes is
# measured by `run_halves` and stands on the page.
HALF = Chains(chains=40, warm_up=200, draws=300, most_rhat=1.05, least_ess=400)
SHOWN = ("independence", "loglinear", "stepwise", "decomposable")
LAST_OF_FIRST = "linkage-error"
# What a desk might say of its matching after a sample: five points to each side of the truth.
RECALL_KNOWN_TO = 0.05


@dataclass
class Tally:
    """Counts over the tables of one scenario."""

    scenario: Scenario
    tables: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    decided_by: Counter[str] = field(default_factory=Counter)
    answered: Counter[str] = field(default_factory=Counter)
    covered: Counter[str] = field(default_factory=Counter)
    stated: int = 0
    stated_covers: int = 0

    def add(self, answer: Answer) -> None:
        truth = self.scenario.incidents
        self.tables += 1
        self.verdicts[answer.verdict] += 1
        self.decided_by[str(answer.diagnostics["decided_by"])] += 1
        if answer.interval is not None:
            self.stated += 1
            self.stated_covers += answer.interval.low <= truth <= answer.interval.high
        for name, one in answer.diagnostics["families"].items():
            if name in SHOWN and one["estimate"] is not None:
                self.answered[name] += 1
                low, high = one["interval"]
                self.covered[name] += low <= truth and (high is None or truth <= high)

    def as_facts(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__dict__ if name != "scenario"}

    def include(self, other: Tally) -> None:
        for name, value in other.as_facts().items():
            setattr(self, name, getattr(self, name) + value)

    @classmethod
    def from_facts(cls, scenario: Scenario, facts: dict[str, Any]) -> Tally:
        counted = {k: Counter(v) if isinstance(v, dict) else v for k, v in facts.items()}
        return cls(scenario, **counted)

    def coverage(self, family: str) -> float | None:
        return self.covered[family] / self.answered[family] if self.answered[family] else None


def run_scenario(chosen: Scenario, *, reps: int, first: int = 1) -> Tally:
    tally = Tally(chosen)
    for seed in range(first, first + reps):
        try:
            overlap = simulate(chosen, rng=np.random.default_rng(seed))
        except OverlapError:  # nobody on a list: nothing to ask
            continue
        options = Options(seed=seed, resamples=200, vary_delta=False)
        tally.add(judge(overlap, options, families=QUICK))
    return tally


def run_latent(chosen: Scenario, *, reps: int, first: int) -> list[list[float] | None]:
    """Median and interval of each table by latent classes; None where chains disagree."""
    rows: list[list[float] | None] = []
    for seed in range(first, first + reps):
        overlap = simulate(chosen, rng=np.random.default_rng(seed))
        rows.append(_latent(overlap, seed, HALF) or _latent(overlap, seed, shipped_rules().chains))
    return rows


def _latent(overlap: Overlap, seed: int, run: Chains) -> list[float] | None:
    rng = np.random.default_rng([seed, run.chains])
    found = latent_class(overlap, run=run, level=0.95, rng=rng)
    if isinstance(found, LatentClassPosterior):
        return [found.median, found.interval.low, found.interval.high]
    return None


def run_halves(chosen: Scenario, *, reps: int, first: int) -> list[float]:
    """By how much an end of the interval moves, in its widths, from half to the shipped run.

    The larger of both ends, for each table on which both agree.
    """
    moved = []
    for seed in range(first, first + reps):
        overlap = simulate(chosen, rng=np.random.default_rng(seed))
        half, whole = (_latent(overlap, seed, run) for run in (HALF, shipped_rules().chains))
        if half is not None and whole is not None:
            width = whole[2] - whole[1]
            moved.append(max(abs(half[1] - whole[1]), abs(half[2] - whole[2])) / width)
    return moved


def run_recall(chosen: Scenario, *, reps: int, first: int) -> tuple[int, int]:
    """How many log-linear intervals cover without, and with, a range for the recall."""
    blind = told = 0
    span = (chosen.recall - RECALL_KNOWN_TO, min(chosen.recall + RECALL_KNOWN_TO, 1.0))
    for seed in range(first, first + reps):
        overlap = simulate(chosen, rng=np.random.default_rng(seed))
        options = Options(seed=seed)
        without = estimate(overlap, method="loglinear", options=options).interval
        with_it = estimate_with_recall(
            overlap, recall=span, method="loglinear", options=options
        ).interval
        blind += without is not None and without.low <= chosen.incidents <= without.high
        told += with_it is not None and with_it.low <= chosen.incidents <= with_it.high
    return blind, told


def first_set() -> Mapping[str, Scenario]:
    names = list(scenarios())
    return {name: scenarios()[name] for name in names[: names.index(LAST_OF_FIRST) + 1]}
