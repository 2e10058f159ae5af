"""Pages across cases: what is due today, search in what is open, and the directory of places."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from safelight.casework.cases import open_case
from safelight.casework.followup import deciding, due, places, recalling, rules, searching, shown
from safelight.casework.followup.consents import today
from safelight.casework.followup.rules import FollowUpError
from safelight.casework.wording import KINDS
from safelight.sealing.help_list import HelpListError

_REVIEWS_SHOWN: Final = 50
_URGENT_SHOWN: Final = 20


@require_GET
def today_page(request: HttpRequest) -> HttpResponse:
    """What is due: urgent cases, tasks with overdue ones first, cases to look at again."""
    day = today()
    counts = due.counts(today=day)
    whose = request.GET.get("whose", "")
    if whose not in due.WHOSE:
        whose = "mine" if counts["mine"] or not counts["all"] else "all"
    tasks = due.due_tasks(whose, today=day)
    reviews = Paginator(due.cases_to_review(today=day), _REVIEWS_SHOWN)
    page = reviews.get_page(request.GET.get("page"))
    context = {
        "today": day,
        "whose": whose,
        "lists": [
            ("mine", _("Mine"), counts["mine"]),
            ("nobody", _("Nobody's"), counts["nobody"]),
            ("all", _("All"), counts["all"]),
        ],
        "tasks": tasks,
        "groups": [
            (title, shown.listed_tasks(rows, today=day))
            for title, rows in (
                (_("Overdue"), tasks.overdue),
                (_("Today"), tasks.today),
                (_("In the next seven days"), tasks.soon),
                (_("Later"), tasks.later),
                (_("Without a day"), tasks.undated),
            )
            if rows
        ],
        "urgent": shown.urgent_listed(due.urgent_cases(_URGENT_SHOWN)),
        "page": page,
        "recalls": recalling.to_ask_back(),
        "of_rooms": [import_string(name)(request) for name in settings.SAFELIGHT_ON_TODAY],
        "reviews": [
            {
                "case_id": row.case_id,
                "on": row.review_on,
                "why": shown.review_reason(row.review_rule),
                "is_due": row.review_on is not None and row.review_on <= day,
            }
            for row in page
        ],
    }
    return render(request, "followup/today.html", context)


@require_POST
def task_done(request: HttpRequest) -> HttpResponse:
    """Say from the list that a task is done. Nothing of the case is shown, so none is opened."""
    case_id = request.POST.get("case", "")
    open_case(case_id)
    deciding.finish_task(case_id, request.POST.get("task", ""))
    whose = request.POST.get("whose", "")
    return redirect(f"{reverse('followup:today')}?whose={whose if whose in due.WHOSE else ''}")


@require_http_methods(["GET", "POST"])
def search_page(request: HttpRequest) -> HttpResponse:
    """Search in the cases that are open. Posted, so that no address keeps what was looked for."""
    query = request.POST.get("query", "")[: searching.LONGEST_QUERY]
    asked = request.method == "POST" and bool(query.strip())
    found = searching.search(query, also_assigned="assigned" in request.POST) if asked else []
    assigned = searching.count_assigned_not_open()
    context = {
        "query": query,
        "asked": asked,
        "found": [
            {
                "case_id": one.case_id,
                "more": one.more,
                "hits": [{"hit": hit, "where": KINDS.get(hit.kind, "")} for hit in one.hits],
            }
            for one in found
        ],
        "open_count": len(searching.open_to_search()),
        "assigned_count": assigned,
        "too_many": assigned > searching.most_at_once(),
        "longest": searching.LONGEST_QUERY,
    }
    return render(request, "followup/search.html", context)


@require_http_methods(["GET", "POST"])
def places_page(request: HttpRequest) -> HttpResponse:
    """The directory: who one refers to. Entering and changing are one form."""
    problem, given = "", {}
    if request.method == "POST":
        try:
            _entered(request)
            return redirect("followup:places")
        except FollowUpError as error:
            problem, given = str(error), request.POST.dict()
    elif request.GET.get("place"):
        given = _as_form(places.one_place(request.GET["place"]))
    context = {
        "groups": _by_kind(),
        "removed": places.places(removed=True),
        "helpers": shown.choices_of("helpers"),
        "given": given,
        "problem": problem,
    }
    return render(request, "followup/places.html", context, status=422 if problem else 200)


def _entered(request: HttpRequest) -> None:
    given = request.POST
    places.enter(
        helper=given.get("helper", ""),
        name=given.get("name", ""),
        what=given.get("what", ""),
        how=given.get("how", ""),
        recipient=given.get("recipient", ""),
        place_id=given.get("place_id", ""),
    )


def _as_form(place: places.KnownPlace) -> dict[str, Any]:
    return {
        "place_id": place.place_id,
        "helper": place.helper,
        "name": place.name,
        "what": place.what,
        "how": place.how,
        "recipient": place.recipient,
    }


def _by_kind() -> list[tuple[str, list[places.KnownPlace]]]:
    known = places.places()
    groups = [
        (code.label(shown.language()), [one for one in known if one.helper == code.value])
        for code in rules.codes("helpers").values()
    ]
    return [(label, some) for label, some in groups if some]


@require_POST
def change_place(request: HttpRequest, place_id: str) -> HttpResponse:
    """Take a place out of the directory, or put it back."""
    if request.POST.get("change") == "put-back":
        places.put_back(place_id)
    else:
        places.remove(place_id)
    return redirect("followup:places")


@require_POST
def take_over_helpers(request: HttpRequest) -> HttpResponse:
    """Enter the helpers of a list of helpers (the file that was signed, or the one before)."""
    file = request.FILES.get("helpers")
    try:
        listed = places.read_list(file.read(places.LARGEST_LIST) if file else b"")
        places.take_over(listed, shown.language(), request.POST.get("helper", ""))
    except (HelpListError, FollowUpError) as error:
        raise FollowUpError(str(error)) from None
    return redirect("followup:places")


@require_POST
def receiver_told(request: HttpRequest, subject: str) -> HttpResponse:
    """Forget a recall once the receiver was told."""
    recalling.forget_recall(subject)
    return redirect("followup:today")
