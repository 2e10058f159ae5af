"""What each level of agreement weighs, drawn: our own SVG, without script or style."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any, Final

_WIDTH: Final = 760
_MIDDLE: Final = 470
_ROW: Final = 18
_MOST_BITS: Final = 16.0
_REACH: Final = 230


def weights_svg(told: dict[str, Any], *, title: str, say: Callable[[str], str]) -> str:
    """Bars of log2(m/u) for the fields of `linked_as_json`; `say` translates what is shown.

    To the right: for the same; to the left, hatched by an outline: against it.
    """
    parts: list[str] = []
    y = 34.0
    for field in told["fields"]:
        parts.append(
            f'<text x="12" y="{y + 12:g}" font-size="12" font-weight="bold">'
            f"{escape(say(field['column']))}</text>"
        )
        for level in field["levels"]:
            parts.append(_bar(y, level, say))
            y += _ROW
        y += 8
    height = y + 24
    said = "; ".join(
        f"{say(field['column'])}: "
        + ", ".join(f"{say(one['agreement'])} {one['weight']:+.1f}" for one in field["levels"])
        for field in told["fields"]
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:g}" '
        f'width="{_WIDTH}" height="{height:g}" role="img" font-family="sans-serif" fill="#1a1a1a">'
        f"<title>{escape(title)}</title><desc>{escape(said)}</desc>"
        f'<rect width="{_WIDTH}" height="{height:g}" fill="#fff"/>'
        f'<text x="12" y="20" font-size="13">{escape(title)}</text>'
        f'<line x1="{_MIDDLE}" y1="28" x2="{_MIDDLE}" y2="{height - 16:g}" stroke="#6b6b6b"/>'
        + "".join(parts)
        + "</svg>"
    )


def _bar(y: float, level: dict[str, Any], say: Callable[[str], str]) -> str:
    bits = max(-_MOST_BITS, min(_MOST_BITS, level["weight"]))
    length = abs(bits) / _MOST_BITS * _REACH
    start = _MIDDLE if bits >= 0 else _MIDDLE - length
    fill = "#3b6ea8" if bits >= 0 else "#fff"
    at = start + length + 4 if bits >= 0 else start - 4
    anchor = "start" if bits >= 0 else "end"
    return (
        f'<text x="130" y="{y + 12:g}" font-size="11" fill="#444">'
        f"{escape(say(level['agreement'])[:30])}</text>"
        f'<rect x="{start:.1f}" y="{y + 3:g}" width="{max(1.0, length):.1f}" height="11" '
        f'fill="{fill}" stroke="#3b6ea8"/>'
        f'<text x="{at:.1f}" y="{y + 12:g}" font-size="10" text-anchor="{anchor}">'
        f"{level['weight']:+.1f}</text>"
    )
