"""How many notices of which kind, what came of them and how soon: pure, from rows of codes.

Taken down (or granted), taken down in part, and refused are ends that compete; who has not
answered on the as-of day, or until somebody gave up, is right-censored and never a "no"
(Aalen–Johansen, `outcomes.incidence`; docs/methods/outcomes.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, TypeAlias

import numpy as np

from safelight.errors import SafelightError
from safelight.outcomes.curves import NotEstimable
from safelight.outcomes.incidence import Incidences, cumulative_incidence

ENDS: Final = ("granted", "partly", "refused")
SILENT: Final = "silent"
ALL: Final = "ALL"


class CountingError(SafelightError):
    """Rows of notices that contradict themselves."""


@dataclass(frozen=True, slots=True)
class NoticeFact:
    """One notice that was sent. `ended`: one of ENDS, SILENT (given up), or "" (still waiting)."""

    kind: str
    template: str
    sent_on: date
    ended: str = ""
    ended_on: date | None = None
    reposted_on: date | None = None
    restored_on: date | None = None

    def __post_init__(self) -> None:
        if self.ended not in {"", SILENT, *ENDS} or bool(self.ended) != (self.ended_on is not None):
            raise CountingError("a notice ends in a known way on a day, or not at all")
        later = (self.ended_on, self.reposted_on, self.restored_on)
        if any(day is not None and day < self.sent_on for day in later):
            raise CountingError("nothing comes of a notice before it was sent")


@dataclass(frozen=True)
class NoticeCounts:
    """Notices of one kind (or ALL) as known on a day. `sent` = all of the next five together.

    `reposted` and `restored` count notices after a taking down. `curves` has the causes in the
    order of ENDS, or says why there are none.
    """

    kind: str
    sent: int
    granted: int
    partly: int
    refused: int
    silent: int
    waiting: int
    reposted: int
    restored: int
    curves: Incidences | NotEstimable = field(repr=False)


Counted: TypeAlias = Mapping[str, NoticeCounts]


def counted(facts: Iterable[NoticeFact], *, as_of: date, least_cases: int, level: float) -> Counted:
    """Count notices by kind and all together, as known on `as_of`.

    No curve below `least_cases`; `level` of its intervals. These are numbers for a desk: to
    publish them they go through a release like all others.
    """
    known = [_known(one, as_of) for one in facts if one.sent_on <= as_of]
    names = sorted({one.kind for one in known})
    return {
        name: _counts(
            name,
            [one for one in known if name in {ALL, one.kind}],
            as_of=as_of,
            least_cases=least_cases,
            level=level,
        )
        for name in (ALL, *names)
    }


def _known(one: NoticeFact, as_of: date) -> NoticeFact:
    def until(day: date | None) -> date | None:
        return day if day is not None and day <= as_of else None

    ended_on = until(one.ended_on)
    return NoticeFact(
        one.kind,
        one.template,
        one.sent_on,
        one.ended if ended_on else "",
        ended_on,
        until(one.reposted_on),
        until(one.restored_on),
    )


def _counts(
    name: str, facts: list[NoticeFact], *, as_of: date, least_cases: int, level: float
) -> NoticeCounts:
    def of(ended: str) -> int:
        return sum(one.ended == ended for one in facts)

    return NoticeCounts(
        name,
        sent=len(facts),
        granted=of("granted"),
        partly=of("partly"),
        refused=of("refused"),
        silent=of(SILENT),
        waiting=of(""),
        reposted=sum(one.reposted_on is not None for one in facts),
        restored=sum(one.restored_on is not None for one in facts),
        curves=_curves(facts, as_of=as_of, least_cases=least_cases, level=level),
    )


def _curves(
    facts: list[NoticeFact], *, as_of: date, least_cases: int, level: float
) -> Incidences | NotEstimable:
    if len(facts) < max(least_cases, 1):
        return NotEstimable("too-few-cases", {"cases": len(facts), "needed": least_cases})
    waits = [float(((one.ended_on or as_of) - one.sent_on).days) for one in facts]
    causes = [ENDS.index(one.ended) + 1 if one.ended in ENDS else 0 for one in facts]
    return cumulative_incidence(np.array(waits), np.array(causes), n_causes=len(ENDS), level=level)


def as_json(counts: NoticeCounts, *, days: tuple[int, ...], language: str) -> dict[str, Any]:
    """Return a table's line and what a chart needs: for each end its share on each of `days`."""
    line: dict[str, Any] = {
        name: getattr(counts, name)
        for name in ("kind", "sent", *ENDS, "silent", "waiting", "reposted", "restored")
    }
    if isinstance(counts.curves, NotEstimable):
        return line | {"curves": None, "reason": counts.curves.reason(language)}
    curves = {}
    for place, end in enumerate(ENDS, 1):
        curve = counts.curves.cause(place)
        median = curve.median
        curves[end] = {
            "level": curve.level,
            "median_days": median.day,
            "median_interval": [median.low, median.high],
            "points": [
                {"day": at.day, "share": at.share, "low": at.low, "high": at.high,
                 "still_seen": at.still_seen}
                for at in (curve.at(float(day)) for day in days)
            ],
        }  # fmt: skip
    return line | {"curves": curves, "reason": None}
