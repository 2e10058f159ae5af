"""Answers as pictures: SVG without script, with a title and a text for those who cannot see it.

Families side by side, a posterior, and leave-one-out. Colours never carry the meaning alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Final

import numpy as np
from numpy.typing import NDArray

from safelight.undercount.answer import Answer

_WIDTH: Final = 720
_LEFT, _RIGHT, _ROW, _TOP = 150, 30, 30, 40


def pictures(answer: Answer) -> dict[str, str]:
    """Every picture there is of an answer, by file name without `.svg`."""
    if answer.method == "all":
        found = {"families": families_svg(answer), "leave-one-out": leave_one_out_svg(answer)}
        parts = answer.diagnostics.get("families", {})
    else:
        found, parts = {}, {answer.method: {"diagnostics": answer.diagnostics}}
    for name, one in parts.items():
        quantiles = one["diagnostics"].get("quantiles")
        if quantiles:
            found[f"posterior-{name}"] = posterior_svg(
                np.array(quantiles), observed=answer.observed, bins=30
            )
    return found


def families_svg(answer: Answer) -> str:
    """Each family's number and interval on one scale; a bound is open to the right."""
    rows = [
        (name, one["estimate"], *one["interval"])
        for name, one in answer.diagnostics.get("families", {}).items()
        if one["estimate"] is not None
    ]
    return _ranges(rows, answer.observed, "Families of methods side by side")


def leave_one_out_svg(answer: Answer) -> str:
    """The total without each list in turn, beside the total with all."""
    rows = [
        (f"without {one['without']}", one["estimate"], one["estimate"], one["estimate"])
        for one in answer.diagnostics.get("leave_one_out", ())
        if one["estimate"] is not None
    ]
    if answer.estimate is not None:
        rows.insert(0, ("all lists", answer.estimate, answer.estimate, answer.estimate))
    return _ranges(rows, answer.observed, "The total when one list is left out")


def posterior_svg(totals: NDArray[np.float64], *, observed: int, bins: int = 60) -> str:
    """Draws of the total as a histogram, from the observed number to the 99.5th percentile."""
    top = float(np.quantile(totals, 0.995))
    counts, edges = np.histogram(totals, bins=bins, range=(observed, max(top, observed + 1)))
    place = _scale(observed, float(edges[-1]))
    base, tall = 240, 180
    bars = [
        f'<rect x="{place(start):.1f}" y="{base - tall * count / counts.max():.1f}" '
        f'width="{max(place(stop) - place(start) - 1, 0.5):.1f}" '
        f'height="{tall * count / counts.max():.1f}" fill="#4a6fa5"/>'
        for start, stop, count in zip(edges[:-1], edges[1:], counts, strict=True)
    ]
    low, middle, high = (f"{value:,.0f}" for value in np.quantile(totals, [0.025, 0.5, 0.975]))
    told = f"Median {middle}, 95 % between {low} and {high}; {observed:,} were observed."
    return _svg(
        "Posterior of the total",
        told,
        [*bars, *_axis(place, observed, float(edges[-1]), base)],
        base + 40,
    )


def _scale(low: float, high: float) -> Callable[[float], float]:
    span = max(high - low, 1e-9)

    def place(value: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * (min(max(value, low), high) - low) / span

    return place


def _ranges(
    rows: Sequence[tuple[str, float, float, float | None]], observed: int, title: str
) -> str:
    if not rows:
        return _svg(title, "There is no number to show.", [], 60)
    ends = [value for row in rows for value in row[1:] if value is not None]
    high = max(ends) * 1.05
    place = _scale(observed, high)
    parts: list[str] = []
    told = []
    for number, (name, middle, low, up) in enumerate(rows):
        y = _TOP + _ROW * number + 12
        right = high if up is None else up
        dashes = ' stroke-dasharray="6 4"' if up is None else ""
        parts.append(f'<text x="{_LEFT - 10}" y="{y + 4}" text-anchor="end">{escape(name)}</text>')
        parts.append(
            f'<line x1="{place(low):.1f}" x2="{place(right):.1f}" y1="{y}" y2="{y}" '
            f'stroke="#4a6fa5" stroke-width="3"{dashes}/>'
        )
        parts.append(f'<circle cx="{place(middle):.1f}" cy="{y}" r="5" fill="#1b2a41"/>')
        reach = "or more" if up is None else f"to {up:,.0f}"
        told.append(f"{name}: {middle:,.0f}" + ("" if low == up else f" ({low:,.0f} {reach})"))
    base = _TOP + _ROW * len(rows) + 10
    return _svg(
        title, "; ".join(told) + ".", [*parts, *_axis(place, observed, high, base)], base + 40
    )


def _axis(place: Callable[[float], float], low: float, high: float, base: int) -> list[str]:
    lines = [f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{base}" y2="{base}" stroke="#666"/>']
    for value in np.linspace(low, high, 5):
        lines.append(
            f'<text x="{place(value):.1f}" y="{base + 18}" text-anchor="middle">{value:,.0f}</text>'
        )
    return lines


def _svg(title: str, told: str, parts: Sequence[str], height: int) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" '
        f'font-family="sans-serif" font-size="13"><title>{escape(title)}</title>'
        f"<desc>{escape(told)}</desc>"
        f'<text x="10" y="20" font-weight="bold">{escape(title)}</text>' + "".join(parts) + "</svg>"
    )
