"""Make an exhibit of a file: everything is covered, and a person ticks what may be seen.

Works without script: the page is a picture under a grid of ticks, a text is lines with ticks. What
is ticked is the whole state; nothing is kept before somebody has seen the result.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from safelight.campaigns.case_evidence.deciding import add_exhibit
from safelight.campaigns.case_evidence.looking import look_at
from safelight.campaigns.case_evidence.refusals import in_words
from safelight.campaigns.case_evidence.shown import frame_of, is_closed
from safelight.casework.opening_views import opened_first
from safelight.errors import SafelightError
from safelight.evidence.exhibits.exhibit import Area, Exhibit, Passage, exhibit_of, release
from safelight.evidence.exhibits.rendering import covered_pixels, picture_of_page, released_lines
from safelight.evidence.exhibits.rendering import render as rendered
from safelight.evidence.exhibits.suggesting import released_suggestions, suggest
from safelight.evidence.problems import EvidenceError
from safelight.evidence.sandbox.opened import Page
from safelight.evidence.sandbox.problems import SandboxError
from safelight.journal.chain import desk_key

COLUMNS: Final = 8
MOST_ROWS: Final = 64
MOST_LINES: Final = 1000
FOUND: Final = {
    "phone": gettext_lazy("telephone"),
    "email": gettext_lazy("e-mail"),
    "handle": gettext_lazy("account"),
    "web-address": gettext_lazy("address on the web"),
    "card": gettext_lazy("card"),
    "passport": gettext_lazy("passport"),
    "snils": gettext_lazy("insurance number"),
    "inn": gettext_lazy("tax number"),
    "date": gettext_lazy("date"),
    "address": gettext_lazy("address"),
    "car": gettext_lazy("car"),
    "name": gettext_lazy("name"),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One field of the grid. `warns`: what a suggestion says stands in it."""

    name: str
    row: int
    column: int
    is_released: bool
    warns: tuple[str | Promise, ...]


@dataclass(frozen=True, slots=True)
class ShownLine:
    """One line of text, and what a suggestion says stands in it."""

    number: int
    text: str = field(repr=False)
    is_released: bool
    warns: tuple[str | Promise, ...]


def rows_of(page: Page) -> int:
    """How many rows the grid has, so that a field is about as high as it is wide."""
    return max(1, min(MOST_ROWS, round(page.height * COLUMNS / page.width)))


def area_of(page: Page, row: int, first: int, last: int) -> Area:
    """The fields `first` to `last` of a row, in pixels; together they cover the page."""
    rows = rows_of(page)
    return Area(
        page.number,
        page.width * first // COLUMNS,
        page.height * row // rows,
        page.width * (last + 1) // COLUMNS,
        page.height * (row + 1) // rows,
    )


def areas_of(page: Page, ticked: Collection[str]) -> list[Area]:
    """The ticked fields as areas; neighbours in a row become one."""
    found = []
    for row in range(rows_of(page)):
        run: list[int] = []
        for column in range(COLUMNS + 1):
            if column < COLUMNS and f"{row}-{column}" in ticked:
                run.append(column)
            elif run:
                found.append(area_of(page, row, run[0], run[-1]))
                run = []
    return found


def with_released(
    exhibit: Exhibit, cells: Collection[str], lines: Collection[str], reason: str
) -> Exhibit:
    """Return the exhibit with what is ticked uncovered. Raises `ExhibitError`."""
    by, now = desk_key().desk, datetime.now(UTC)
    for page in exhibit.pages:
        for area in areas_of(page, cells):
            exhibit = release(exhibit, area, by=by, reason=reason, at=now)
    for line in exhibit.lines[:MOST_LINES]:
        if str(line.number) in lines and line.text:
            whole = Passage(line.number, 0, len(line.text))
            exhibit = release(exhibit, whole, by=by, reason=reason, at=now)
    return exhibit


def _cells(exhibit: Exhibit, page: Page, ticked: Collection[str]) -> list[Cell]:
    suggested = [one for one in suggest(exhibit) if isinstance(one.region, Area)]
    cells = []
    for row in range(rows_of(page)):
        for column in range(COLUMNS):
            box = area_of(page, row, column, column)
            warns = [
                one.what.value
                for one in suggested
                if isinstance(one.region, Area)
                and one.region.page == page.number
                and one.region.left < box.right
                and box.left < one.region.right
                and one.region.top < box.bottom
                and box.top < one.region.bottom
            ]
            name = f"{row}-{column}"
            said = tuple(FOUND.get(what, what) for what in dict.fromkeys(warns))
            cells.append(Cell(name, row + 1, column + 1, name in ticked, said))
    return cells


def _lines(exhibit: Exhibit, ticked: Collection[str]) -> list[ShownLine]:
    warns: dict[int, list[str]] = {}
    for one in suggest(exhibit):
        if isinstance(one.region, Passage):
            warns.setdefault(one.region.line, []).append(one.what.value)
    return [
        ShownLine(
            line.number,
            line.text,
            str(line.number) in ticked,
            tuple(FOUND.get(what, what) for what in dict.fromkeys(warns.get(line.number, ()))),
        )
        for line in exhibit.lines[:MOST_LINES]
    ]


@require_http_methods(["GET", "POST"])
@opened_first
def exhibit_page(request: HttpRequest, case_id: str, item: str) -> HttpResponse:
    """Tick what may be seen of one page, see the result, keep it."""
    if is_closed(case_id):
        return redirect("casework:case", case_id=case_id)
    frame, _now, _followed = frame_of(case_id, here="evidence")
    text = (request.POST if request.method == "POST" else request.GET).get("page", "0")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0
    language = "ru" if (get_language() or "en").startswith("ru") else "en"
    try:
        looked = look_at(case_id, item, page=number)
        covered = exhibit_of(looked.opened, language=language)
    except (EvidenceError, SandboxError) as refusal:
        context = frame | {"problem": in_words(refusal)}
        return render(request, "evidence/exhibit.html", context, status=422)
    cells = frozenset(request.POST.getlist("cell"))
    lines = frozenset(request.POST.getlist("line"))
    reason = request.POST.get("reason", "").strip()
    context = frame | {
        "looked": looked,
        "item": item,
        "number": number,
        "reason": reason,
        "lines": _lines(covered, lines),
        "cut": len(covered.lines) > MOST_LINES,
        "back_url": reverse("evidence:case", args=[case_id]),
    }
    if looked.page is not None:
        picture = _as_data(picture_of_page(looked.page))
        context |= {"picture": picture, "cells": _cells(covered, looked.page, cells)}
    if request.method == "GET":
        return render(request, "evidence/exhibit.html", context)
    try:
        made = with_released(covered, cells, lines, reason)
        if "keep" in request.POST:
            _keep(case_id, made, language)
            return redirect(f"{reverse('evidence:case', args=[case_id])}#exhibits")
        context |= _preview(made, looked.page, bool(cells or lines))
    except SafelightError as refusal:
        context |= {"problem": in_words(refusal)}
        return render(request, "evidence/exhibit.html", context, status=422)
    return render(request, "evidence/exhibit.html", context)


def _preview(made: Exhibit, page: Page | None, is_anything: bool) -> dict[str, Any]:
    out = io.BytesIO()
    if page is not None:
        covered_pixels(made, page).save(out, "PNG", compress_level=1)
    return {
        "is_preview": True,
        "is_anything": is_anything,
        "covered": _as_data(out.getvalue()) if page is not None else "",
        "covered_lines": released_lines(made),
        "still": _still(made),
    }


def _still(made: Exhibit) -> Sequence[str | Promise]:
    """What suggestions say stands in what was released: to be looked at once more."""
    found = dict.fromkeys(one.what.value for one in released_suggestions(made))
    return [FOUND.get(what, what) for what in found]


def _keep(case_id: str, made: Exhibit, language: str) -> None:
    done = rendered(made, day=datetime.now(UTC).date(), language=language)
    of = made.original_sha256
    add_exhibit(case_id, _("exhibit") + f" {of[:8]}", done.pdf, done.record, of=of)


def _as_data(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")
