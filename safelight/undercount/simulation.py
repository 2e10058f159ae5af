"""Tables with a known truth, for the calibration of methods and of the verdict.

Every scenario is a probability for each of the 2^K inclusion patterns, from which N
incidents are drawn; linkage error then splits matched incidents. The numbers stand in
`data/scenarios.yaml` and `data/held_out.yaml` and were chosen by us in the manner of the
papers named there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

import numpy as np
import yaml
from numpy.typing import NDArray

from safelight.undercount.overlap import Overlap, OverlapError

_QUADRATURE: Final = 60  # points; enough for a logit-normal of spread 3


@dataclass(frozen=True)
class Scenario:
    """`patterns`: chance of each inclusion pattern, shape (2^K,), low bit list 0.

    `recall`: the share of true matches that linkage finds; 1 is perfect.
    `right`: families whose assumption holds here.
    """

    name: str
    told: str
    incidents: int
    patterns: NDArray[np.float64]
    recall: float
    right: tuple[str, ...]
    hidden: bool


def scenario(name: str) -> Scenario:
    """Return the scenario of that name; `OverlapError` lists the names there are."""
    known = {**held_out(), **scenarios()}
    if name not in known:
        raise OverlapError(f"no scenario of that name; there are {', '.join(scenarios())}")
    return known[name]


@lru_cache(maxsize=1)
def scenarios() -> Mapping[str, Scenario]:
    """All scenarios of `data/scenarios.yaml`, in its order; the rules were set beside them."""
    return _read("scenarios.yaml")


@lru_cache(maxsize=1)
def held_out() -> Mapping[str, Scenario]:
    """All scenarios of `data/held_out.yaml`, which no rule was set by."""
    return _read("held_out.yaml")


def _read(file: str) -> Mapping[str, Scenario]:
    text = (files("safelight.undercount") / "data" / file).read_text(encoding="utf-8")
    return {name: _made(name, facts) for name, facts in yaml.safe_load(text).items()}


def _made(name: str, facts: Mapping[str, Any]) -> Scenario:
    return Scenario(
        name=name,
        told=facts["told"],
        incidents=int(facts["incidents"]),
        patterns=_patterns(facts),
        recall=float(facts.get("recall", 1.0)),
        right=tuple(facts.get("right", ())),
        hidden=bool(facts.get("hidden", False)),
    )


def _patterns(facts: Mapping[str, Any]) -> NDArray[np.float64]:
    if "visibility" in facts:
        points, weights = np.polynomial.hermite_e.hermegauss(_QUADRATURE)
        shift = float(facts["visibility"]) * points
        logits = np.log(np.array(facts["chances"]) / (1 - np.array(facts["chances"])))
        classes = 1 / (1 + np.exp(-(logits[None, :] + shift[:, None])))
        shares = weights / weights.sum()
    elif "classes" in facts:
        classes = np.array([one["chances"] for one in facts["classes"]], dtype=float)
        shares = np.array([one["share"] for one in facts["classes"]], dtype=float)
    else:
        classes, shares = np.array([facts["chances"]], dtype=float), np.ones(1)
    k = classes.shape[1]
    on = np.arange(1 << k)[:, None] >> np.arange(k) & 1
    by_class = np.prod(np.where(on[None], classes[:, None], 1 - classes[:, None]), axis=2)
    table = shares @ by_class
    for pair in facts.get("dependent", ()):
        both = on[:, pair["lists"][0]] & on[:, pair["lists"][1]]
        table = table * np.where(both == 1, float(pair["odds_ratio"]), 1.0)
    for copy in facts.get("copies", ()):
        table = _copied(table, on, copy["of"], copy["list"], float(copy["share"]))
    result: NDArray[np.float64] = table / table.sum()
    return result


def _copied(
    table: NDArray[np.float64], on: NDArray[np.int64], source: int, target: int, share: float
) -> NDArray[np.float64]:
    """Make `target` a second extract of `source`: each holds `share` of one register."""
    bits = np.arange(table.size)
    neither = bits & ~(1 << source) & ~(1 << target)
    in_register = np.zeros(table.size)
    np.add.at(in_register, neither, table * on[:, source])
    outside = np.zeros(table.size)
    np.add.at(outside, neither, table * (1 - on[:, source]))
    out = np.zeros(table.size)
    for first in (0, 1):
        for second in (0, 1):
            chance = (share if first else 1 - share) * (share if second else 1 - share)
            rows = np.unique(neither)
            out[rows | first << source | second << target] += in_register[rows] * chance
    out += outside
    return out


def simulate(chosen: Scenario, *, rng: np.random.Generator) -> Overlap:
    """Draw one table. A list that nobody came to stand on makes `OverlapError`."""
    counts = rng.multinomial(chosen.incidents, chosen.patterns)
    if chosen.recall < 1:
        counts = with_missed_matches(counts, recall=chosen.recall, rng=rng)
    counts[0] = 0
    lists = counts.size.bit_length() - 1
    return Overlap(tuple("ABCDEFGHIJKL"[:lists]), counts)


def with_missed_matches(
    counts: NDArray[np.int64], *, recall: float, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Split incidents whose records were not matched.

    Of the records of an incident the first stays; each other is found to be the same
    with chance `recall`, and otherwise stands alone as an incident of its own.
    """
    left = counts.copy()
    for pattern in np.flatnonzero(counts):
        bits = [1 << k for k in range(counts.size.bit_length() - 1) if int(pattern) >> k & 1]
        for _ in range(int(counts[pattern]) if len(bits) > 1 else 0):
            lost = [bit for bit in bits[1:] if rng.random() > recall]
            if lost:
                left[pattern] -= 1
                left[int(pattern) - sum(lost)] += 1
                for bit in lost:
                    left[bit] += 1
    return left
