"""How far noisy tables are from the truth, beside OpenDP's synthesisers, in one run.

    python bench/noise.py [--peers PYTHON] [--seeds N] [--most-seconds S]

`--peers`: an interpreter with `opendp[mbi]` (bench/peers/opendp_mbi.py); left out, ours and
independent noise run alone, in some minutes. Sparse tables of 8 x 6 x 10 x 9 cells, pure
ε = 1, our noise from OpenDP's samplers; mean absolute error over the four one-way and the
six two-way margins. Ours with several shares for the axes alone, and beside each what
somebody would reach who knew the chances that the table was drawn with (`chances known`).
Then: how often intervals hold, what privacy loss can be proved
(the test of tests/attacks/test_neighbour_told_apart.py with more draws), and what an attacker
makes of the official table of New York.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from itertools import combinations
from pathlib import Path
from time import process_time

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from safelight.release.noise.mixture import Mixture
from safelight.release.noise.plan import NoisePlan
from safelight.release.noise.privacy_loss import Measure, PrivacyLoss
from safelight.release.noise.sampling import measurement, with_noise
from safelight.release.noise.tidy import tidied, tidied_from
from tests.attacks import test_neighbour_told_apart as neighbours
from tests.release.noisy import (
    INCIDENT,
    LEVEL,
    ONE,
    all_pairs,
    margins_of,
    plan_for,
    sparse_chances,
    sparse_joint,
)

SIZES = (8, 6, 10, 9)
PEER = Path(__file__).parent / "peers" / "opendp_mbi.py"
SHARES = tuple(map(Fraction, ("0", "3/10", "1/2", "2/3", "4/5")))
DRAWS = 4


def errors(found, truth) -> tuple[float, float]:  # type: ignore[no-untyped-def]
    by_size = []
    for size in (1, 2):
        margins = [m for m in truth if len(m) == size]
        by_size.append(float(np.mean([np.abs(found[m] - truth[m]).mean() for m in margins])))
    return by_size[0], by_size[1]


def independent(truth) -> dict:  # type: ignore[no-untyped-def,type-arg]
    """Each of the ten margins with its own tenth of ε."""
    draw = measurement(Measure.PURE, 10.0)
    return {
        margin: np.array(draw(counts.ravel().tolist())).reshape(counts.shape)
        for margin, counts in truth.items()
        if margin
    }


def accuracy(seeds: int, peers: str | None, most_seconds: float) -> None:
    workload = all_pairs(*SIZES)
    joints = {
        (total, seed): sparse_joint(np.random.default_rng(seed), *SIZES, total=total)
        for total in (5_000, 50_000)
        for seed in range(seeds)
    }
    with ThreadPoolExecutor(2) as pool:
        waiting = {
            (where, name): pool.submit(peer, peers, joint, name, most_seconds)
            for where, joint in joints.items()
            for name in ("fixed", "mst", "aim")
            if peers
        }
        for total in (5_000, 50_000):
            seen: dict[str, list[tuple[float, float, float]]] = defaultdict(list)
            held: list[float] = []
            for seed in range(seeds):
                ours(margins_of(joints[total, seed], workload), seed, seen, held)
                for name in ("fixed", "mst", "aim"):
                    found = waiting[(total, seed), name].result() if peers else None
                    if found:
                        seen[f"OpenDP {name}"].append(found)
            print_errors(total, seen)
            print(f"  intervals at 95 % hold in {np.mean(held):.1%} of cells", flush=True)


def ours(truth, seed, seen, held) -> None:  # type: ignore[no-untyped-def]
    """Several draws of each share, and of independent noise; peers have one a table."""
    workload = all_pairs(*SIZES)
    chances = sparse_chances(np.random.default_rng(seed), *SIZES)
    known = Mixture(chances.weights * float(truth[()]), chances.habits, 1.0)
    for share in SHARES * DRAWS:
        seen["independent Laplace"].append((*errors(independent(truth), truth), 0.0))
        plan = plan_for(workload, share=share)
        begin = process_time()
        noisy = with_noise(truth, plan)
        unbiased = plan.estimate(noisy)
        tidy = tidied(noisy, unbiased, plan)
        took = process_time() - begin
        seen[f"ours {share}, unbiased"].append((*errors(unbiased, truth), took))
        seen[f"ours {share}, tidy"].append((*errors(tidy, truth), took))
        best = tidied_from(known, noisy, plan)
        seen[f"ours {share}, chances known"].append((*errors(best, truth), took))
        held += [
            float((np.abs(unbiased[m] - truth[m]) <= plan.effects[m].half_width).mean())
            for m in workload.margins
        ]


def print_errors(total: int, seen: dict[str, list[tuple[float, float, float]]]) -> None:
    print(f"{total} rows, mean absolute error one-way / two-way / mean of both / all ten margins")
    ways = len(SIZES), len(list(combinations(SIZES, 2)))
    for name, rows in seen.items():
        one, two, took = np.mean(rows, axis=0)
        spread = np.std(rows, axis=0) / len(rows) ** 0.5
        all_ten = (ways[0] * one + ways[1] * two) / sum(ways)
        print(
            f"  {name:28} {one:6.2f} ±{spread[0]:4.2f}  {two:6.2f} ±{spread[1]:4.2f}  "
            f"{(one + two) / 2:6.2f}  {all_ten:6.2f}  {took:6.1f} CPU s  {len(rows)} draws"
        )


def peer(
    python: str, joint: np.ndarray, name: str, most_seconds: float
) -> tuple[float, float, float] | None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "table.npy")
        np.save(path, joint)
        try:
            ran = subprocess.run(
                [python, str(PEER), str(path), name, "1"],
                capture_output=True, text=True, timeout=most_seconds, check=True,
            )  # fmt: skip
        except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as stopped:
            print(f"  OpenDP {name}: {type(stopped).__name__}", flush=True)
            return None
    said = json.loads(ran.stdout.strip().splitlines()[-1])
    print(f"  {joint.sum()} rows, {name}: {said}", file=sys.stderr, flush=True)
    return said["one"], said["two"], said["seconds"]


def proved_loss(draws: int) -> None:
    neighbours.DRAWS = draws
    plan = plan_for(all_pairs(3, 3, 3))
    scale = plan.scales["a", "b"]
    for weaker in (1.0, 0.8):
        proved = neighbours.lower_bound_of_epsilon(
            neighbours._score(plan, scale * weaker, 1),
            neighbours._score(plan, scale * weaker, 0),
            confidence=0.999,
        )
        print(f"  noise x {weaker}: ε = 1 was spent, {proved:.3f} is proved by {draws} draws")


def official_table() -> None:
    from safelight.release.noise.guessing import named_cells
    from tests.attacks import test_single_cases_of_two_releases as single
    from tests.support import open_data

    if not (open_data.ROOT.parent / "shared" / "data").exists():
        print("  the official table is not here")
        return
    for epsilon in (Fraction(1, 2), Fraction(1), Fraction(2), Fraction(6)):
        counts, plan, releases = single._two_releases(epsilon)
        named = named_cells([(plan, r) for r in releases], confidence=0.95, small=4)
        codes = [axis.codes for axis in plan.workload.axes]
        right = sum(
            n.margin == single.TABLE
            and counts[codes[0].index(n.codes[0]), codes[1].index(n.codes[1])] == 1 == n.count
            for n in named
        )
        print(f"  two releases at ε = {float(epsilon):g} each: {right} of 154 single cases named")


def concentrated() -> None:
    workload = all_pairs(*SIZES)
    for rho in (Fraction(1, 8), Fraction(1, 2)):
        loss = PrivacyLoss(Measure.ZCDP, rho)
        truth = margins_of(sparse_joint(np.random.default_rng(0), *SIZES, total=5_000), workload)
        for share in (Fraction(0), Fraction(1, 2)):
            plan = NoisePlan(workload, loss, INCIDENT, share, LEVEL)
            noisy = with_noise(truth, plan)
            tidy = tidied(noisy, plan.estimate(noisy), plan)
            one, two = errors(tidy, truth)
            print(f"  ρ = {float(rho):g}, share {float(share):g}: {one:.1f} / {two:.1f}")


if __name__ == "__main__":
    asked = argparse.ArgumentParser()
    asked.add_argument("--peers")
    asked.add_argument("--seeds", type=int, default=5)
    asked.add_argument("--most-seconds", type=float, default=900)
    given = asked.parse_args()
    assert ONE.amount == 1
    accuracy(given.seeds, given.peers, given.most_seconds)
    print("concentrated noise, 5,000 rows, one table")
    concentrated()
    print("privacy loss")
    proved_loss(100_000)
    print("the official table of New York, 77 precincts by 16 motives")
    official_table()
