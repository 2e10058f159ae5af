"""The chart of the truth page: one pale bar for what happened, narrow ones for each list.

Plain SVG made by hand: no script, the same bytes for the same numbers, a text
alternative, and patterns beside colours so that it reads in print.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

_WIDTH, _HEIGHT = 760, 330
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 8, 14, 46
_PLOT_HEIGHT: Final = _HEIGHT - _TOP - _BOTTOM
# Okabe & Ito's palette, told apart also by colour-blind readers; order as the lists'.
_COLOURS: Final = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56585c")


@dataclass(frozen=True)
class Group:
    """One year: the true count, and a published count for each list, None where hidden."""

    label: str
    truth: int
    published: Mapping[str, int | None]


def truth_chart(
    groups: Sequence[Group], names: Mapping[str, str], *, title: str, description: str
) -> str:
    """Return the SVG; `names` gives each list's label in the order of the bars."""
    top = _round_up(max(group.truth for group in groups))
    slot = (_WIDTH - _LEFT - _RIGHT) / len(groups)
    parts = [_axis(top)]
    for place, group in enumerate(groups):
        parts.append(_group(group, list(names), x=_LEFT + place * slot, slot=slot, top=top))
    parts.append(_legend(names))
    return (
        f'<svg role="img" viewBox="0 0 {_WIDTH} {_HEIGHT}" xmlns="http://www.w3.org/2000/svg" '
        f'aria-labelledby="chart-title chart-text"><title id="chart-title">{escape(title)}</title>'
        f'<desc id="chart-text">{escape(description)}</desc>{"".join(parts)}</svg>'
    )


def _round_up(highest: int) -> int:
    step = int(10 ** max(0, len(str(highest)) - 2))
    return -(-highest // (2 * step)) * 2 * step


def _y(count: float, top: int) -> float:
    return _TOP + _PLOT_HEIGHT * (1 - count / top)


def _axis(top: int) -> str:
    lines = []
    for count in (0, top // 2, top):
        y = _y(count, top)
        lines.append(
            f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" y2="{y:.1f}" class="grid"/>'
            f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" class="axis">{count}</text>'
        )
    return "".join(lines)


def _group(group: Group, order: list[str], *, x: float, slot: float, top: int) -> str:
    pale_width, base = slot * 0.84, _y(0, top)
    pale_x = x + slot * 0.08
    truth_y, middle = _y(group.truth, top), x + slot / 2
    parts = [
        f'<rect x="{pale_x:.1f}" y="{truth_y:.1f}" width="{pale_width:.1f}" '
        f'height="{base - truth_y:.1f}" class="truth"/>'
        f'<text x="{middle:.1f}" y="{truth_y - 3:.1f}" class="count">{group.truth}</text>'
        f'<text x="{middle:.1f}" y="{base + 16:.1f}" class="count">{escape(group.label)}</text>'
    ]
    bar = pale_width / (len(order) + 1)
    for place, name in enumerate(order):
        bar_x = pale_x + bar * (place + 0.5)
        count = group.published[name]
        if count is None:
            parts.append(
                f'<text x="{bar_x + bar / 2:.1f}" y="{base - 4:.1f}" class="count">×</text>'
            )
            continue
        y = _y(count, top)
        parts.append(
            f'<rect x="{bar_x:.1f}" y="{y:.1f}" width="{bar * 0.82:.1f}" '
            f'height="{base - y:.1f}" fill="{_COLOURS[place]}"/>'
            f'<text x="{bar_x + bar * 0.41:.1f}" y="{y - 2:.1f}" class="small">{count}</text>'
        )
    return "".join(parts)


def _legend(names: Mapping[str, str]) -> str:
    parts, x = [], float(_LEFT)
    for place, label in enumerate(names.values()):
        parts.append(
            f'<rect x="{x:.1f}" y="{_HEIGHT - 14}" width="10" height="10" '
            f'fill="{_COLOURS[place]}"/>'
            f'<text x="{x + 14:.1f}" y="{_HEIGHT - 5}" class="key">{escape(label)}</text>'
        )
        x += 34 + 6.6 * len(label)  # a wide letter of the font is 6.6 units at this size
    return "".join(parts)
