"""Undercount beside the R packages: CPU seconds, on the public tables.

    python bench/undercount.py [--data ../shared/data/overlap] [--json]

Peers' seconds are those of `peer_results.csv` in the data folder, measured by others on
another day on a noisy 2-core machine; ours are measured now, in this process, on one
thread. Effective samples are bulk, of the whole run, warm-up included in the time; the
peer's are those its table gives. Figures within a factor of two mean nothing.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

# Before numpy is loaded: the matrices are small, and threads would only burn CPU seconds.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402

from safelight.undercount.answer import Options  # noqa: E402
from safelight.undercount.decomposable import average_graphs  # noqa: E402
from safelight.undercount.decomposable_graphs import decomposable_graphs  # noqa: E402
from safelight.undercount.latent_class import LatentClassPosterior, latent_class  # noqa: E402
from safelight.undercount.loglinear_search import search  # noqa: E402
from safelight.undercount.overlap import Overlap  # noqa: E402
from safelight.undercount.rules import shipped_rules  # noqa: E402
from safelight.undercount.stepwise import stepwise_interval  # noqa: E402
from safelight.undercount.verdict import estimate  # noqa: E402

LATENT: Final = ("kosovo", "lesbian_allegheny", "western_us")


def seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.process_time()
    result = work()
    return time.process_time() - began, result


def by_command_line(table: Path) -> tuple[dict[str, Any], float]:
    """The answer of `safelight undercount estimate`, and all CPU seconds of its process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    words = ["undercount", "estimate", str(table), "--method", "latent-class", "--json"]
    told = subprocess.run(
        [sys.executable, "-m", "safelight", *words], capture_output=True, check=True, cwd=ROOT
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    took = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return json.loads(told.stdout), took


def peers(folder: Path) -> dict[tuple[str, str], dict[str, str]]:
    with (folder / "peer_results.csv").open(encoding="utf-8", newline="") as file:
        return {(row["dataset"], row["method"]): row for row in csv.DictReader(file)}


def rows(folder: Path) -> list[dict[str, Any]]:
    def table(name: str) -> Overlap:
        return Overlap.from_csv((folder / f"{name}.csv").read_text(encoding="utf-8"))

    known, found = peers(folder), []

    def add(what: str, ours: float, unit: str, peer: str | None, told: str) -> None:
        found.append({"what": what, "ours": ours, "unit": unit, "peer": peer, "found": told})

    for name in ("uk5", "western_us", "congenital_mass"):
        overlap = table(name)
        took, answer = seconds(lambda overlap=overlap: search(overlap, order="pairs"))
        peer = known[(name, "Rcapture closedpMS best BIC maxorder 2")]
        add(
            f"all 1,024 models of pairs, {name}",
            took,
            "CPU s",
            peer["cpu_s"],
            f"{answer.best.estimate:,.1f}",
        )
    for name, method in (
        ("western_us", "SparseMSE BCa nboot=1000"),
        ("neworleans5_sparsemse", "SparseMSE BCa nboot=1000"),
        ("uk5", "SparseMSE BCa nboot=200"),
    ):
        overlap = table(name)
        took, answer = seconds(
            lambda overlap=overlap: stepwise_interval(
                overlap, threshold=0.02, level=0.95, resamples=1000, rng=np.random.default_rng(1)
            )
        )
        add(
            f"BCa, 1,000 resamples with selection, {name} (peer: {method.split('=')[1]})",
            took,
            "CPU s",
            known[(name, method)]["cpu_s"],
            f"{answer.interval.low:,.0f}-{answer.interval.high:,.0f}",
        )
    overlap = table("uk6")
    took, _ = seconds(lambda: decomposable_graphs(6))
    add("six lists: making the 18,154 graphs, once", took, "CPU s", None, "")
    took, answer = seconds(
        lambda: average_graphs(overlap, delta=2.0**-6, prior="1/N", saturated=False, level=0.95)
    )
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    add(
        "six lists: averaging over them, uk6",
        took,
        "CPU s",
        None,
        f"{answer.median:,.0f}; peak of this process {memory:.0f} MB",
    )
    for name in LATENT:
        overlap = table(name)
        took, answer = seconds(
            lambda overlap=overlap: latent_class(
                overlap, run=shipped_rules().chains, level=0.95, rng=np.random.default_rng(1)
            )
        )
        assert isinstance(answer, LatentClassPosterior), answer.reason
        peer = known[(name, "LCMCR K=10 median")]
        note = re.search(r"ESS (\d+)", peer["note"])
        assert note is not None
        add(
            f"latent class, {name}",
            answer.convergence.bulk_ess / took,
            "ESS per CPU s",
            f"{float(note[1]) / float(peer['cpu_s']):.0f}",
            f"{answer.median:,.0f} [{answer.interval.low:,.0f}-{answer.interval.high:,.0f}], "
            f"R-hat {answer.convergence.rhat:.3f}, {took:.1f} CPU s",
        )
        facts, took = by_command_line(folder / f"{name}.csv")
        add(
            f"latent class by the command line, {name}",
            facts["diagnostics"]["bulk_ess"] / took,
            "ESS per CPU s",
            f"{float(note[1]) / float(peer['cpu_s']):.0f}",
            f"R-hat {facts['diagnostics']['rhat']:.3f}, {took:.1f} CPU s, starting Python and its "
            "libraries included",
        )
    took, judged = seconds(lambda: estimate(table("kosovo"), method="all", options=Options(seed=1)))
    add("all families and the verdict, kosovo", took, "CPU s", None, judged.verdict)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "overlap")
    parser.add_argument("--json", action="store_true", dest="as_json")
    chosen = parser.parse_args()
    if not (chosen.data / "peer_results.csv").exists():
        print(f"no open data in {chosen.data}; give its folder with --data", file=sys.stderr)
        return
    found = rows(chosen.data)
    if chosen.as_json:
        print(json.dumps({"results": found}, indent=1))
        return
    for row in found:
        peer = "" if row["peer"] is None else f"peer {float(row['peer']):,.2f}"
        print(f"{row['ours']:10.2f} {row['unit']:<14}{peer:<14}{row['what']}: {row['found']}")


if __name__ == "__main__":
    main()
