"""Charts as small inline SVG: a few hundred bytes each, and no words drawn into them.

Vega-Lite through vl-convert was measured first: 16 kB for nine groups by three years,
37 kB as small multiples, with English labels for screen readers on a Russian page. A
page here may weigh 12 kB with everything. These pictures take their colours from the
page (dark, print) and their titles from the reader's language; the same counts give the
same bytes. Rows flow as HTML, so that their names wrap on a telephone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from safelight.publication.document import Counts, PublishedTable
from safelight.publication.markup import Markup, joined, tag
from safelight.publication.wording import Texts

# In units of the drawing; the page scales it by its width.
_STEP: Final = 28
_BAR: Final = 20
_TOP: Final = 11
_PLOT: Final = 40
_HIDDEN_HEIGHT: Final = 12
# Pixels per unit where there is room; the words in a picture are 8 and 9 units high.
_SMALL, _LARGE = 1.45, 2.0
_FEW_YEARS: Final = 4
_TOLD_IN_FULL: Final = 9  # the table beside the picture tells all of it


def chart(table: PublishedTable, texts: Texts) -> Markup:
    """The picture of one table: one panel per row over the years, or one bar per row."""
    if table.columns.name == "year":
        return _years(table, texts)
    return _totals(table, texts)


def hatching() -> Markup:
    """The pattern of hidden numbers. Once per page; every picture on it refers to it."""
    lines = tag("path", d="M0 4L4 0M-1 1L1-1M3 5L5 3", class_="w")
    pattern = tag("pattern", lines, id="h", width="4", height="4", patternUnits="userSpaceOnUse")
    return tag(
        "svg", tag("defs", pattern), class_="defs", width="0", height="0", aria_hidden="true"
    )


def _years(table: PublishedTable, texts: Texts) -> Markup:
    years = [heading.label.in_language(texts.language) for heading in table.columns.headings]
    largest = max([count for row in table.cells for count in row if count is not None], default=1)
    panels, all_hidden = [], []
    for heading, counts in zip(table.rows.headings, table.cells, strict=True):
        name = heading.label.in_language(texts.language)
        if any(count is not None for count in counts):
            picture = _bars(counts, years, largest, texts, scale=_SMALL)
            panels.append(tag("li", tag("p", name), picture))
        else:
            all_hidden.append(name)
    total = max([count for count in table.column_totals if count is not None], default=1)
    whole = _bars(table.column_totals, years, total, texts, scale=_LARGE)
    parts = [
        hatching(),
        tag("div", tag("p", texts.say("chart_all")), whole, class_="all"),
        tag("p", texts.say("chart_years"), class_="note"),
    ]
    if panels:
        many = " long" if len(years) > _FEW_YEARS else ""
        parts.append(tag("ul", *panels, class_="panels" + many))
    if all_hidden:
        parts.append(tag("p", texts.say("all_hidden", rows="; ".join(all_hidden)), class_="note"))
    return joined(*parts)


def _bars(
    counts: Counts, labels: Sequence[str], largest: int, texts: Texts, *, scale: float
) -> Markup:
    width, floor = _STEP * len(counts), _TOP + _PLOT
    shown: list[str] = []
    hatched: list[str] = []
    numbers: list[Markup] = []
    named = _named(counts)
    for place, (count, label) in enumerate(zip(counts, labels, strict=True)):
        left, middle = place * _STEP + (_STEP - _BAR) // 2, place * _STEP + _STEP // 2
        height = _HIDDEN_HEIGHT if count is None else max(1, round(_PLOT * count / largest))
        bar = f"M{left} {floor}v-{height}h{_BAR}v{height}"
        (hatched if count is None else shown).append(bar)
        if count is not None and place in named:
            numbers.append(tag("text", texts.number(count), x=middle, y=floor - height - 2))
        if place in (0, len(counts) - 1) or len(counts) <= _FEW_YEARS:
            numbers.append(tag("text", label, x=middle, y=floor + 9, class_="y"))
    return tag(
        "svg",
        tag("title", _said(counts, labels, texts)),
        *([tag("path", d="".join(shown), class_="b")] if shown else []),
        *([tag("path", d="".join(hatched), class_="k", fill="url(#h)")] if hatched else []),
        *numbers,
        tag("path", d=f"M0 {floor}h{width}", class_="g"),
        viewBox=f"0 0 {width} {floor + 11}",
        width=round(width * scale),
        role="img",
    )


def _named(counts: Counts) -> frozenset[int]:
    """Which bars carry their number: all of a few; of many the largest, the first and the last."""
    if len(counts) <= _FEW_YEARS:
        return frozenset(range(len(counts)))
    known = [count for count in counts if count is not None]
    return frozenset({0, len(counts) - 1, *([counts.index(max(known))] if known else [])})


def _said(counts: Counts, labels: Sequence[str], texts: Texts) -> str:
    """The picture in words, for whoever does not see it; of a long series its outline."""

    def told(place: int) -> str:
        count = counts[place]
        return f"{labels[place]}: {texts.say('hidden') if count is None else texts.number(count)}"

    if len(counts) <= _TOLD_IN_FULL:
        return "; ".join(told(place) for place in range(len(counts)))
    outline = "; ".join(told(place) for place in sorted(_named(counts)))
    return f"{outline}; {texts.say('chart_hidden', count=sum(c is None for c in counts))}"


def _totals(table: PublishedTable, texts: Texts) -> Markup:
    largest = max([count for count in table.row_totals if count is not None], default=1)
    rows = []
    for heading, count in zip(table.rows.headings, table.row_totals, strict=True):
        length = 16 if count is None else max(1, round(200 * count / largest))
        bar = tag(
            "rect",
            width=length,
            height=12,
            class_="k" if count is None else "b",
            fill="url(#h)" if count is None else None,
        )
        words = texts.say("hidden") if count is None else texts.number(count)
        # The number stands beside it as text, so the bar itself is silent.
        picture = tag("svg", bar, viewBox="0 0 200 12", aria_hidden="true")
        rows.append(
            tag(
                "li",
                tag("span", heading.label.in_language(texts.language)),
                picture,
                tag("b", words),
            )
        )
    return joined(
        hatching(),
        tag("p", texts.say("chart_totals"), class_="note"),
        tag("ul", *rows, class_="totals"),
    )
