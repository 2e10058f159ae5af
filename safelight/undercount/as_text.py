"""Answers as a person reads them on a terminal."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from safelight.undercount.answer import Answer
from safelight.undercount.combine import Combined
from safelight.undercount.loglinear import Interval

_MODELS_LISTED: Final = 40


def _number(value: float) -> str:
    return f"{value:,.0f}"


def _between(interval: Interval) -> str:
    if math.isinf(interval.high):
        return f"{_number(interval.low)} or more"
    return f"{_number(interval.low)} to {_number(interval.high)}"


def answer_as_text(answer: Answer) -> str:
    """Several lines, the verdict first, the assumption always."""
    if answer.estimate is None or answer.interval is None:
        lines = ["REFUSED: no number can be given."]
    elif answer.verdict == "lower-bound":
        lines = [
            f"AT LEAST {_number(answer.estimate)} incidents in all, {_number(answer.observed)} "
            "of them observed.",
            f"  {answer.level:.0%} sure of {_between(answer.interval)}, if the assumption holds.",
        ]
    else:
        lines = [
            f"ESTIMATE {_number(answer.estimate)} incidents in all, {_number(answer.observed)} "
            "of them observed.",
            f"  {answer.level:.0%} interval {_between(answer.interval)}.",
        ]
    lines.append(f"  Why: {answer.reason}")
    lines.append(f"  It rests on this: {answer.assumption}")
    if answer.model:
        lines.append(f"  Model: {answer.model}")
    families = answer.diagnostics.get("families")
    if families:
        lines += ["", "Families of methods side by side:"]
        lines += [_family_line(one) for one in families.values()]
    for one in answer.diagnostics.get("findings", ()):
        if one["applies"] and one["reason"] != answer.reason:
            lines += ["", f"Also ({one['verdict']}): {one['reason']}"]
    missed = answer.diagnostics.get("if_matches_were_missed")
    if missed and answer.estimate is not None:
        told = "; ".join(
            f"{1 - one['recall']:.0%}: {_number(one['estimate'])}"
            for one in missed
            if one["estimate"] is not None
        )
        lines += [
            "",
            "The table cannot show missed matches. The log-linear number if so many were "
            f"missed: {told}.",
        ]
    return "\n".join(lines)


def _family_line(one: Mapping[str, Any]) -> str:
    if one["estimate"] is None:
        return f"  {one['method']:<14}refused: {one['reason']}"
    low, high = one["interval"]
    ends = f"{_number(low)} – {_number(high)}" if high is not None else f"{_number(low)} or more"
    return f"  {one['method']:<14}{_number(one['estimate']):>10}   {ends:<22} {one['model'][:60]}"


def combined_as_text(found: Combined) -> str:
    """The combined answer, and what each linkage said."""
    lines = []
    if found.estimate is None or found.interval is None:
        lines.append("REFUSED: no number can be given.")
    else:
        words = "AT LEAST" if found.verdict == "lower-bound" else "ESTIMATE"
        lines.append(
            f"{words} {_number(found.estimate)} incidents in all, over {len(found.parts)} "
            f"linkages: {_between(found.interval)}."
        )
        lines.append(f"  {found.linkage_share or 0:.0%} of the variance is linkage.")
    lines.append(f"  Why: {found.reason}")
    lines += [_family_line(one.as_json()) for one in found.parts]
    return "\n".join(lines)


def check_as_text(facts: Mapping[str, Any]) -> str:
    """One line for each model, those that cannot be fitted with their reason."""
    models = facts["models"]
    fine = sum(1 for one in models if one["code"] == 0)
    lines = [
        f"{fine} of {len(models)} models can be fitted to these {facts['observed']} incidents."
    ]
    worth_telling = models if len(models) <= _MODELS_LISTED else models[:_MODELS_LISTED]
    lines += [f"  {one['code']}  {one['model']}: {one['in_words']}" for one in worth_telling]
    if len(models) > len(worth_telling):
        lines.append(f"  … and {len(models) - len(worth_telling)} more; see --json")
    return "\n".join(lines)
