"""The answer for a terminal. English, as all of the command line is."""

from __future__ import annotations

from collections.abc import Mapping

from safelight.outcomes.curves import NotEstimable, StepCurve
from safelight.outcomes.funnel import Funnel, Step
from safelight.outcomes.reporting import ANALOGUE_OF, ReportingRatio
from safelight.outcomes.words import Words

_WORDS = Words("en")
_MOST_REASONS = 4


def funnel_as_text(found: Funnel | NotEstimable) -> str:
    if isinstance(found, NotEstimable):
        return f"REFUSED: {found.reason()}"
    lines = [
        f"{found.cases} cases as known on {found.as_of}; {found.base_cases} from "
        f"{_WORDS.stage(found.base)!r} on.",
        "",
    ]
    for step in found.steps:
        lines += _step(step)
    if found.not_recorded:
        lines.append(f"No case has a fact of: {', '.join(found.not_recorded)}.")
    if found.overturned:
        lines.append(f"{found.overturned} stops were followed by a later stage; they do not count.")
    lines.append("Not cleared for publication: numbers leave through a release.")
    return "\n".join(lines)


def ratio_as_text(found: ReportingRatio | NotEstimable) -> str:
    if isinstance(found, NotEstimable):
        return f"Reported to the police: refused. {found.reason()}"
    share, part = found.reported, _WORDS.part
    kind = "violent incidents" if found.violence_only else "incidents of every kind"
    return (
        f"Reported to the police by the person: {share.count} of {share.of} {kind} of the last "
        f"twelve months ({part(share.share)}, {part(share.low)} to {part(share.high)}); "
        f"{found.unknown} not known, so {part(found.bounds.least)} to {part(found.bounds.most)}.\n"
        f"An analogue of lower quality of {ANALOGUE_OF}: incidents known to us, not victims in "
        "the population."
    )


def strata_as_text(column: str, found: Mapping[str, Funnel | NotEstimable] | NotEstimable) -> str:
    if isinstance(found, NotEstimable):
        return f"By {column}: refused. {found.reason()}"
    return "\n\n".join(
        f"== {column} = {value}\n{funnel_as_text(part)}" for value, part in found.items()
    )


def _step(step: Step) -> list[str]:
    part, so_far = _WORDS.part, step.so_far
    first = f"{step.stage}  {_WORDS.stage(step.stage)}: {step.reached} of {step.entered}"
    if so_far.share is not None:
        first += f" ({part(so_far.share)}, {part(so_far.low)} to {part(so_far.high)})"
    first += f"; of all {part(step.of_all.share)}"
    if step.waiting and step.bounds:
        first += (
            f"; {step.waiting} not known yet, so {part(step.bounds.least)} to "
            f"{part(step.bounds.most)}"
        )
    lines = [first]
    if step.stopped:
        whys = [
            f"{_WORDS.code(reason.stage, reason.code, reason.detail)} {reason.share.count}"
            for reason in step.reasons[:_MOST_REASONS]
        ]
        lines.append(f"    stopped {step.stopped}: {', '.join(whys)}")
    lines.append(f"    since {step.after}: {_time(step.curve)}")
    return lines


def _time(curve: StepCurve | NotEstimable) -> str:
    if isinstance(curve, NotEstimable):
        return f"refused. {curve.reason()}"
    median, part = curve.reached.median, _WORDS.part
    told = "half never yet" if median.day is None else f"half by day {median.day:g}"
    last = curve.reached.at(curve.reached.last_seen)
    told += (
        f"; {part(last.share)} ({part(last.low)} to {part(last.high)}) by day {last.day:g}, "
        "the last on which anybody was seen waiting"
    )
    return told + (f"; {curve.inexact} dates inexact" if curve.inexact else "")
