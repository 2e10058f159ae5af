"""Do the intervals of outcomes hold the truth where it is known: part of `make calibrate`.

    python -m tests.calibration.outcomes_coverage [--reps 2000] [--out FILE]

Each scenario draws samples with seeds 1, 2, …; each sample is seen on one as-of day, so
that part of it is pending. The truth is a formula, or the share among very many cases
that are followed to their end. The page written is docs/methods/outcomes.md.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from safelight.demo.assumptions import assumptions
from safelight.demo.facts import Decision
from safelight.demo.funnel import simulate_funnel
from safelight.outcomes.curves import Rules, StepCurve
from safelight.outcomes.facts import CaseFacts, StageFact
from safelight.outcomes.following import follow
from safelight.outcomes.funnel import Funnel, funnel
from safelight.outcomes.incidence import Incidence, cumulative_incidence
from safelight.outcomes.path import shipped_path
from safelight.outcomes.when import When

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "methods" / "outcomes.md"
LEVEL: Final = 0.95
AS_OF: Final = date(2026, 6, 30)
RULES: Final = Rules(level=LEVEL, least_cases=1, most_undated=1, most_proved=1, horizons=(365,))


@dataclass
class Tally:
    """How often an interval held its truth; for medians also their intervals."""

    name: str
    what: str
    truth: float
    fair: bool = True
    samples: int = 0
    held: int = 0
    width: float = 0.0

    def add(self, low: float, high: float | None) -> None:
        self.samples += 1
        self.held += low <= self.truth and (high is None or self.truth <= high)
        self.width += (1.0 if high is None else high) - low

    @property
    def coverage(self) -> float:
        return self.held / self.samples if self.samples else math.nan


def two_ends(
    rng: np.random.Generator, n: int, reach: float, stop: float, *, seen: tuple[float, float]
) -> Incidence:
    """`n` cases that get there, or stop, at constant rates a day; each is followed for a time
    drawn evenly from `seen`, as when cases begin evenly and all are looked at on one day."""
    waits = np.ceil(rng.exponential(1 / (reach + stop), n))
    causes = np.where(rng.random(n) < reach / (reach + stop), 1, 2)
    followed = np.ceil(rng.uniform(*seen, n))
    causes = np.where(waits <= followed, causes, 0)
    found = cumulative_incidence(np.minimum(waits, followed), causes, n_causes=2, level=LEVEL)
    return found.cause(1)


def truth_of_two_ends(reach: float, stop: float, day: float) -> float:
    return reach / (reach + stop) * -math.expm1(-(reach + stop) * day)


RATES: Final = {"common": (0.004, 0.003), "rare": (0.00015, 0.004), "nearly all": (0.02, 0.001)}


def own_tallies(reps: int) -> list[Tally]:
    """Shares at a day under constant rates, and the median where half do get there."""
    tallies = []
    for name, (reach, stop) in RATES.items():
        for n in (20, 60, 300):
            for day in (90, 365):
                truth = truth_of_two_ends(reach, stop, day)
                tally = Tally(f"constant rates, {name}, {n} cases", f"share by day {day}", truth)
                for seed in range(1, reps + 1):
                    rng = np.random.default_rng(seed)
                    at = two_ends(rng, n, reach, stop, seen=(30, 1200)).at(day)
                    tally.add(at.low, at.high)
                tallies.append(tally)
    reach, stop = RATES["nearly all"]
    half = math.ceil(-math.log(1 - 0.5 * (reach + stop) / reach) / (reach + stop))
    for n in (20, 60, 300):
        tally = Tally(
            f"constant rates, nearly all, {n} cases", "day by which half", math.ceil(half)
        )
        for seed in range(1, reps + 1):
            found = two_ends(np.random.default_rng(seed), n, reach, stop, seen=(30, 1200)).median
            tally.add(math.inf if found.low is None else found.low, found.high)
        tallies.append(tally)
    return tallies


def simulated_case(rng: np.random.Generator, *, acts: Sequence[str]) -> CaseFacts:
    """One case of the simulated country, from the decision to report to its very end."""
    happened = AS_OF - timedelta(days=int(rng.integers(30, 1500)))
    steps = simulate_funnel(
        rng,
        assumptions_once().funnel,
        happened_on=happened,
        acts=tuple(acts),
        decision=Decision(tells=True, reason_not=None),
    )
    return CaseFacts(
        facts=tuple(
            StageFact(stage=step.stage, code=step.code, when=When.on(step.on)) for step in steps
        ),
        occurred=When.on(happened),
    )


assumptions_once = cache(assumptions)
COUNTRY_STAGES: Final = ("F2_REPORT", "F3_CASE", "F6_SUSPECT", "F9_VERDICT")


@cache
def country_truth(cases: int, *acts: str) -> dict[str, float]:
    """The share that has reached each stage a year after the incident, nobody pending."""
    rng = np.random.default_rng(20260630)
    path = shipped_path()
    shown = path.chosen(COUNTRY_STAGES)
    reached = dict.fromkeys(COUNTRY_STAGES, 0)
    for _ in range(cases):
        case = simulated_case(rng, acts=acts)
        assert case.occurred is not None
        within = case.occurred.first + timedelta(days=365)
        found = follow(case, path=path, shown=shown, as_of=within)
        assert found is not None
        for stage in COUNTRY_STAGES:
            reached[stage] += found.from_start[stage].state == "reached"
    return {stage: count / cases for stage, count in reached.items()}


def country_tallies(
    reps: int, *, n: int, truth_cases: int, coarser: Callable[[CaseFacts], CaseFacts] | None = None
) -> list[Tally]:
    """The whole way from facts to interval, on samples of grave cases of the country."""
    truth = country_truth(truth_cases, "SER")
    name = f"simulated country, {n} grave cases" + (", months only" if coarser else "")
    tallies = {
        stage: Tally(name, f"{stage} within a year", truth[stage]) for stage in COUNTRY_STAGES
    }
    for seed in range(1, reps + 1):
        rng = np.random.default_rng([seed, n])
        cases = [simulated_case(rng, acts=("SER",)) for _ in range(n)]
        if coarser is not None:
            cases = [coarser(case) for case in cases]
        found = funnel(cases, as_of=AS_OF, rules=RULES, stages=COUNTRY_STAGES)
        assert isinstance(found, Funnel)
        for stage, tally in tallies.items():
            curve = found.step(stage).from_start
            assert isinstance(curve, StepCurve)
            at = curve.reached.at(365)
            tally.add(at.low, at.high)
    return list(tallies.values())


def to_months(case: CaseFacts) -> CaseFacts:
    """The same case as somebody knows it who remembers months, not days."""
    facts = tuple(
        StageFact(stage=fact.stage, code=fact.code, when=_month(fact.when)) for fact in case.facts
    )
    return CaseFacts(facts=facts, occurred=_month(case.occurred))


def _month(when: When | None) -> When | None:
    return None if when is None else When.parse(f"{when.first:%Y-%m}")


def lost_tally(reps: int, *, n: int) -> Tally:
    """Cases that go badly are lost from view: what the method assumes does not hold."""
    reach, stop = RATES["common"]
    truth = truth_of_two_ends(reach, stop, 365)
    tally = Tally(f"lost when it goes badly, {n} cases", "share by day 365", truth, fair=False)
    for seed in range(1, reps + 1):
        rng = np.random.default_rng(seed)
        waits = np.ceil(rng.exponential(1 / (reach + stop), n))
        causes = np.where(rng.random(n) < reach / (reach + stop), 1, 2)
        causes = np.where((causes == 2) & (rng.random(n) < 0.5), 0, causes)
        found = cumulative_incidence(waits, causes, n_causes=2, level=LEVEL).cause(1).at(365)
        tally.add(found.low, found.high)
    return tally


def coverage_table(tallies: Sequence[Tally]) -> list[str]:
    lines = ["| scenario | what | truth | samples | holds the truth |", "|---|---|---|---|---|"]
    for tally in tallies:
        truth = f"{tally.truth:g}" if tally.truth > 1 else f"{tally.truth:.3f}"
        share = f"**{tally.coverage:.3f}**" if tally.fair else f"{tally.coverage:.3f}"
        lines.append(f"| {tally.name} | {tally.what} | {truth} | {tally.samples} | {share} |")
    return lines


def write_page(path: Path, tallies: Sequence[Tally]) -> None:
    """Replace what stands between the markers; the words around are written by people."""
    text = path.read_text(encoding="utf-8")
    start, stop = text.index("<!-- generated -->"), text.index("<!-- end of generated -->")
    table = "\n".join(coverage_table(tallies))
    path.write_text(
        text[:start] + "<!-- generated -->\n\n" + table + "\n\n" + text[stop:], encoding="utf-8"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reps", type=int, default=2000)
    parser.add_argument("--out", type=Path, default=PAGE)
    chosen = parser.parse_args()
    tallies = own_tallies(chosen.reps)
    fewer = max(1, chosen.reps // 4)  # these follow every case through its facts
    for n in (40, 150):
        tallies += country_tallies(fewer, n=n, truth_cases=60_000)
    tallies += country_tallies(fewer, n=150, truth_cases=60_000, coarser=to_months)
    tallies.append(lost_tally(chosen.reps, n=300))
    print("\n".join(coverage_table(tallies)), file=sys.stderr)
    write_page(chosen.out, tallies)


if __name__ == "__main__":
    main()
