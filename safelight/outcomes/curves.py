"""Curves over time for one step: how many had got there by each day, how many had stopped.

A curve, or a refusal with its reason. Where dates are inexact there are three: the middle
of what each date allows, and the two ends. The ends are what-ifs, not bounds: with
censoring in the data an event that moves earlier can lower the curve elsewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from safelight.errors import SafelightError
from safelight.outcomes.incidence import Incidence, cumulative_incidence
from safelight.outcomes.shares import check_level
from safelight.outcomes.tally import CAUSE_OF, StepTally
from safelight.outcomes.words import Words

RefusalCode: TypeAlias = Literal[
    "no-cases",
    "too-few-cases",
    "too-few-known",
    "dates-not-known",
    "known-only-from-later",
    "too-many-strata",
]
_REACHED, _STOPPED = CAUSE_OF["reached"], CAUSE_OF["stopped"]
_Named = TypeVar("_Named", bound=tuple[str, ...])
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


def curve_of(tally: StepTally, *, rules: Rules) -> StepCurve | NotEstimable:
    """The Aalen–Johansen curves of one step from all cases that were at it."""
    cases = tally.entered
    if cases < rules.least_cases:
        return NotEstimable("too-few-cases", {"cases": cases, "needed": rules.least_cases})
    if tally.proved > rules.most_proved * cases:
        return NotEstimable("known-only-from-later", {"cases": cases, "proved": tally.proved})
    if tally.unclear > rules.most_undated * cases or not tally.timed:
        most = f"{100 * rules.most_undated:g} %"
        return NotEstimable(
            "dates-not-known", {"cases": cases, "unclear": tally.unclear, "most": most}
        )
    return _curve(tally, rules.level)


def _curve(tally: StepTally, level: float) -> StepCurve:
    causes, waits = tally.causes(), tally.waits()
    got_there = causes == _REACHED

    def whole(days: int, others: int) -> Incidence:
        chosen = np.where(got_there, waits[:, days], waits[:, others])
        return cumulative_incidence(chosen, causes, n_causes=2, level=level).cause(_REACHED)

    both = cumulative_incidence(waits[:, 1], causes, n_causes=2, level=level)
    inexact = int((waits[:, 0] != waits[:, 2]).sum())
    return StepCurve(
        reached=both.cause(_REACHED),
        stopped=both.cause(_STOPPED),
        by_reason=_by_reason(tally, waits[:, 1], level),
        earliest=whole(0, 2) if inexact else None,
        latest=whole(2, 0) if inexact else None,
        timed=tally.timed,
        inexact=inexact,
    )


def _by_reason(
    tally: StepTally, waits: NDArray[np.float64], level: float
) -> Mapping[tuple[str, str], Incidence]:
    causes, numbers = tally.causes_by_reason()
    found = cumulative_incidence(waits, causes, n_causes=1 + len(numbers), level=level)
    return {reason: found.cause(numbers[reason]) for reason, _ in most_frequent(tally.reasons)}


def most_frequent(counts: Counter[_Named]) -> list[tuple[_Named, int]]:
    """By count, and where that is the same by name: the order of the cases says nothing."""
    return sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
