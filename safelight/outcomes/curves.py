"""Curves over time for one step: how many had got there by each day, how many had stopped.

A curve, or a refusal with its reason. Where dates are inexact there are three: the middle
of what each date allows, and the two ends. The ends are what-ifs, not bounds: with
censoring in the data an event that moves earlier can lower the curve elsewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

import numpy as np

from safelight.errors import SafelightError
from safelight.outcomes.following import StepTaken, Stop, Wait
from safelight.outcomes.incidence import CENSORED, Incidence, cumulative_incidence
from safelight.outcomes.shares import check_level
from safelight.outcomes.words import Words

RefusalCode: TypeAlias = Literal[
    "no-cases",
    "too-few-cases",
    "too-few-known",
    "dates-not-known",
    "known-only-from-later",
    "too-many-strata",
]
_REACHED, _STOPPED = 1, 2
_LONGEST_HORIZON: Final = 36_525
_MOST_HORIZONS: Final = 20


class RulesError(SafelightError):
    """Rules that cannot be followed."""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What is asked of the cases before a curve is drawn; recorded with every result.

    `level` of all intervals. No curve below `least_cases`; nor when more than the share
    `most_undated` of them lacks a date of its own or has dates in the wrong order; nor when
    more than the share `most_proved` is only known to have been at the step from something
    later. `horizons`: days at which curves are read.
    """

    level: float
    least_cases: int
    most_undated: float
    most_proved: float
    horizons: tuple[int, ...]

    def __post_init__(self) -> None:
        check_level(self.level)
        if self.least_cases < 1:
            raise RulesError(f"least_cases: expected 1 or more, got {self.least_cases}")
        for name, share in (("most_undated", self.most_undated), ("most_proved", self.most_proved)):
            if not 0 <= share <= 1:
                raise RulesError(f"{name}: expected a share from 0 to 1, got {share}")
        if not 1 <= len(self.horizons) <= _MOST_HORIZONS or not all(
            0 < day <= _LONGEST_HORIZON for day in self.horizons
        ):
            raise RulesError(
                f"horizons: expected 1 to {_MOST_HORIZONS} numbers of days, each from 1 to "
                f"{_LONGEST_HORIZON}; got something else"
            )


# What the desk and the command line ask unless told otherwise. A choice, not a finding:
# below ten cases an interval is half as wide as the whole scale (docs/methods/outcomes.md).
USUAL_RULES: Final = Rules(
    level=0.95, least_cases=10, most_undated=0.2, most_proved=0.2, horizons=(30, 90, 180, 365, 730)
)


@dataclass(frozen=True)
class NotEstimable:
    """There is no number, and why. `code` is stable; `values` are numbers only."""

    code: RefusalCode
    values: Mapping[str, int | str] = field(default_factory=dict)

    def reason(self, language: str = "en") -> str:
        return Words(language).refusal(self.code, **self.values)


@dataclass(frozen=True, eq=False)
class StepCurve:
    """`reached` and `stopped` add up with those still waiting. `by_reason`: each stop,
    by stage and code. `earliest`, `latest`: `reached` if every inexact date were at the
    end that makes it look fast, or slow; None when all dates are days. `inexact`: how many
    waits have an inexact end; `timed`: how many have a length at all.
    """

    reached: Incidence
    stopped: Incidence
    by_reason: Mapping[tuple[str, str], Incidence]
    earliest: Incidence | None
    latest: Incidence | None
    timed: int
    inexact: int


def curve_of(taken: Sequence[StepTaken], *, rules: Rules) -> StepCurve | NotEstimable:
    """The Aalen–Johansen curves of one step from all cases that were at it."""
    if len(taken) < rules.least_cases:
        return NotEstimable("too-few-cases", {"cases": len(taken), "needed": rules.least_cases})
    proved = sum(step.proved for step in taken)
    if proved > rules.most_proved * len(taken):
        return NotEstimable("known-only-from-later", {"cases": len(taken), "proved": proved})
    unclear = sum(step.undated or step.out_of_order for step in taken)
    waits = [(step, step.wait) for step in taken if step.wait is not None]
    if unclear > rules.most_undated * len(taken) or not waits:
        most = f"{100 * rules.most_undated:g} %"
        return NotEstimable(
            "dates-not-known", {"cases": len(taken), "unclear": unclear, "most": most}
        )
    return _curve(waits, rules.level)


def _curve(waits: Sequence[tuple[StepTaken, Wait]], level: float) -> StepCurve:
    kind = {"waiting": CENSORED, "reached": _REACHED, "stopped": _STOPPED}
    causes = np.array([kind[step.state] for step, _ in waits], dtype=np.int64)
    lengths = np.array([wait for _, wait in waits], dtype=np.float64)  # (n, 3): see Wait
    got_there = causes == _REACHED

    def whole(days: int, others: int) -> Incidence:
        chosen = np.where(got_there, lengths[:, days], lengths[:, others])
        return cumulative_incidence(chosen, causes, n_causes=2, level=level).cause(_REACHED)

    both = cumulative_incidence(lengths[:, 1], causes, n_causes=2, level=level)
    inexact = int((lengths[:, 0] != lengths[:, 2]).sum())
    return StepCurve(
        reached=both.cause(_REACHED),
        stopped=both.cause(_STOPPED),
        by_reason=_by_reason(waits, causes, lengths[:, 1], level),
        earliest=whole(0, 2) if inexact else None,
        latest=whole(2, 0) if inexact else None,
        timed=len(waits),
        inexact=inexact,
    )


def _by_reason(
    waits: Sequence[tuple[StepTaken, Wait]],
    causes: np.ndarray[tuple[int], np.dtype[np.int64]],
    lengths: np.ndarray[tuple[int], np.dtype[np.float64]],
    level: float,
) -> Mapping[tuple[str, str], Incidence]:
    names = [reason_of(step.stop) for step, _ in waits]
    ordered = [name for name, _ in Counter(name for name in names if name).most_common()]
    number = {name: _STOPPED + place for place, name in enumerate(ordered)}
    split = np.array(
        [number[name] if name else cause for name, cause in zip(names, causes, strict=True)],
        dtype=np.int64,
    )
    found = cumulative_incidence(lengths, split, n_causes=1 + len(ordered), level=level)
    return {name: found.cause(number[name]) for name in ordered}


def reason_of(stop: Stop | None) -> tuple[str, str] | None:
    return None if stop is None else (stop.stage, stop.code)
