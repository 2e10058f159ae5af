"""From a noisy overlap, and from nothing else, to an estimate of all incidents.

Post-processing: it costs nothing beyond the noise. Every family but the slow one judges each
plausible linkage's table, and Rubin's rules carry what linking (and the noise, which differs
between the tables) leaves open. A refusal is a part of a release like a number.
"""

from __future__ import annotations

import hashlib
import math
import secrets
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Final

import numpy as np

from safelight.release.code_digest import RELEASE, code_sha256
from safelight.release.estimate import (
    AGREED,
    LOST_IN_NOISE,
    NOISE_DECIDES,
    Estimate,
    Number,
)
from safelight.release.noise.overlap import MeasuredOverlap
from safelight.release.noise.plan import simulated_noise
from safelight.release.noise.privacy_loss import Measure
from safelight.undercount.answer import Answer, Options
from safelight.undercount.combine import Combined, combine_linkages
from safelight.undercount.noise import with_noise
from safelight.undercount.overlap import Overlap, OverlapError
from safelight.undercount.rules import Verdict, shipped_rules
from safelight.undercount.verdict import SIDE_BY_SIDE, WORST_FIRST, judge

_PACKAGES: Final = ("safelight.linkage", "safelight.undercount", *RELEASE)
_FAMILIES: Final = tuple(family for family in SIDE_BY_SIDE if family != "latent-class")
_SIMULATED: Final = 4000
_SEED: Final = 20260101


@dataclass(frozen=True)
class Computed:
    """What follows from the measurement alone."""

    documented: Number
    verdict: Verdict
    reason: str
    estimate: Number | None
    linkage_share: int | None


def estimate_of(measured: MeasuredOverlap, *, level: Fraction, data_digest: str) -> Estimate:
    """The release's part. `data_digest` (SHA-256 of what was linked) is published salted."""
    found, salt = computed(measured, level), secrets.token_bytes(32)
    return Estimate(
        measured=measured,
        level=level,
        documented=found.documented,
        verdict=found.verdict,
        reason=found.reason,
        estimate=found.estimate,
        linkage_share=found.linkage_share,
        data_sha256=hashlib.sha256(salt + data_digest.encode()).hexdigest(),
        code_sha256=code_sha256(*_PACKAGES),
        salt=salt.hex(),
    )


@lru_cache(maxsize=16)  # of noisy tables, which are published anyway
def computed(measured: MeasuredOverlap, level: Fraction) -> Computed:
    """The same measurement and level give the same answer."""
    documented = _documented(measured, level)
    try:
        answers = [_judged(measured, table, level) for table in measured.tables]
    except OverlapError:
        return Computed(documented, "refused", LOST_IN_NOISE, None, None)
    combined = combine_linkages(answers, level=float(level))
    worst = min(answers, key=lambda one: WORST_FIRST.index(one.verdict))
    number = _rounded(combined)
    share = combined.linkage_share
    return Computed(
        documented,
        combined.verdict,
        _reason(worst),
        number,
        None if number is None or share is None else round(100 * share),
    )


def _judged(measured: MeasuredOverlap, table: tuple[int, ...], level: Fraction) -> Answer:
    counts = np.concatenate([[0], np.maximum(table, 0)]).astype(np.int64)
    overlap = Overlap(measured.lists, counts, measured.scale)
    options = Options(seed=_SEED, level=float(level), vary_delta=False)
    return with_noise(judge(overlap, options, families=_FAMILIES), overlap, seed=_SEED)


def _documented(measured: MeasuredOverlap, level: Fraction) -> Number:
    """Incidents on one list or more: unbiased, so that cells below zero count as they are."""
    tables = np.array(measured.tables)
    random = np.random.default_rng(_SEED)
    noise = simulated_noise(random, Measure.PURE, measured.scale, (_SIMULATED, tables.size))
    off = np.abs(noise.sum(axis=1)) / len(tables)
    reach = float(np.quantile(off, float(level), method="higher"))
    middle = float(tables.sum()) / len(tables)
    return _number(middle, middle - reach, middle + reach)


def _rounded(found: Combined) -> Number | None:
    if found.estimate is None or found.interval is None:
        return None
    return _number(found.estimate, found.interval.low, found.interval.high)


def _number(value: float, low: float, high: float) -> Number:
    """Rounded to a step of 1, 2 or 5 times a power of ten, of which its reach has five or more.

    Ends are rounded outwards. More digits would say more than is known.
    """
    reach = value - low if math.isinf(high) else (high - low) / 2
    step = 1
    for next_step in (a * 10**power for power in range(7) for a in (1, 2, 5)):
        if next_step * 5 <= reach:
            step = next_step
    down = max(0, math.floor(low / step) * step)
    near = max(down, round(value / step) * step)
    up = None if math.isinf(high) else max(near, math.ceil(high / step) * step, down + step)
    return Number(near, down, up)


def _reason(answer: Answer) -> str:
    """The rule that decided, by its name; pages have a sentence for each in two languages."""
    decided = answer.diagnostics.get("decided_by")
    verdicts = {rule.name: rule.verdict for rule in shipped_rules().rules}
    if answer.verdict == "estimate":
        return AGREED
    if decided is None or verdicts[decided] != answer.verdict:
        return NOISE_DECIDES
    return str(decided)
