"""Pictures of numbers with noise: a mark where the number is, a line over its interval.

As small as those of `chart`, in the page's colours. A bar would say "so many"; a mark on a
line says "about here", which is all that a number with noise says.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from safelight.publication.markup import Markup, joined, tag
from safelight.publication.noisy_document import NoisyTable, Number
from safelight.publication.wording import Texts

_STEP: Final = 28
_TOP: Final = 11
_PLOT: Final = 40
_SCALE: Final = 1.45
_FEW: Final = 4
_WIDE: Final = 200


def noisy_chart(table: NoisyTable, alone: NoisyTable | None, texts: Texts) -> Markup:
    """One panel per row over the years, or one line per row; `alone`: the rows by themselves."""
    if table.columns is not None and table.columns.name == "year":
        return _years(table, texts)
    rows = table if table.columns is None else alone
    return joined() if rows is None else _lines(rows, texts)


def _years(table: NoisyTable, texts: Texts) -> Markup:
    years = [] if table.columns is None else table.columns.headings
    labels = [heading.label.in_language(texts.language) for heading in years]
    largest = max((cell.high for row in table.cells for cell in row), default=1) or 1
    panels = [
        tag(
            "li",
            tag("p", heading.label.in_language(texts.language)),
            _panel(row, labels, largest, texts),
        )
        for heading, row in zip(table.rows.headings, table.cells, strict=True)
    ]
    many = " long" if len(labels) > _FEW else ""
    return joined(
        tag("p", texts.say("noisy_chart_years"), class_="note"),
        tag("ul", *panels, class_="panels" + many),
    )


def _panel(row: Sequence[Number], labels: Sequence[str], largest: int, texts: Texts) -> Markup:
    width, floor = _STEP * len(row), _TOP + _PLOT
    lines, marks, words = [], [], []
    for place, (cell, label) in enumerate(zip(row, labels, strict=True)):
        middle = place * _STEP + _STEP // 2
        top, bottom, at = (
            floor - round(_PLOT * max(0.0, end) / largest)
            for end in (cell.high, cell.low, cell.value)
        )
        lines.append(f"M{middle} {top}V{bottom}")
        marks.append(f"M{middle - 4} {at}h8")
        if place in (0, len(row) - 1) or len(row) <= _FEW:
            words.append(tag("text", label, x=middle, y=floor + 9, class_="y"))
            words.append(tag("text", texts.number(round(cell.value)), x=middle, y=top - 2))
    return tag(
        "svg",
        tag("path", d="".join(lines), class_="i"),
        tag("path", d="".join(marks), class_="m"),
        *words,
        tag("path", d=f"M0 {floor}h{width}", class_="g"),
        viewBox=f"0 0 {width} {floor + 11}",
        width=round(width * _SCALE),
        # The table below tells every number with its ends; told twice, nobody listens.
        aria_hidden="true",
    )


def _lines(table: NoisyTable, texts: Texts) -> Markup:
    numbers = [row[0] for row in table.cells]
    largest = max((cell.high for cell in numbers), default=1) or 1
    rows = []
    for heading, cell in zip(table.rows.headings, numbers, strict=True):
        low, at, high = (
            round(_WIDE * max(0.0, end) / largest) for end in (cell.low, cell.value, cell.high)
        )
        # The numbers stand beside it as text, so the line itself is silent.
        picture = tag(
            "svg",
            tag("path", d=f"M{low} 6H{high}", class_="i"),
            tag("path", d=f"M{at} 1v10", class_="m"),
            viewBox=f"0 0 {_WIDE} 12",
            aria_hidden="true",
        )
        name = heading.label.in_language(texts.language)
        rows.append(tag("li", tag("span", name), picture, tag("b", interval(cell, texts))))
    return joined(
        tag("p", texts.say("noisy_chart_lines"), class_="note"),
        tag("ul", *rows, class_="totals"),
    )


def interval(cell: Number, texts: Texts) -> str:
    """A number with its ends, as people read it: 34 (28–41)."""
    value, low, high = (
        texts.number(max(0, round(end))) for end in (cell.value, cell.low, cell.high)
    )
    return f"{value} ({low}–{high})"
