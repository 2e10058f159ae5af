"""Does the interval of the final estimate cover the truth when linkage makes errors?

    python -m tests.calibration.linkage_coverage [--countries 80] [--processes 2]
        [--keep FOLDER] [--json]

A simulated country whose lists are independent and see all incidents alike, so that the
undercount itself is right and whatever goes wrong is linkage. Its lists are linked as case
files hold them: names in two alphabets, wrong days, hearsay, two victims of one incident,
one victim of two. Side by side: the truth about who is who, plausible linkages combined,
and clusters at a fixed threshold, which pretend to be the truth. Writes
docs/methods/linkage-calibration.md (with --json it prints instead). With --keep each country
that is done is put into a folder, and a run that was stopped goes on from there; countries of
other code are done anew.

The seeds are none of those that linkage was tuned on (below 100, 1000 to 3100), nor those of
an earlier report that led to other draws (61,000 to 61,055).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from scipy.stats import beta

from safelight.demo.assumptions import Assumptions, ListHabit, Size, assumptions
from safelight.demo.country import simulate_country
from safelight.demo.linkable import LinkableLists, linkable_lists
from safelight.demo.organisations import keep_lists
from safelight.demo.simulation import Simulation
from safelight.demo.telling import tell
from safelight.linkage.clusters import Ints, components, pairs_within
from safelight.linkage.linking import Linked, Options, link
from safelight.linkage.posterior import patterns, sample_linkages
from safelight.undercount.answer import Options as Asking
from safelight.undercount.combine import over_linkages
from safelight.undercount.overlap import Overlap
from safelight.undercount.verdict import estimate

LISTS: Final = ("own", "helpline", "legalaid", "media")
DRAWS: Final = 20
_SIZE: Final = "small"  # a size that the campaign, which is left out, has words for
THRESHOLDS: Final = (0.5, 0.9, 0.99)
FIRST_SEED: Final = 71_000
COUNTRIES: Final = 80
_LOG_ODDS: Final = {"own": -0.6, "helpline": -0.7, "legalaid": -0.9, "media": -1.0}
ROOT: Final = Path(__file__).resolve().parents[2]
PAGE: Final = ROOT / "docs/methods/linkage-calibration.md"
# What a country's figures come from.
_CODE: Final = (
    "safelight/demo",
    "safelight/linkage",
    "safelight/undercount",
    "safelight/vocabulary",
)


@dataclass(frozen=True)
class Outcome:
    """One country: how well it was linked, and for each way its total and interval."""

    incidents: int
    f1: float
    found: dict[str, tuple[float, float, float]]

    def covers(self, way: str) -> bool:
        _, low, high = self.found[way]
        return low <= self.incidents <= high


def independent_lists(incidents: int) -> Assumptions:
    """The country's assumptions, but nobody is harder to see and no list leads to another."""
    assume = assumptions()
    return replace(
        assume,
        hardly_ever_report=0.0,
        sizes={_SIZE: Size(incidents, 0)},
        kinds={name: replace(kind, told={}) for name, kind in assume.kinds.items()},
        lists={name: ListHabit(base, 0.0, 0.0, {}) for name, base in _LOG_ODDS.items()},
    )


def one_country(seed: int, *, incidents: int) -> Outcome:
    assume = independent_lists(incidents)
    country = simulate_country(seed, _SIZE, assume)
    simulation = Simulation(assume, country, tell(country, assume), keep_lists(country, assume))
    lists = linkable_lists(simulation, only=LISTS)
    linked = link(lists.lists, options=Options(seed=seed, threads=1))
    truth = true_labels(lists)
    of = linked.list_numbers()
    asking = Asking(seed=seed)

    def overlap(label: Ints) -> Overlap:
        return Overlap(LISTS, patterns(label, of, lists=len(LISTS)))

    def single(label: Ints) -> tuple[float, float, float]:
        answer = estimate(overlap(label), method="independence", options=asking)
        if answer.interval is None or answer.estimate is None:
            return np.nan, np.nan, np.nan
        return answer.estimate, answer.interval.low, answer.interval.high

    draws = sample_linkages(linked, draws=DRAWS, generator=np.random.default_rng((seed, 2)))
    combined = over_linkages(
        [overlap(label) for label in draws], method="independence", options=asking
    )
    assert combined.estimate is not None
    assert combined.interval is not None
    found = {
        "the truth about who is who": single(truth),
        "plausible linkages": (
            combined.estimate,
            combined.interval.low,
            combined.interval.high,
        ),
        "likely clusters alone": single(linked.label),
    }
    for threshold in THRESHOLDS:
        odds = float(np.log(threshold / (1 - threshold)))
        at = components(linked.pairs.above(odds))
        found[_way(threshold)] = single(at)
    return Outcome(len(country.incidents), f1(linked, truth), found)


def code_digest() -> str:
    """Of all that decides a country's figures, so that two versions are never mixed."""
    digest = hashlib.sha256(Path(__file__).read_bytes())
    digest.update((ROOT / "requirements.lock").read_bytes())
    for folder in _CODE:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".py", ".yaml", ".csv", ".json"}:
                digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def kept_country(seed: int, *, incidents: int, keep: Path | None, code: str) -> Outcome:
    """`one_country`, from the folder where it is done already by the same code."""
    if keep is None:
        return one_country(seed, incidents=incidents)
    path = keep / f"{seed}-{incidents}-{code}.json"
    if path.exists():
        held = json.loads(path.read_text(encoding="utf-8"))
        found = {way: tuple(figures) for way, figures in held["found"].items()}
        return Outcome(held["incidents"], held["f1"], found)
    one = one_country(seed, incidents=incidents)
    keep.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    beside.write_text(json.dumps(asdict(one)), encoding="utf-8")
    beside.replace(path)  # whole or not at all, whenever the run is stopped
    return one


def true_labels(lists: LinkableLists) -> Ints:
    return np.array(
        [one for member in lists.lists for one in lists.incident_of[member.name]], np.int64
    )


def f1(linked: Linked, truth: Ints) -> float:
    """Pairwise F1 of the likely clusters."""
    right = pairs_within(truth * (int(linked.label.max()) + 1) + linked.label)
    return 2 * right / (pairs_within(linked.label) + pairs_within(truth))


def told(outcomes: list[Outcome]) -> list[dict[str, Any]]:
    """For each way: how many intervals cover, and where that leaves the coverage (95 %)."""
    rows = []
    for way in outcomes[0].found:
        covered = sum(one.covers(way) for one in outcomes)
        ratios = np.array([one.found[way] for one in outcomes]) / np.array(
            [[one.incidents] for one in outcomes]
        )
        missed = len(outcomes) - covered
        rows.append(
            {
                "way": way,
                "covered": covered,
                "countries": len(outcomes),
                "coverage_low": float(beta.ppf(0.025, covered + 0.5, missed + 0.5)),
                "coverage_high": float(beta.ppf(0.975, covered + 0.5, missed + 0.5)),
                "mean_ratio": float(ratios[:, 0].mean()),
                "mean_width": float((ratios[:, 2] - ratios[:, 1]).mean()),
            }
        )
    return rows


def page(outcomes: list[Outcome]) -> str:
    f1s = sorted(one.f1 for one in outcomes)
    rows = {row["way"]: row for row in told(outcomes)}
    return f"""# How often the final interval holds the truth, with linkage errors

Written by `python -m tests.calibration.linkage_coverage` (part of `make calibrate`).

{len(outcomes)} simulated countries of {outcomes[0].incidents} incidents, seeds {FIRST_SEED:,} to \
{FIRST_SEED + len(outcomes) - 1:,}, on none of which linkage was tuned. Four independent lists, \
so that the undercount's model (independence) is right and what goes wrong is linkage: names in \
two alphabets, wrong days, hearsay, two victims of one incident, one victim of two, duplicates \
within lists. {DRAWS} plausible linkages of each country.

| Way | 95 % intervals that cover | Coverage, with its own 95 % interval \
| Mean estimate / truth | Mean width / truth |
|---|---|---|---|---|
{chr(10).join(_line(row) for row in rows.values())}

Pairwise F1 of the likely clusters: mean {np.mean(f1s):.3f}, median {np.median(f1s):.3f}, \
lowest {f1s[0]:.3f}; {sum(one >= 0.95 for one in f1s)} of {len(f1s)} countries at .95 or more.

A fixed threshold joins whatever a chain of pairs above it connects, and takes that for the \
truth.

{_verdict(rows["plausible linkages"])} {_verdict(rows["likely clusters alone"])} \
{" ".join(_verdict(rows[_way(one)]) for one in THRESHOLDS)}

The country is ours, and so are its errors. Real lists err in ways that nobody simulated.
""".replace("\\\n", "")


def _way(threshold: float) -> str:
    return f"a fixed threshold of {threshold:g}"


def _verdict(row: dict[str, Any]) -> str:
    way, off = row["way"].capitalize(), row["mean_ratio"] - 1
    if row["coverage_high"] < 0.95:
        said = "hold the truth less often than they should"
    elif row["coverage_low"] > 0.95:
        said = "hold the truth more often than they should"
    else:
        said = "are not told apart from 95 % by these countries"
    direction = "too many" if off > 0 else "too few"
    return f"{way}: intervals {said}; on average {abs(off):.1%} {direction} incidents."


def _line(row: dict[str, Any]) -> str:
    return (
        f"| {row['way']} | {row['covered']} of {row['countries']} "
        f"| {row['coverage_low']:.0%} to {row['coverage_high']:.0%} "
        f"| {row['mean_ratio']:.3f} | {row['mean_width']:.3f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--countries", type=int, default=COUNTRIES)
    parser.add_argument("--incidents", type=int, default=500)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--keep", type=Path, metavar="FOLDER")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    outcomes = []
    seeds = range(FIRST_SEED, FIRST_SEED + chosen.countries)
    country = partial(
        kept_country, incidents=chosen.incidents, keep=chosen.keep, code=code_digest()
    )
    with ProcessPoolExecutor(chosen.processes) as pool:
        for one in pool.map(country, seeds):
            outcomes.append(one)
            print(f"{len(outcomes)} of {chosen.countries} countries", file=sys.stderr)
    if chosen.json:
        f1s = [one.f1 for one in outcomes]
        print(json.dumps({"f1_mean": float(np.mean(f1s)), "f1": f1s, "ways": told(outcomes)}))
        return
    PAGE.write_text(page(outcomes), encoding="utf-8")
    print(f"wrote {PAGE.name}")


if __name__ == "__main__":
    main()
