"""What the R packages answer on the tables of our scenarios, for `undercount_coverage`.

    python -m tests.calibration.undercount_peers tables --reps 100 > TABLES.csv
    Rscript tests/calibration/peers.R TABLES.csv ANSWERS.csv Rcapture SparseMSE dga LCMCR
    python -m tests.calibration.undercount_peers summary ANSWERS.csv > tests/calibration/peers.csv

Needs R with these packages, which nobody else needs; `peers.csv` is the committed result, read
by `make calibrate`. The tables are those that our own methods get, seed by seed.
"""

from __future__ import annotations

import csv
import math
import sys
from collections import defaultdict
from pathlib import Path
from typing import Final

import numpy as np

from safelight.undercount.overlap import OverlapError
from safelight.undercount.simulation import scenarios, simulate

SUMMARY: Final = Path(__file__).with_name("peers.csv")
FIELDS: Final = ("scenario", "method", "tables", "answered", "covered", "seconds")


def tables(reps: int) -> list[list[str | int]]:
    """One row a table: scenario, seed, counts of all patterns."""
    rows: list[list[str | int]] = []
    for name, chosen in scenarios().items():
        for seed in range(1, reps + 1):
            try:
                overlap = simulate(chosen, rng=np.random.default_rng(seed))
            except OverlapError:
                continue
            rows.append([name, seed, *overlap.counts.tolist()])
    return rows


def summary(answers: Path) -> list[dict[str, str | int | float]]:
    """For each scenario and package: tables, answers with an interval, and how many cover."""
    found: dict[tuple[str, str], list[tuple[float, float, float]]] = defaultdict(list)
    with answers.open(encoding="utf-8", newline="") as file:
        for name, _, method, _, low, high, cpu in csv.reader(file):
            ends = [math.nan if end == "NA" else float(end) for end in (low, high)]
            found[name, method].append((ends[0], ends[1], float(cpu)))
    rows: list[dict[str, str | int | float]] = []
    for (name, method), got in sorted(found.items()):
        truth = scenarios()[name].incidents
        answered = [one for one in got if not math.isnan(one[0])]
        # An upper end that is missing beside a lower one is no bound.
        covered = [low <= truth and not high < truth for low, high, _ in answered]
        seconds = sum(cpu for _, _, cpu in got) / len(got)
        rows.append(
            dict(
                zip(
                    FIELDS,
                    (name, method, len(got), len(answered), sum(covered), round(seconds, 2)),
                    strict=True,
                )
            )
        )
    return rows


def main() -> None:
    if sys.argv[1:2] == ["tables"]:
        csv.writer(sys.stdout, lineterminator="\n").writerows(tables(int(sys.argv[3])))
    elif sys.argv[1:2] == ["summary"]:
        writer = csv.DictWriter(sys.stdout, FIELDS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(summary(Path(sys.argv[2])))
    else:
        print(__doc__, file=sys.stderr)


if __name__ == "__main__":
    main()
