"""All families side by side, and one verdict: an estimate, a lower bound, or a refusal.

A number that is published becomes the number. So the question here is not which method
is best, but whether the table could tell if they were all wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from safelight.undercount.answer import Answer, Family, Options, answered, refused
from safelight.undercount.checks import JUDGED, Examined, after_fitting, before_fitting
from safelight.undercount.families import run_family
from safelight.undercount.loglinear import Interval
from safelight.undercount.noise import with_noise
from safelight.undercount.one_family import ask_one
from safelight.undercount.overlap import Overlap
from safelight.undercount.rules import Finding, Rules, Verdict, shipped_rules

WORST_FIRST: Final[tuple[Verdict, ...]] = ("refused", "lower-bound", "estimate")
SIDE_BY_SIDE: Final[tuple[Family, ...]] = (
    "independence",
    "loglinear",
    "stepwise",
    "decomposable",
    "chao",
    "latent-class",
)


def estimate(overlap: Overlap, *, method: Family | str, options: Options) -> Answer:
    """One family's answer, or with `all` every family's and one verdict.

    A refusal is an answer with its reason, not an exception.
    """
    answer = judge(overlap, options) if method == "all" else ask_one(overlap, method, options)
    return with_noise(answer, overlap, seed=options.seed) if overlap.noise_scale else answer


def judge(
    overlap: Overlap, options: Options, *, families: Sequence[Family] = SIDE_BY_SIDE
) -> Answer:
    """Run the families, ask the rules of `data/rules.yaml`, and say one thing.

    `families` may leave some out (calibration leaves out the slow one).
    """
    rules = shipped_rules()
    early = before_fitting(overlap, rules)
    decisive = rules.decide(early)
    if decisive is not None and decisive.rule.verdict == "refused":
        return _refusal(overlap, options, decisive, (), Examined(early))
    if len(overlap.lists) == 2:
        families = ("chapman",)
    answers = _run(overlap, options, families)
    if not any(one.estimate is not None for one in answers):
        return _refusal(overlap, options, rules.ask("no-estimate", 1.0), answers, Examined(early))
    examined = Examined(early)
    if len(overlap.lists) > 2:
        later = after_fitting(overlap, answers, rules, level=options.level)
        examined = replace(later, findings=(*early, *later.findings))
    decisive = rules.decide(examined.findings)
    if decisive is None:
        return _agreed(overlap, answers, examined, rules)
    if decisive.rule.verdict == "refused":
        return _refusal(overlap, options, decisive, answers, examined)
    return _bound(overlap, answers, examined, decisive)


def _run(overlap: Overlap, options: Options, families: Sequence[Family]) -> list[Answer]:
    tell = options.on_progress
    answers = []
    for place, family in enumerate(families):

        def share_done(share: float, place: int = place) -> None:
            if tell is not None:
                tell((place + share) / len(families))

        share_done(0.0)
        answers.append(run_family(overlap, family, replace(options, on_progress=share_done)))
    return answers


def _refusal(
    overlap: Overlap,
    options: Options,
    decisive: Finding,
    answers: Sequence[Answer],
    examined: Examined,
) -> Answer:
    return refused(
        overlap,
        "all",
        level=options.level,
        reason=decisive.reason,
        diagnostics=_diagnostics(answers, examined, decisive),
    )


def _bound(
    overlap: Overlap, answers: Sequence[Answer], examined: Examined, decisive: Finding
) -> Answer:
    """The smallest of the numbers that are not ruled out, open above."""
    lowest = min(
        (
            one
            for one in answers
            if one.estimate is not None and one.method in (*JUDGED, "chao", "chapman")
        ),
        key=lambda one: one.estimate or 0.0,
    )
    assert lowest.estimate is not None
    assert lowest.interval is not None
    return answered(
        overlap,
        "all",
        verdict="lower-bound",
        assumption=lowest.method,
        estimate=lowest.estimate,
        interval=Interval(lowest.interval.low, float("inf"), lowest.level),
        model=f"{lowest.method}: {lowest.model}",
        reason=decisive.reason,
        diagnostics=_diagnostics(answers, examined, decisive),
    )


def _agreed(
    overlap: Overlap, answers: Sequence[Answer], examined: Examined, rules: Rules
) -> Answer:
    """The first family of JUDGED that answered; the others agree with it, or a rule applied.

    The interval holds those of all families of JUDGED, and reaches up to the largest total
    that two kinds of incidents could make of this table: that the families agree, and that
    the table does not show such kinds, is no proof of the first family's assumption.
    """
    by_method = {one.method: one for one in answers if one.estimate is not None}
    first = next(by_method[method] for method in JUDGED if method in by_method)
    assert first.estimate is not None
    assert first.interval is not None
    intervals = [
        by_method[method].interval or first.interval for method in JUDGED if method in by_method
    ]
    low = min(one.low for one in intervals)
    high = max(one.high for one in intervals)
    assert examined.kinds is not None  # else `cannot-be-told-apart` applied
    told = {
        **_diagnostics(answers, examined, None),
        "interval_if_all_are_as_easy_to_see": [low, high],
    }
    high = max(high, examined.kinds.high)
    return answered(
        overlap,
        "all",
        estimate=first.estimate,
        interval=Interval(low, high, first.interval.level),
        model=f"{first.method}: {first.model}",
        reason=f"No rule of {len(rules.rules)} speaks against it, and the families agree. The "
        f"interval reaches up to where the number would be if some incidents were up to "
        f"{rules.hidden_odds:g} times harder to see, as far as the table allows.",
        diagnostics=told,
    )


def _diagnostics(
    answers: Sequence[Answer], examined: Examined, decisive: Finding | None
) -> dict[str, Any]:
    cause, kinds = examined.cause, examined.kinds
    return {
        "rules_version": shipped_rules().version,
        "decided_by": decisive.rule.name if decisive else None,
        "findings": [
            {
                "rule": finding.rule.name,
                "verdict": finding.rule.verdict,
                "value": finding.value,
                "threshold": finding.rule.threshold,
                "applies": finding.applies,
                "reason": finding.reason if finding.applies else None,
            }
            for finding in examined.findings
        ],
        "families": {one.method: one.as_json() for one in answers},
        "leave_one_out": [
            {"without": one.without, "estimate": one.estimate} for one in examined.left_out
        ],
        "known_answers": [
            {
                "list": one.on_list,
                "truth": one.truth,
                "predicted": one.predicted,
                "interval": [one.interval.low, one.interval.high],
            }
            for one in examined.known
        ],
        "if_matches_were_missed": [
            {"recall": one.recall, "estimate": one.estimate} for one in examined.missed
        ],
        "common_cause": None
        if cause is None
        else {"tau": cause.tau, "z": cause.z, "estimate": cause.estimate, "high": cause.high},
        "hidden_kinds": None
        if kinds is None
        else {
            "high": kinds.high,
            "odds": kinds.odds,
            "share": kinds.share,
            "most_odds": kinds.most_odds,
        },
    }
