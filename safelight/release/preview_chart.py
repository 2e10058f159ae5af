"""The desk's picture of a table: Vega-Lite drawn to SVG on this machine, no script.

The published pages have pictures of their own, because these are too large for them
(docs/spec/publication.md); here an analyst compares all cells on one scale.
"""

from __future__ import annotations

from typing import Any

import vl_convert

from safelight.release.draft import ListRelease
from safelight.release.table import Table

_WIDTH, _STEP = 420, 9


def preview_chart(part: ListRelease, table: Table, *, language: str, counted: str) -> str:
    """An SVG element with one bar per published cell; a hidden cell has none.

    `counted` names the axis in the reader's language. The picture takes the page's ink.
    """
    data = [
        {
            "row": getattr(row.label, language),
            "column": getattr(column.label, language),
            "count": table.counts[i][j],
        }
        for i, row in enumerate(table.rows.headings)
        for j, column in enumerate(table.columns.headings)
        if table.cell(row.code, column.code) not in part.hidden
    ]
    rows = [getattr(row.label, language) for row in table.rows.headings]
    columns = [getattr(column.label, language) for column in table.columns.headings]
    ink = {f"{part}Color": "currentColor" for part in ("label", "title", "domain", "tick")}
    chart = {
        "data": {"values": data},
        "mark": "bar",
        "width": _WIDTH,
        "height": {"step": _STEP},
        "encoding": {
            "x": {
                "field": "count",
                "type": "quantitative",
                "title": counted,
                "axis": {"tickMinStep": 1, "format": "d"},  # nobody counts half an incident
            },
            "y": _side("row", rows),
            "yOffset": _side("column", columns),
            "color": {
                **_side("column", columns),
                "legend": {"orient": "top", "columns": 4, "labelLimit": 0},
            },
        },
        "config": {
            "background": "transparent",
            "font": "sans-serif",
            "view": {"stroke": None},
            "axis": {**ink, "gridOpacity": 0.3, "labelLimit": 260},
            "legend": {"labelColor": "currentColor"},
        },
    }
    drawn: str = vl_convert.vegalite_to_svg(chart)
    return drawn


def _side(field: str, names: list[str]) -> dict[str, Any]:
    return {
        "field": field,
        "type": "nominal",
        "title": None,
        "sort": names,
        "scale": {"domain": names},
    }
