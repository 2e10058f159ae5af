"""What methods and verdicts do where the truth is known: `make calibrate`.

    python -m tests.calibration.undercount_coverage [--reps 400] [--latent-reps 100]
                                                    [--state DIR] [--out FILE]

For each scenario of safelight/undercount/data/scenarios.yaml and held_out.yaml, tables are
drawn with seeds of its set; every family answers, and the rules judge. The page that is
written is docs/methods/undercount-calibration.md. The verdict here is given without the
latent class, which takes seconds a table; that family has its own, smaller sample. What was
finished stands in the folder of `--state`, so that a run can be taken up again. What peers
answer on the same tables is read from peers.csv, see `undercount_peers`.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from safelight.undercount.answer import Answer, Family, Options
from safelight.undercount.combine import estimate_with_recall
from safelight.undercount.latent_class import Chains, LatentClassPosterior, latent_class
from safelight.undercount.overlap import OverlapError
from safelight.undercount.simulation import Scenario, held_out, scenarios, simulate
from safelight.undercount.verdict import SIDE_BY_SIDE, estimate, judge
from tests.calibration.undercount_peers import SUMMARY

QUICK: tuple[Family, ...] = tuple(family for family in SIDE_BY_SIDE if family != "latent-class")
PAGE = Path(__file__).resolve().parents[2] / "docs" / "methods" / "undercount-calibration.md"
SHORT = Chains(chains=20, warm_up=150, draws=200, most_rhat=1.1, least_ess=200)
SHOWN = ("independence", "loglinear", "stepwise", "decomposable")
LAST_OF_FIRST = "linkage-error"
PEERS = ("Rcapture", "SparseMSE", "dga", "LCMCR")
# What a desk might say of its matching after a sample: five points to each side of the truth.
RECALL_KNOWN_TO = 0.05
# Held-out tables have seeds of their own, which no run before the last ever used: 200,001 and
# 300,001 on were looked at before version 3 of the rules.
FIRST_SEED, FIRST_HELD_OUT_SEED = 1, 400_001
# Tables of which the counts are kept together: what an interrupted run loses at most.
AT_ONCE = 25


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


@dataclass(frozen=True)
class Found:
    """Everything that the page shows; the last two with numbers of tables and of successes."""

    first: Sequence[Tally]
    second: Sequence[Tally]
    held_out: Sequence[Tally]
    recall: Sequence[tuple[Scenario, int, int, int]]
    latent: Sequence[tuple[Scenario, int, int, int]]


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


def peer_coverage() -> dict[tuple[str, str], tuple[int, int, int]]:
    """Tables, answers and covering answers of each scenario and package."""
    with SUMMARY.open(encoding="utf-8", newline="") as file:
        return {
            (row["scenario"], row["method"]): (
                int(row["tables"]),
                int(row["answered"]),
                int(row["covered"]),
            )
            for row in csv.DictReader(file)
        }


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


def peer_table(tallies: Iterable[Tally]) -> list[str]:
    """Ours and theirs on tables of the same scenario; how many tables stands in brackets."""
    known, ours = peer_coverage(), {tally.scenario.name: tally for tally in tallies}
    lines = [
        "| scenario | " + " | ".join(PEERS) + " | what is stated here |",
        "|---|" + "---|" * (len(PEERS) + 1),
    ]
    for name in first_set():
        cells = []
        for peer in PEERS:
            tables, answered, covered = known.get((name, peer), (0, 0, 0))
            failed = f", {tables - answered} failed" if tables > answered else ""
            cells.append(f"{covered / answered:.2f} ({answered}{failed})" if answered else "–")
        stated = "–"
        if name in ours:
            tally = ours[name]
            stated = (
                f"{tally.stated_covers / tally.stated:.2f} ({tally.stated})"
                if tally.stated
                else "refused"
            )
        lines.append(f"| {name} | " + " | ".join(cells) + f" | {stated} |")
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


def recall_table(rows: Sequence[tuple[Scenario, int, int, int]]) -> list[str]:
    lines = ["| scenario | tables | not told | told within five points |", "|---|---|---|---|"]
    for chosen, reps, blind, told in rows:
        lines.append(
            f"| {chosen.name} | {reps} | {_percent(blind, reps)} | {_percent(told, reps)} |"
        )
    return lines


def _or_said(rows: Sequence[Any], table: Callable[[Any], list[str]]) -> list[str]:
    return table(rows) if rows else ["Not reached in this run."]


def write_page(path: Path, found: Found) -> None:
    """Replace what stands between the markers; the words around are written by people."""
    first = found.first
    generated = [
        "## Do nominal 95 % intervals cover?",
        "",
        "Share of tables on which the interval holds the true number. **Bold**: the family's",
        "assumption holds in this scenario, so it has to be near .95.",
        "",
        *coverage_table(first),
        "",
        "## What is the verdict?",
        "",
        *verdict_table(first),
        "",
        "## Beside the peers",
        "",
        "Coverage of each package's 95 % interval on tables of the same scenarios and seeds, in",
        "brackets the number of tables; last, what `--method all` states here.",
        "",
        *peer_table(first),
        "",
        "## Second set",
        "",
        *_or_said(found.second, coverage_table),
        "",
        *(verdict_table(found.second) if found.second else []),
        "",
        "## Held out",
        "",
        *coverage_table(found.held_out),
        "",
        *verdict_table(found.held_out),
        "",
        "## Missed matches",
        "",
        "Coverage of the `loglinear` interval without and with `--match-recall`.",
        "",
        *_or_said(found.recall, recall_table),
        "",
        "## Latent classes",
        "",
        "A smaller sample with short runs (20 chains, 150 sweeps thrown away, 200 kept).",
        "",
        *_or_said(found.latent, latent_table),
        "",
    ]
    text = path.read_text(encoding="utf-8")
    start, stop = text.index("<!-- generated -->"), text.index("<!-- end of generated -->")
    path.write_text(
        text[:start] + "<!-- generated -->\n\n" + "\n".join(generated) + "\n" + text[stop:],
        encoding="utf-8",
    )


@dataclass(frozen=True)
class _Run:
    """What to run, and where what is finished stands.

    Five lists take ten times as long as four, and get a quarter of the tables.
    """

    reps: int
    latent_reps: int
    state: Path | None
    only_finished: bool

    def tables(self, one: Scenario) -> int:
        return max(self.reps // (4 if one.patterns.size > 16 else 1), 1)

    def first_seed(self, one: Scenario) -> int:
        return FIRST_HELD_OUT_SEED if one.name in held_out() else FIRST_SEED

    def tallies(self, some: Iterable[Scenario]) -> list[Tally]:
        found = []
        for one in some:
            whole, start = Tally(one), self.first_seed(one)
            for first in range(start, start + self.tables(one), AT_ONCE):
                reps = min(AT_ONCE, start + self.tables(one) - first)
                facts = self._part(
                    f"{one.name}-{first}-{reps}",
                    lambda one=one, reps=reps, first=first: run_scenario(
                        one, reps=reps, first=first
                    ).as_facts(),
                )
                if facts is not None:
                    whole.include(Tally.from_facts(one, facts))
            if whole.tables:
                found.append(whole)
        return found

    def recalls(self, some: Iterable[Scenario]) -> list[tuple[Scenario, int, int, int]]:
        rows = []
        for one in some:
            tables, first = max(self.tables(one) // 2, 1), self.first_seed(one)
            found = self._part(
                f"{one.name}-recall-{tables}",
                lambda one=one, tables=tables, first=first: run_recall(
                    one, reps=tables, first=first
                ),
            )
            if found is not None:
                rows.append((one, tables, int(found[0]), int(found[1])))
        return rows

    def latent(self, some: Iterable[Scenario]) -> list[tuple[Scenario, int, int, int]]:
        rows = []
        for one in some:
            found = self._part(
                f"{one.name}-latent-{self.latent_reps}",
                lambda one=one: run_latent(one, reps=self.latent_reps),
            )
            if found is not None:
                rows.append((one, self.latent_reps, int(found[0]), int(found[1])))
        return rows

    def _part(self, name: str, work: Callable[[], Any]) -> Any:
        """What an earlier run left of this part, or its result now, left for a later run."""
        path = None if self.state is None else self.state / f"{name}.json"
        if path is not None and path.exists():
            return json.loads(path.read_text(encoding="utf-8"))
        if self.only_finished:
            return None
        result = work()
        print(name, result, file=sys.stderr, flush=True)
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(result), encoding="utf-8")
        return result


def first_set() -> Mapping[str, Scenario]:
    names = list(scenarios())
    return {name: scenarios()[name] for name in names[: names.index(LAST_OF_FIRST) + 1]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reps", type=int, default=400)
    parser.add_argument("--latent-reps", type=int, default=100)
    parser.add_argument("--state", type=Path)
    parser.add_argument("--only-finished", action="store_true", help="write what --state has")
    parser.add_argument("--out", type=Path, default=PAGE)
    chosen = parser.parse_args()
    run = _Run(chosen.reps, chosen.latent_reps, chosen.state, chosen.only_finished)
    everything = [*scenarios().values(), *held_out().values()]
    found = Found(
        held_out=run.tallies(held_out().values()),
        first=run.tallies(first_set().values()),
        latent=run.latent(one for one in first_set().values() if "latent-class" in one.right),
        recall=run.recalls(one for one in everything if one.recall < 1),
        second=run.tallies(one for name, one in scenarios().items() if name not in first_set()),
    )
    write_page(chosen.out, found)


if __name__ == "__main__":
    main()
