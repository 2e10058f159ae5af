"""What methods and verdicts do where the truth is known: `make calibrate`.

    python -m tests.calibration.undercount_coverage [--reps 400] [--latent-reps 25] [--out FILE]

For each scenario of safelight/undercount/data/scenarios.yaml, tables are drawn with seeds
1, 2, …; every family answers, and the rules judge. The page that is written is
docs/methods/undercount-calibration.md. The verdict here is given without the latent
class, which takes seconds a table; that family has its own, smaller sample.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from safelight.undercount.answer import Answer, Family, Options
from safelight.undercount.latent_class import Chains, LatentClassPosterior, latent_class
from safelight.undercount.overlap import OverlapError
from safelight.undercount.simulation import Scenario, scenarios, simulate
from safelight.undercount.verdict import SIDE_BY_SIDE, judge

QUICK: tuple[Family, ...] = tuple(family for family in SIDE_BY_SIDE if family != "latent-class")
PAGE = Path(__file__).resolve().parents[2] / "docs" / "methods" / "undercount-calibration.md"
SHORT = Chains(chains=20, warm_up=150, draws=200, most_rhat=1.1, least_ess=200)
SHOWN = ("independence", "loglinear", "stepwise", "decomposable")


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


def run_latent(chosen: Scenario, *, reps: int) -> tuple[int, int]:
    """How many short latent class runs agreed, and how many of these cover."""
    agreed = covered = 0
    for seed in range(1, reps + 1):
        rng = np.random.default_rng(seed)
        found = latent_class(simulate(chosen, rng=rng), run=SHORT, level=0.95, rng=rng)
        if isinstance(found, LatentClassPosterior):
            agreed += 1
            covered += found.interval.low <= chosen.incidents <= found.interval.high
    return agreed, covered


def _percent(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "–"


def coverage_table(tallies: Iterable[Tally]) -> list[str]:
    lines = [
        "| scenario | tables | " + " | ".join(SHOWN) + " |",
        "|---|---|" + "---|" * len(SHOWN),
    ]
    for tally in tallies:
        cells = []
        for family in SHOWN:
            share = tally.coverage(family)
            text = "–" if share is None else f"{share:.3f}"
            cells.append(f"**{text}**" if family in tally.scenario.right else text)
        lines.append(f"| {tally.scenario.name} | {tally.tables} | " + " | ".join(cells) + " |")
    return lines


def verdict_table(tallies: Iterable[Tally]) -> list[str]:
    lines = [
        "| scenario | estimate | lower bound | refused | a stated interval covers | most often |",
        "|---|---|---|---|---|---|",
    ]
    for tally in tallies:
        shares = [
            _percent(tally.verdicts[verdict], tally.tables)
            for verdict in ("estimate", "lower-bound", "refused")
        ]
        often = ", ".join(
            f"{name} {_percent(count, tally.tables)}"
            for name, count in tally.decided_by.most_common(2)
            if name != "None"
        )
        stated = _percent(tally.stated_covers, tally.stated)
        lines.append(
            f"| {tally.scenario.name} | " + " | ".join(shares) + f" | {stated} | {often} |"
        )
    return lines


def latent_table(rows: Sequence[tuple[Scenario, int, int, int]]) -> list[str]:
    lines = ["| scenario | tables | chains agreed | of these cover |", "|---|---|---|---|"]
    for chosen, reps, agreed, covered in rows:
        lines.append(f"| {chosen.name} | {reps} | {agreed} | {_percent(covered, agreed)} |")
    return lines


def write_page(
    path: Path, tallies: Sequence[Tally], latent: Sequence[tuple[Scenario, int, int, int]]
) -> None:
    """Replace what stands between the markers; the words around are written by people."""
    generated = [
        "## Do nominal 95 % intervals cover?",
        "",
        "Share of tables on which the interval holds the true number. **Bold**: the family's",
        "assumption holds in this scenario, so it has to be near .95.",
        "",
        *coverage_table(tallies),
        "",
        "## What is the verdict?",
        "",
        *verdict_table(tallies),
        "",
        "## Latent classes",
        "",
        "A smaller sample with short runs (20 chains, 150 sweeps thrown away, 200 kept).",
        "",
        *latent_table(latent),
        "",
    ]
    text = path.read_text(encoding="utf-8")
    start, stop = text.index("<!-- generated -->"), text.index("<!-- end of generated -->")
    path.write_text(
        text[:start] + "<!-- generated -->\n\n" + "\n".join(generated) + "\n" + text[stop:],
        encoding="utf-8",
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reps", type=int, default=400)
    parser.add_argument("--latent-reps", type=int, default=25)
    parser.add_argument("--out", type=Path, default=PAGE)
    chosen = parser.parse_args()
    tallies = []
    for one in scenarios().values():
        tallies.append(run_scenario(one, reps=chosen.reps))
        print("\n".join(verdict_table(tallies[-1:])[2:]), file=sys.stderr, flush=True)
        print("\n".join(coverage_table(tallies[-1:])[2:]), file=sys.stderr, flush=True)
    latent = []
    for one in scenarios().values():
        if "latent-class" in one.right:
            latent.append((one, chosen.latent_reps, *run_latent(one, reps=chosen.latent_reps)))
            print("\n".join(latent_table(latent[-1:])[2:]), file=sys.stderr, flush=True)
    write_page(chosen.out, tallies, latent)


if __name__ == "__main__":
    main()
