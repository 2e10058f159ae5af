"""What methods and verdicts do where the truth is known: `make calibrate`.

    python -m tests.calibration.undercount_coverage [--reps 400] [--latent-reps 400]
                                                    [--state DIR] [--out FILE]

For each scenario of safelight/undercount/data/scenarios.yaml and held_out.yaml, tables are
drawn with seeds of its set; every family answers, and the rules judge. The page that is
written is docs/methods/undercount-calibration.md. The verdict here is given without the
latent class, which takes seconds a table; that family has runs of its own. What was
finished stands in the folder of `--state`, so that a run can be taken up again. What peers
answer on the same tables is read from peers.csv, see `undercount_peers`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safelight.undercount.rules import shipped_rules
from safelight.undercount.simulation import Scenario, held_out, scenarios
from tests.calibration.undercount_page import PAGE, Found, write_page
from tests.calibration.undercount_runs import (
    Tally,
    first_set,
    run_halves,
    run_latent,
    run_recall,
    run_scenario,
)

# Held-out tables have seeds of their own, which no run before the last ever used.
FIRST_SEED, FIRST_HELD_OUT_SEED = 1, 500_001
# Tables of which the counts are kept together: what an interrupted run loses at most.
AT_ONCE = 25


@dataclass(frozen=True)
class _Run:
    """What to run, and where what is finished stands.

    Five lists take five times as long as four, and get half of the tables where they are held
    out; sets that rules were changed after are no evidence, and get an eighth.
    """

    reps: int
    latent_reps: int
    state: Path | None
    only_finished: bool

    def tables(self, one: Scenario) -> int:
        if one.name in first_set():
            return self.reps
        if one.name in held_out():
            return max(self.reps // (2 if one.patterns.size > 16 else 1), 1)
        return max(self.reps // 8, 1)

    def first_seed(self, one: Scenario) -> int:
        return FIRST_HELD_OUT_SEED if one.name in held_out() else FIRST_SEED

    def tallies(self, some: Iterable[Scenario]) -> list[Tally]:
        found = []
        for one in some:
            whole, stop = Tally(one), self.first_seed(one) + self.tables(one)
            for first in self._starts(one, self.tables(one)):
                reps = min(AT_ONCE, stop - first)
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

    def _starts(self, one: Scenario, tables: int) -> range:
        """The first seed of each part."""
        return range(self.first_seed(one), self.first_seed(one) + tables, AT_ONCE)

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
            answers: list[list[float] | None] = []
            for first in self._starts(one, self.latent_reps):
                answers += (
                    self._part(
                        f"latent-{one.name}-{first}",
                        lambda one=one, first=first: run_latent(one, reps=AT_ONCE, first=first),
                    )
                    or []
                )
            agreed = [found for found in answers if found is not None]
            covered = sum(low <= one.incidents <= high for _, low, high in agreed)
            if answers:
                rows.append((one, len(answers), len(agreed), covered))
        return rows

    def halves(self, some: Iterable[Scenario]) -> list[tuple[Scenario, list[float]]]:
        rows = []
        for one in some:
            first = self.first_seed(one)
            found = self._part(
                f"halves-{one.name}-{first}",
                lambda one=one, first=first: run_halves(one, reps=AT_ONCE, first=first),
            )
            if found is not None:
                rows.append((one, found))
        return rows

    def _part(self, name: str, work: Callable[[], Any]) -> Any:
        """What an earlier run left of this part, or its result now, left for a later run."""
        # Never mixed with what other rules gave.
        rules = f"rules-{shipped_rules().version}"
        path = None if self.state is None else self.state / rules / f"{name}.json"
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reps", type=int, default=400)
    parser.add_argument("--latent-reps", type=int, default=400)
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
        halves=run.halves(one for one in first_set().values() if "latent-class" in one.right),
        recall=run.recalls(one for one in everything if one.recall < 1),
        second=run.tallies(one for name, one in scenarios().items() if name not in first_set()),
    )
    write_page(chosen.out, found)


if __name__ == "__main__":
    main()
