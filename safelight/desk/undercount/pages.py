"""How many incidents there were in all, as far as this desk's lists can say. For the desk alone.

Linked and estimated in a thread, as it takes a minute; a refusal is shown as what it is: an
answer. `estimate_pages` leads from here to a release.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from safelight.desk.undercount.lists_together import (
    USUAL_LINKAGES,
    ListsChoice,
    checked_choice,
    lists_to_choose,
    today,
)
from safelight.desk.undercount.run import look, run
from safelight.desk.undercount.shown import level_percent, name_of, shown
from safelight.release.counts import ReleaseError
from safelight.release.noise.noisy_table import CountedList
from safelight.release.noise.overlap import MOST_LISTS


@require_GET
def undercount_page(request: HttpRequest) -> HttpResponse:
    """How the last look stands, what it says and what that rests on."""
    return _page(request)


def _page(request: HttpRequest, *, problem: str = "", status: int = 200) -> HttpResponse:
    now = run.standing()
    try:
        lists = lists_to_choose()
    except ReleaseError as refusal:
        lists, problem = (), problem or str(refusal)
    found = now.result if now else None
    context: dict[str, Any] = {
        "run": now,
        "problem": problem or (now.problem if now else ""),
        "found": found,
        "shown": shown(found) if found is not None else None,
        "level": level_percent(),
        **choosing(lists, request.POST, found.choice if found is not None else None),
    }
    return render(request, "desk/undercount.html", context, status=status)


def choosing(
    lists: tuple[CountedList, ...], given: QueryDict, before: ListsChoice | None
) -> dict[str, Any]:
    """What the fields of lists, years and linkages hold: what was given, or chosen before."""
    ids = [one.list_id for one in lists]
    on = given.getlist("list") or (before.list_ids if before else ids[:MOST_LISTS])
    year = today().year
    years = before.years if before else (year - 4, year)
    return {
        "lists": [
            (one.list_id, name_of(one.name), len(one.rows), one.list_id in on) for one in lists
        ],
        "first": given.get("from", str(years[0])),
        "last": given.get("to", str(years[-1])),
        "linkages": given.get("linkages", str(before.linkages if before else USUAL_LINKAGES)),
        "enough_lists": len(lists) > 1,
    }


def choice_in(given: QueryDict) -> ListsChoice:
    """What a form says of lists, years and linkages. Raises `ReleaseError`."""
    return checked_choice(
        given.getlist("list"),
        first=given.get("from", ""),
        last=given.get("to", ""),
        linkages=given.get("linkages", ""),
        known=[one.list_id for one in lists_to_choose()],
    )


@require_POST
def run_undercount(request: HttpRequest) -> HttpResponse:
    """Link and estimate, beside the page."""
    try:
        choice = choice_in(request.POST)
    except ReleaseError as refusal:
        return _page(request, problem=str(refusal), status=422)
    if not run.begin(lambda tell: look(choice, tell)):
        return _page(request, problem=_("A look is under way already."), status=409)
    return redirect("undercount")
