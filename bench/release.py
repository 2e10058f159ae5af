"""How long protecting a table takes, how much it hides, and what an attacker who also runs
our program learns beyond the audit. `python bench/release.py [TABLES]`; about two minutes.

There is no peer to run beside it: tau-ARGUS and sdcTable are Java and R. The yardsticks are
the fewest cells that any pattern could hide (all patterns tried, small tables) and the exact
bounds by enumeration (tests/release/slow_attacker.py).
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import replace
from itertools import combinations, islice
from pathlib import Path
from time import perf_counter, process_time

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from safelight.release.attacker import feasible_intervals
from safelight.release.counts import CountSystem
from safelight.release.disclosure import DisclosureRule, Protected, findings, protect, small_cells
from tests.release.slow_attacker import all_tables
from tests.release.tables import system_of

RULE = DisclosureRule(threshold=5, width=4)
MOST_TABLES = 120


def sparse(random: np.random.Generator, rows: int, columns: int, mean: float) -> CountSystem:
    """A table as skewed as real ones: gamma-Poisson counts, many zeros and small ones."""
    means = random.gamma(0.6, mean, size=(rows, columns))
    return system_of(random.poisson(means).tolist())


def speed() -> None:
    print("protect: one two-way table with margins; seconds are (wall, CPU)")
    random = np.random.default_rng(1)
    for rows, columns, mean in ((9, 3, 20), (9, 15, 10), (12, 9, 20), (30, 15, 6), (30, 15, 30)):
        system = sparse(random, rows, columns, mean)
        wall, cpu = perf_counter(), process_time()
        outcome = protect(system, RULE)
        wall, cpu = perf_counter() - wall, process_time() - cpu
        assert isinstance(outcome, Protected)
        begin = process_time()
        assert feasible_intervals(system, outcome.hidden) == outcome.intervals
        attack = process_time() - begin
        small = len(small_cells(system, RULE))
        print(
            f"  {rows:2} x {columns:2}  cells {len(system.cells):3}  small {small:3}  "
            f"hidden with them {len(outcome.hidden) - small:2}  "
            f"protect {wall:5.2f}, {cpu:5.2f}  attack alone {attack:5.2f} CPU"
        )


def fewest() -> None:
    """Cells hidden for others' sake: ours beside the fewest that pass the same audit."""
    random, ours, best, tables = np.random.default_rng(2), 0, 0, 0
    rule = DisclosureRule(threshold=3, width=2)
    while tables < 25:
        system = sparse(random, 3, 3, 12)
        outcome = protect(system, rule)
        if not isinstance(outcome, Protected):
            continue
        extra = len(outcome.hidden) - len(small_cells(system, rule))
        if not 0 < extra <= 5:
            continue
        tables, ours, best = tables + 1, ours + extra, best + _fewest(system, rule, extra)
    print(
        f"cover: {tables} tables of 3 x 3: {ours} cells hidden for others, fewest possible {best}"
    )


def _fewest(system: CountSystem, rule: DisclosureRule, extra: int) -> int:
    small = small_cells(system, rule)
    others = [
        index
        for index in range(len(system.cells))
        if index not in small and index != system.index(())
    ]
    for size in range(extra):
        for chosen in combinations(others, size):
            if not findings(system, small | set(chosen), rule):
                return size
    return extra


def replay(tables: int) -> None:
    """An attacker who runs `protect` on every table that fits what is published.

    Beyond what the audit promises: tables for which the program would have hidden other
    cells drop out. Counted: small cells left with one possible count, and with less than
    the whole range of small counts.
    """
    for threshold in (3, 5):
        rule = DisclosureRule(threshold=threshold, width=threshold - 1)
        random, seen = np.random.default_rng(3), Counter[str]()
        while seen["tables"] < tables:
            matrix = random.poisson(random.gamma(0.8, 4, size=random.integers(2, 4, size=2)))
            system = system_of(matrix.tolist())
            outcome = protect(system, rule)
            if not isinstance(outcome, Protected) or not outcome.hidden or matrix.sum() > 40:
                continue
            every = list(islice(all_tables(system, outcome.hidden), MOST_TABLES + 1))
            if len(every) > MOST_TABLES:
                continue  # the more tables fit, the less this attacker learns
            fitting = [t for t in every if _same(replace(system, counts=t), rule, outcome)]
            seen["tables"] += 1
            for index in small_cells(system, rule):
                counts = {table[index] for table in fitting}
                seen["small cells"] += 1
                seen["pinned"] += len(counts) == 1
                seen["narrowed"] += not {0, threshold - 1} <= counts
        print(f"replay, threshold {threshold}: {dict(seen)}")


def _same(system: CountSystem, rule: DisclosureRule, outcome: Protected) -> bool:
    other = protect(system, rule)
    return isinstance(other, Protected) and set(other.hidden) == set(outcome.hidden)


if __name__ == "__main__":
    speed()
    fewest()
    replay(tables=int(sys.argv[1]) if len(sys.argv) > 1 else 20)
