"""Curves over time: what share of all cases had got to each stage by each day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from safelight.outcomes.curves import NotEstimable, StepCurve
from safelight.outcomes.drawing import GREY, INK, MARGIN, WIDTH, lines, sheet, text, wrapped
from safelight.outcomes.funnel import Funnel
from safelight.outcomes.incidence import Incidence
from safelight.outcomes.words import Words

_LEFT, _RIGHT, _TOP, _BASE = 56, 486, 70, 350
_DASHES: Final = ("", "7 3", "2 2", "10 3 2 3")
_STEPS: Final = (7, 14, 30, 60, 90, 180, 365, 730, 1825, 3650)
_TOLD: Final = ("F2_REPORT", "F3_CASE", "F8_COURT", "F9_VERDICT")
_MOST_CURVES: Final = 4
_TOPS: Final = (0.02, 0.04, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0)
_LEAST_RISE: Final = 0.25  # of a unit of the drawing; smaller steps nobody can see


def from_start_svg(found: Funnel | NotEstimable, *, language: str, title: str | None = None) -> str:
    """Up to four stages of the way since the incident; of a list that begins further on, the
    time to its next stage. More curves would hide each other's intervals."""
    words = Words(language)
    if isinstance(found, NotEstimable):
        return incidence_svg([], until=1, axis="", language=language, title=title)
    main = [step for step in found.steps if not step.beside]
    told = [step for step in main if step.stage in _TOLD] or main[:_MOST_CURVES]
    curves = [
        (words.stage(step.stage), step.from_start.reached)
        for step in told
        if isinstance(step.from_start, StepCurve) and step.from_start.reached.share.size
    ]
    axis = words.say("since_incident")
    if not curves:
        axis = words.say("since_stage", stage=words.stage(found.base))
        curves = [
            (words.stage(step.stage), step.curve.reached)
            for step in main[:1]
            if isinstance(step.curve, StepCurve)
        ]
    until = max(found.rules.horizons)
    return incidence_svg(curves, until=until, axis=axis, language=language, title=title)


def incidence_svg(
    curves: Sequence[tuple[str, Incidence]],
    *,
    until: float,
    axis: str,
    language: str,
    title: str | None = None,
) -> str:
    """Named curves with their intervals in grey, up to the day `until` or the last one seen."""
    words = Words(language)
    title = title or words.say("curve_title")
    if not curves:
        told = words.say("nothing")
        parts = [text(MARGIN, 30, title, size=18, bold=True), text(MARGIN, 56, told)]
        return sheet(parts, height=80, title=title, told=told, language=language)
    last = max(min(until, max(curve.last_seen for _, curve in curves)), 1.0)
    scale = _Scale(last, _top([curve for _, curve in curves], last))
    axes = _axes(curves[-1][1], scale, axis, words)
    parts = [text(MARGIN, 30, title, size=18, bold=True), *axes]
    ends: list[tuple[float, str, str, str]] = []
    described: list[str] = []
    for number, (name, curve) in enumerate(curves):
        parts.append(_band(curve, scale))
        dash = _DASHES[number % len(_DASHES)]
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        # Where nobody is left over the share stays for ever, and so does the line.
        seen = min(last, curve.last_seen) if curve.left_over else last
        path = _stairs(curve, seen, scale)
        parts.append(f'<path d="{path}" fill="none" stroke="{INK}" stroke-width="2"{dashed}/>')
        at, median = curve.at(seen), curve.median
        half = (
            words.say("not_half")
            if median.day is None
            else words.say("half_by", day=f"{median.day:g}")
        )
        ends.append(
            (
                scale.y(at.share or 0.0),
                f"{words.part(at.share)} {name}",
                half if median.day is not None else "",
                dashed,
            )
        )
        described.append(
            words.say(
                "curve_told", name=name, part=words.part(at.share), days=f"{seen:g}",
                low=words.part(at.low), high=words.part(at.high), median=half,
            )
        )  # fmt: skip
    parts += _labels(ends)
    level = f"{100 * curves[0][1].level:g} %"
    notes = wrapped(words.say("curve_band", level=level), width=WIDTH - 2 * MARGIN, size=11)
    foot = wrapped(words.say("footer"), width=WIDTH - 2 * MARGIN, size=11)
    parts.append(lines(MARGIN, _BASE + 84, [*notes, *foot], size=11, fill=GREY))
    return sheet(
        parts,
        height=_BASE + 90 + 14.3 * len([*notes, *foot]),
        title=title,
        told=" ".join(f"{one}." for one in described) + " " + " ".join([*notes, *foot]),
        language=language,
    )


@dataclass(frozen=True)
class _Scale:
    """From days and shares to the drawing."""

    last: float
    top: float

    def x(self, day: float) -> float:
        return _LEFT + (_RIGHT - _LEFT) * min(day, self.last) / self.last

    def y(self, share: float) -> float:
        return _BASE - (_BASE - _TOP) * min(share, self.top) / self.top


def _top(curves: Sequence[Incidence], last: float) -> float:
    highest = max(curve.at(last).high for curve in curves)
    return next((top for top in _TOPS if top >= highest), 1.0)


def _axes(curve: Incidence, scale: _Scale, axis: str, words: Words) -> list[str]:
    parts = [text(_LEFT, _TOP - 14, words.say("curve_share"), fill=GREY)]
    for quarter in range(5):
        share = scale.top * quarter / 4
        y = scale.y(share)
        parts.append(f'<path d="M{_LEFT} {y:g}H{_RIGHT}" stroke="#ccc"/>')
        parts.append(text(_LEFT - 6, y + 4, f"{100 * share:g}", fill=GREY, anchor="end"))
    width = next((step for step in _STEPS if scale.last / step <= 6), _STEPS[-1])
    for day in np.arange(0, scale.last + 1, width):
        x = scale.x(float(day))
        parts.append(f'<path d="M{x:.1f} {_BASE}v5" stroke="{INK}"/>')
        parts.append(text(x, _BASE + 18, f"{day:g}", anchor="middle"))
        seen = curve.at(float(day)).still_seen
        parts.append(text(x, _BASE + 52, words.number(seen), size=11, anchor="middle", fill=GREY))
    parts.append(text(_LEFT, _BASE + 34, axis, fill=GREY))
    parts.append(text(_RIGHT + 24, _BASE + 52, words.say("curve_seen"), size=11, fill=GREY))
    parts.append(f'<path d="M{_LEFT} {_TOP}V{_BASE}H{_RIGHT}" fill="none" stroke="{INK}"/>')
    return parts


def _stairs(curve: Incidence, seen: float, scale: _Scale) -> str:
    """A path of steps from day 0 to `seen`; rises nobody could see are joined."""
    y = scale.y(0.0)
    path = [f"M{scale.x(0):.1f} {y:.1f}"]
    for day, value in zip(curve.days, curve.share, strict=True):
        if day > seen:
            break
        if abs(scale.y(float(value)) - y) >= _LEAST_RISE:
            y = scale.y(float(value))
            path.append(f"H{scale.x(float(day)):.1f}V{y:.1f}")
    path.append(f"H{scale.x(seen):.1f}")
    return "".join(path)


def _band(curve: Incidence, scale: _Scale) -> str:
    """The interval at each event day as one closed shape, to the end of the picture."""
    shown = curve.days <= scale.last
    corners = [
        (scale.x(float(day)), scale.y(float(high)), scale.y(float(low)))
        for day, high, low in zip(
            curve.days[shown], curve.high[shown], curve.low[shown], strict=True
        )
    ]
    if not corners:
        return ""
    if scale.last > curve.last_seen:
        beyond = curve.at(scale.last)
        corners.append((scale.x(curve.last_seen), scale.y(beyond.high), scale.y(beyond.low)))
    kept = [corners[0]]
    for corner in corners[1:]:
        if max(abs(corner[1] - kept[-1][1]), abs(corner[2] - kept[-1][2])) >= _LEAST_RISE:
            kept.append(corner)
    upper = "".join(f"H{x:.1f}V{high:.1f}" for x, high, _ in kept[1:])
    lower = "".join(f"V{low:.1f}H{x:.1f}" for x, _, low in reversed(kept))
    path = f"M{kept[0][0]:.1f} {kept[0][1]:.1f}{upper}H{scale.x(scale.last):.1f}{lower}Z"
    return f'<path d="{path}" fill="#000" fill-opacity=".1"/>'


def _labels(ends: Sequence[tuple[float, str, str, str]]) -> list[str]:
    """Names beside the ends of their curves, pushed apart where they would overlap. By when
    half had got there only where they had: the description says it of all."""
    parts = []
    floor = _BASE + 4.0
    for y, name, half, dashed in sorted(ends, reverse=True):
        rows = wrapped(name, width=WIDTH - _RIGHT - 52, size=12)
        tall = 15.6 * len(rows) + (13 if half else 2)
        top = min(y - 4, floor - tall)
        floor = top
        parts.append(
            f'<path d="M{_RIGHT + 4} {top + 8:.1f}h26" stroke="{INK}" stroke-width="2"{dashed}/>'
        )
        parts.append(lines(_RIGHT + 36, top + 12, rows, size=12))
        if half:
            y_half = top + 10 + 15.6 * len(rows)
            parts.append(text(_RIGHT + 36, y_half, half, size=10, fill=GREY))
    return parts
