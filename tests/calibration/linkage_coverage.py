"""Does the interval of the final estimate cover the truth when linkage makes errors?

    python -m tests.calibration.linkage_coverage [--countries 100] [--json]

A simulated country whose lists are independent and see all incidents alike, so that the
undercount itself is right and whatever goes wrong is linkage. Its lists are linked as case
files hold them: names in two alphabets, wrong days, hearsay, two victims of one incident,
one victim of two. Side by side: the truth about who is who, plausible linkages combined,
and clusters at a fixed threshold, which pretend to be the truth. Writes
docs/methods/linkage-calibration.md.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

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
_LOG_ODDS: Final = {"own": -0.6, "helpline": -0.7, "legalaid": -0.9, "media": -1.0}
PAGE: Final = Path(__file__).resolve().parents[2] / "docs/methods/linkage-calibration.md"


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

    draws = sample_linkages(
        linked.component, linked.pairs, draws=DRAWS, generator=np.random.default_rng((seed, 2))
    )
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
        found[f"a fixed threshold of {threshold:g}"] = single(at)
    return Outcome(len(country.incidents), f1(linked, truth), found)


def true_labels(lists: LinkableLists) -> Ints:
    return np.array(
        [one for member in lists.lists for one in lists.incident_of[member.name]], np.int64
    )


def f1(linked: Linked, truth: Ints) -> float:
    """Pairwise F1 of the likely clusters."""
    right = pairs_within(truth * (int(linked.label.max()) + 1) + linked.label)
    return 2 * right / (pairs_within(linked.label) + pairs_within(truth))


def told(outcomes: list[Outcome]) -> list[dict[str, Any]]:
    return [
        {
            "way": way,
            "covered": sum(one.covers(way) for one in outcomes),
            "countries": len(outcomes),
            "mean_ratio": float(np.mean([one.found[way][0] / one.incidents for one in outcomes])),
            "mean_width": float(
                np.mean(
                    [(one.found[way][2] - one.found[way][1]) / one.incidents for one in outcomes]
                )
            ),
        }
        for way in outcomes[0].found
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--countries", type=int, default=100)
    parser.add_argument("--incidents", type=int, default=500)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    outcomes = [
        one_country(1000 + seed, incidents=chosen.incidents) for seed in range(chosen.countries)
    ]
    rows = told(outcomes)
    mean_f1 = float(np.mean([one.f1 for one in outcomes]))
    lowest = min(one.f1 for one in outcomes)
    if chosen.json:
        print(json.dumps({"f1_mean": mean_f1, "f1_lowest": lowest, "ways": rows}))
        return
    lines = [
        "| Way | 95 % intervals that cover | Mean estimate / truth | Mean width / truth |",
        "|---|---|---|---|",
        *(
            f"| {row['way']} | {row['covered']} of {row['countries']} | {row['mean_ratio']:.3f} "
            f"| {row['mean_width']:.3f} |"
            for row in rows
        ),
        "",
        f"Incident F1 of the likely clusters: mean {mean_f1:.3f}, lowest {lowest:.3f}.",
    ]
    print("\n".join(lines))


if __name__ == "__main__":
    main()
