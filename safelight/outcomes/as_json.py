"""The answer as JSON; the fields are described in docs/methods/outcomes.md and stable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from safelight.outcomes.curves import NotEstimable, Rules, StepCurve
from safelight.outcomes.funnel import Funnel, Reason, Step
from safelight.outcomes.incidence import At, Incidence
from safelight.outcomes.reporting import ANALOGUE_OF, ReportingRatio
from safelight.outcomes.shares import Bounds, Share


def funnel_as_json(found: Funnel | NotEstimable) -> dict[str, Any]:
    if isinstance(found, NotEstimable):
        return refusal_as_json(found)
    return {
        "verdict": "counted",
        "as_of": found.as_of.isoformat(),
        "unit": "case",
        "cleared_for_publication": False,
        "cases": found.cases,
        "not_yet": found.not_yet,
        "base": found.base,
        "base_cases": found.base_cases,
        "entered_later": found.entered_later,
        "not_recorded": list(found.not_recorded),
        "overturned": found.overturned,
        "rules": _rules(found.rules),
        "steps": [_step(step, found.rules) for step in found.steps],
    }


def ratio_as_json(found: ReportingRatio | NotEstimable) -> dict[str, Any]:
    if isinstance(found, NotEstimable):
        return refusal_as_json(found)
    return {
        "verdict": "counted",
        "analogue_of": ANALOGUE_OF,
        "is_the_indicator": False,
        "unit": "incident",
        "after": found.since.isoformat(),
        "as_of": found.as_of.isoformat(),
        "violence_only": found.violence_only,
        "incidents": found.incidents,
        "reported": _share(found.reported),
        "bounds": _bounds(found.bounds),
        "unknown": found.unknown,
        "by_others": found.by_others,
        "accepted": found.accepted,
        "left_out": found.left_out,
        "kind_unknown": found.kind_unknown,
    }


def strata_as_json(
    column: str, found: Mapping[str, Funnel | NotEstimable] | NotEstimable
) -> dict[str, Any]:
    if isinstance(found, NotEstimable):
        return {"column": column, **refusal_as_json(found)}
    values = {value: funnel_as_json(part) for value, part in found.items()}
    return {"column": column, "verdict": "counted", "values": values}


def refusal_as_json(refusal: NotEstimable) -> dict[str, Any]:
    return {"verdict": "refused", "code": refusal.code, "reason": refusal.reason()}


def _rules(rules: Rules) -> dict[str, Any]:
    return {**asdict(rules), "horizons": list(rules.horizons)}


def _step(step: Step, rules: Rules) -> dict[str, Any]:
    return {
        "stage": step.stage,
        "after": step.after,
        "beside": step.beside,
        "entered": step.entered,
        "reached": step.reached,
        "stopped": step.stopped,
        "waiting": step.waiting,
        "so_far": _share(step.so_far),
        "bounds": _bounds(step.bounds),
        "of_all": _share(step.of_all),
        "reasons": [_reason(reason) for reason in step.reasons],
        "sources": dict(step.sources),
        "proved": step.proved,
        "undated": step.undated,
        "out_of_order": step.out_of_order,
        "curve": _curve(step.curve, rules),
        "from_start": _curve(step.from_start, rules),
    }


def _reason(reason: Reason) -> dict[str, Any]:
    return {
        "stage": reason.stage,
        "code": reason.code,
        "detail": reason.detail or None,
        **_share(reason.share),
    }


def _curve(curve: StepCurve | NotEstimable, rules: Rules) -> dict[str, Any]:
    if isinstance(curve, NotEstimable):
        return refusal_as_json(curve)
    return {
        "verdict": "estimated",
        "method": "aalen-johansen",
        "timed": curve.timed,
        "inexact": curve.inexact,
        "reached": _incidence(curve.reached, rules),
        "stopped": _incidence(curve.stopped, rules),
        "by_reason": [
            {"stage": stage, "code": code, **_incidence(one, rules)}
            for (stage, code), one in curve.by_reason.items()
        ],
        "earliest": _incidence(curve.earliest, rules) if curve.earliest else None,
        "latest": _incidence(curve.latest, rules) if curve.latest else None,
    }


def _incidence(found: Incidence, rules: Rules) -> dict[str, Any]:
    median = found.median
    return {
        "at": [_at(found.at(day)) for day in rules.horizons],
        "half_by": {"day": median.day, "low": median.low, "high": median.high},
        "last_seen": found.last_seen,
    }


def _at(at: At) -> dict[str, Any]:
    return asdict(at)


def _share(share: Share) -> dict[str, Any]:
    return {
        "count": share.count,
        "of": share.of,
        "share": share.share,
        "interval": None if share.low is None else [share.low, share.high],
    }


def _bounds(bounds: Bounds | None) -> list[float] | None:
    return None if bounds is None else [bounds.least, bounds.most]
