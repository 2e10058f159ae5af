"""SVG by hand: escaped text, lines that wrap, one white sheet that also prints in grey.

Presentation attributes only, because our pages allow no inline style; no script, no
fonts from elsewhere, no colour that carries a meaning alone.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from html import escape
from typing import Final

WIDTH: Final = 760
MARGIN: Final = 16
INK: Final = "#1a1a1a"
GREY: Final = "#6b6b6b"
# Wide letters of a sans-serif face, in parts of its size; Cyrillic is the wider of ours.
_LETTER: Final = 0.56


def wrapped(words: str, *, width: float, size: float) -> list[str]:
    """Lines that fit `width` in most faces; SVG itself does not wrap."""
    return textwrap.wrap(words, max(8, int(width / (size * _LETTER))), break_on_hyphens=False)


def text(
    x: float, y: float, words: str, *, size: float = 12, bold: bool = False,
    fill: str = INK, anchor: str = "start",
) -> str:  # fmt: skip
    weight = ' font-weight="bold"' if bold else ""
    at = f' text-anchor="{anchor}"' if anchor != "start" else ""
    return (
        f'<text x="{x:g}" y="{y:g}" font-size="{size:g}" fill="{fill}"{weight}{at}>'
        f"{escape(words)}</text>"
    )


def lines(
    x: float, y: float, rows: Sequence[str], *, size: float = 12,
    fill: str = INK, bold: bool = False,
) -> str:  # fmt: skip
    return "".join(
        text(x, y + number * size * 1.3, row, size=size, fill=fill, bold=bold)
        for number, row in enumerate(rows)
    )


def box(x: float, y: float, width: float, height: float, fill: str) -> str:
    """A rectangle with an outline; nothing at all where it would have no width."""
    if width <= 0:
        return ""
    return (
        f'<rect x="{x:.1f}" y="{y:g}" width="{max(width, 1):.1f}" height="{height:g}" '
        f'fill="{fill}" stroke="{INK}" stroke-width="1"/>'
    )


def sheet(parts: Sequence[str], *, height: float, title: str, told: str, language: str) -> str:
    """The whole picture. `told` says in words what it shows, for whoever does not see it."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" '
        f'width="{WIDTH}" height="{height:g}" role="img" xml:lang="{language}" lang="{language}" '
        f'font-family="sans-serif"><title>{escape(title)}</title><desc>{escape(told)}</desc>'
        f'<rect width="{WIDTH}" height="{height:g}" fill="#fff"/>' + "".join(parts) + "</svg>\n"
    )
