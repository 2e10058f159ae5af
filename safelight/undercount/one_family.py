"""When one family is asked by itself, and its number would be an artefact.

`--method NAME` gives a family's own answer, also where `all` would be more careful. But a
number that the table does not carry is not given by any family: too little is shared, no
estimate exists (so that a prior has to answer), the prior answers anyway, or the interval
is none. Thresholds are in `data/rules.yaml`.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from safelight.undercount.answer import Answer, Options, refused
from safelight.undercount.checks import prior_sensitivity, shared_beyond_noise
from safelight.undercount.existence import existence
from safelight.undercount.families import run_family
from safelight.undercount.overlap import Overlap
from safelight.undercount.rules import shipped_rules

# These answer from a prior where the likelihood has no top; the others refuse by themselves.
_WITH_A_PRIOR: Final = ("decomposable", "latent-class")


def ask_one(overlap: Overlap, family: str, options: Options) -> Answer:
    """The family's answer, or the reason why this table has none."""
    beforehand = _beforehand(overlap, family)
    if beforehand is not None:
        return refused(overlap, family, level=options.level, reason=beforehand)
    answer = run_family(overlap, family, options)  # type: ignore[arg-type]
    afterwards = _afterwards(answer, options)
    if afterwards is None:
        return answer
    # What was found stays readable, for comparison; it is no answer.
    return refused(
        overlap,
        family,
        level=options.level,
        reason=afterwards,
        diagnostics={**answer.diagnostics, "not_an_estimate": answer.estimate},
    )


def _beforehand(overlap: Overlap, family: str) -> str | None:
    rules = shipped_rules()
    least = rules.family_min_shared
    shared = shared_beyond_noise(overlap)
    if family != "chapman" and shared < least:  # Chapman's formula has a threshold of its own
        return (
            f"Only {max(shared, 0):.0f} incidents stand on more than one list, and at least "
            f"{least} are needed: so small a count may by chance be several times as large or "
            "small, and the answer with it."
        )
    if family in _WITH_A_PRIOR and existence(overlap, frozenset()):
        return rules.ask("no-estimate", 1.0).reason
    return None


def _afterwards(answer: Answer, options: Options) -> str | None:
    if answer.verdict != "estimate" or answer.estimate is None or answer.interval is None:
        return None
    low, high = answer.interval.low, answer.interval.high
    if not np.isfinite(high):
        return (
            "Nothing bounds this answer from above: so many tables as likely as this one have "
            "no estimate at all."
        )
    if high <= low or not low <= answer.estimate <= high:
        return (
            "The interval does not hold the estimate, or has no width: the zeros of this table "
            "decide the answer, not its counts."
        )
    prior = prior_sensitivity([answer], shipped_rules())
    # Who puts the complete graph back has been told that then the prior answers.
    if prior.applies and not options.saturated:
        return prior.reason
    return None
