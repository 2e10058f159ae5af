"""Several answers into one: plausible linkages, a range of recall, or strata of one table.

Linkage: m overlaps from m plausible ways to match the records are m answers. Rubin's
rules (1987, ch. 3) on log(unseen) add what differs between them to what each admits; the
share of the variance that is linkage says whether better matching or more lists would
help more. (Multiple linkages: Sadinle 2018, Annals of Applied Statistics 12:1013.)

Strata: totals add up; so do variances, if nothing else ties the strata together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, stdtrit

from safelight.undercount.answer import Answer, Options, refused
from safelight.undercount.loglinear import Interval
from safelight.undercount.missed_matches import put_right
from safelight.undercount.overlap import Overlap, OverlapError
from safelight.undercount.rules import Verdict, shipped_rules
from safelight.undercount.verdict import WORST_FIRST, estimate


@dataclass(frozen=True)
class Combined:
    """One total from several answers, in incidents.

    `estimate` and `interval` are None if the verdict is refused; the upper end of a lower
    bound is infinite. `linkage_share`: of the variance of log(unseen), between 0 and 1;
    None for strata.
    """

    estimate: float | None
    interval: Interval | None
    verdict: Verdict
    reason: str
    linkage_share: float | None
    parts: tuple[Answer, ...]


def over_linkages(overlaps: Sequence[Overlap], *, method: str, options: Options) -> Combined:
    """Answer each plausible overlap of the same lists and combine by Rubin's rules.

    Needs two or more. The verdict is the worst of them all: a number that vanishes under
    another plausible linkage is not one to publish.
    """
    if len(overlaps) < 2:
        raise OverlapError("linkage uncertainty needs two or more plausible overlaps; got one")
    if len({overlap.lists for overlap in overlaps}) > 1:
        raise OverlapError("the overlaps must be of the same lists in the same order")
    parts = tuple(estimate(overlap, method=method, options=options) for overlap in overlaps)
    return combine_linkages(parts, level=options.level)


def combine_linkages(parts: Sequence[Answer], *, level: float) -> Combined:
    """Rubin's rules on log(unseen) of answers to the same question.

    An interval that reaches further up than down keeps doing so: each side has its own
    variance within.
    """
    worst = _worst(parts)
    if worst.verdict == "refused":
        return Combined(None, None, "refused", worst.reason, None, tuple(parts))
    centre, below, above = np.array([_log_unseen(one) for one in parts]).T
    m = len(parts)
    between = float(centre.var(ddof=1)) * (1 + 1 / m)

    def reach(within: NDArray[np.float64]) -> float:
        total = float(within.mean()) + between
        # With no difference between linkages t is the normal distribution.
        freedom = (m - 1) * (total / between) ** 2 if between > 0 else np.inf
        return float(stdtrit(freedom, (1 + level) / 2)) * float(np.sqrt(total))

    n = float(np.mean([one.observed for one in parts]))
    middle = float(centre.mean())
    interval = Interval(
        n + float(np.exp(middle - reach(below))), n + float(np.exp(middle + reach(above))), level
    )
    total = float((below.mean() + above.mean()) / 2) + between
    return Combined(
        n + float(np.exp(middle)),
        _open_above(interval, worst.verdict),
        worst.verdict,
        worst.reason,
        between / total if total > 0 else 0.0,
        tuple(parts),
    )


def add_strata(parts: Mapping[str, Answer], *, level: float) -> Combined:
    """The total over strata that were answered one by one, e.g. years or regions.

    Each stratum's unseen part is taken as log-normal; the sum is matched by its mean and
    variance (Fenton 1960), for each end with the spread on its side. What is hidden in one
    stratum may be hidden in all, so for `all` the upper end is no less than the sum of upper
    ends. A refused stratum refuses the sum: leaving it out would count its unseen incidents
    as none.
    """
    if len(parts) < 2:
        raise OverlapError("a sum over strata needs two or more; got one")
    worst = _worst(list(parts.values()))
    if worst.verdict == "refused":
        names = ", ".join(name for name, one in parts.items() if one.verdict == "refused")
        reason = f"Stratum {names} has no number, so neither has the sum. {worst.reason}"
        return Combined(None, None, "refused", reason, None, tuple(parts.values()))
    centre, below, above = np.array([_log_unseen(one) for one in parts.values()]).T
    z = float(ndtri((1 + level) / 2))
    n = sum(one.observed for one in parts.values())
    points = sum(one.estimate or 0.0 for one in parts.values())
    low = n + _quantile_of_sum(centre, below, -z)
    high = n + _quantile_of_sum(centre, above, z)
    if any(one.method == "all" for one in parts.values()):
        high = max(high, sum(one.interval.high for one in parts.values() if one.interval))
    interval = Interval(low, high, level)
    return Combined(
        points,
        _open_above(interval, worst.verdict),
        worst.verdict,
        worst.reason,
        None,
        tuple(parts.values()),
    )


def _quantile_of_sum(centre: NDArray[np.float64], spread: NDArray[np.float64], z: float) -> float:
    """Of a sum of log-normal numbers, matched by mean and variance; `spread` are variances."""
    mean = np.exp(centre + spread / 2)
    variance = mean**2 * np.expm1(spread)
    width = float(np.log1p(variance.sum() / mean.sum() ** 2))
    return float(mean.sum() * np.exp(z * np.sqrt(width) - width / 2))


def estimate_with_recall(
    overlap: Overlap, *, recall: tuple[float, float], method: str, options: Options
) -> Answer:
    """An answer whose interval holds the answers for the lowest and highest recall plausible.

    The number is that of the middle; the verdict is the worst of the three. `observed` stays
    what was counted, so a total may be below it where many incidents were counted twice.
    """
    low, high = recall
    if low > high:
        raise OverlapError("the range of the share of matches found goes from low to high")
    parts = {
        share: estimate(put_right(overlap, recall=share), method=method, options=options)
        for share in sorted({low, (low + high) / 2, high})
    }
    answers = list(parts.values())
    worst = min(answers, key=lambda one: WORST_FIRST.index(one.verdict))
    middle = answers[len(answers) // 2]
    told: dict[str, Any] = {
        **middle.diagnostics,
        "match_recall": [
            {
                "recall": share,
                "observed": one.observed,
                "estimate": one.estimate,
                "interval": None if one.interval is None else [one.interval.low, one.interval.high],
                "verdict": one.verdict,
            }
            for share, one in parts.items()
        ],
    }
    if worst.verdict == "refused":
        reason = worst.reason
        return refused(overlap, method, level=options.level, reason=reason, diagnostics=told)
    intervals = [one.interval for one in answers if one.interval is not None]
    ends = Interval(
        min(one.low for one in intervals),
        float("inf") if worst.verdict == "lower-bound" else max(one.high for one in intervals),
        options.level,
    )
    assumptions = shipped_rules().assumptions
    found = assumptions["matches-measured"].format(low=low, high=high)
    return replace(
        worst,
        observed=overlap.observed,
        estimate=min(one.estimate or 0.0 for one in answers)
        if worst.verdict == "lower-bound"
        else middle.estimate,
        interval=ends,
        model=middle.model,
        assumption=worst.assumption.replace(assumptions["matches"], found),
        diagnostics=told,
    )


def _worst(parts: Sequence[Answer]) -> Answer:
    return min(parts, key=lambda one: WORST_FIRST.index(one.verdict))


def _open_above(interval: Interval, verdict: Verdict) -> Interval:
    if verdict == "lower-bound":
        return Interval(interval.low, float("inf"), interval.level)
    return interval


def _log_unseen(one: Answer) -> tuple[float, float, float]:
    """Middle of log(unseen), and its variance as the ends below and above have it.

    A lower bound has only its lower end, which then stands for both.
    """
    assert one.unseen is not None
    assert one.interval is not None
    middle = np.log(max(one.unseen, 0.5))
    low = np.log(max(one.interval.low - one.observed, 0.1))
    z = float(ndtri((1 + one.level) / 2))
    below = float((middle - low) / z) ** 2
    if np.isinf(one.interval.high):
        return float(middle), below, below
    high = np.log(max(one.interval.high - one.observed, 0.1))
    return float(middle), below, float((high - middle) / z) ** 2


def combined_as_json(found: Combined) -> dict[str, Any]:
    """JSON values only; an infinite end is null. `parts` are answers without diagnostics."""
    ends = None
    if found.interval is not None:
        high = found.interval.high
        ends = [found.interval.low, None if np.isinf(high) else high]
    parts = [one.as_json() for one in found.parts]
    for part in parts:
        del part["diagnostics"]
    return {
        "estimate": found.estimate,
        "interval": ends,
        "verdict": found.verdict,
        "reason": found.reason,
        "linkage_share": found.linkage_share,
        "parts": parts,
    }
