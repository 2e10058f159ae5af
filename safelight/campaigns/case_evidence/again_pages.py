"""Looking again by itself: set and end schedules of a case, and say that one has read."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.views.decorators.http import require_POST

from safelight.campaigns.case_evidence import scheduling
from safelight.campaigns.case_evidence.deciding import EvidenceRefusedError
from safelight.campaigns.case_evidence.pages import back, page
from safelight.casework.opening_views import opened_first


@require_POST
@opened_first
def set_again(request: HttpRequest, case_id: str) -> HttpResponse:
    """Look at the chosen addresses again every so often, until a day."""
    given = request.POST
    urls = given.getlist("again")
    number, unit, until = (given.get(name, "") for name in ("number", "unit", "until"))
    try:
        scheduling.set_schedules(
            case_id,
            urls,
            every_hours=scheduling.checked_hours(number, unit),
            until=scheduling.checked_until(until),
            language=get_language() or "en",
        )
    except EvidenceRefusedError as refusal:
        asked = {"urls": urls, "number": number, "unit": unit, "until": until}
        return page(request, case_id, problem=str(refusal), status=422, again=asked)
    return back(request, case_id, "looks")


@require_POST
@opened_first
def end_again(request: HttpRequest, case_id: str, schedule: str) -> HttpResponse:
    """Look no more."""
    try:
        scheduling.end_schedule(case_id, schedule)
    except EvidenceRefusedError as refusal:
        return page(request, case_id, problem=str(refusal), status=422)
    return back(request, case_id, "looks")


@require_POST
@opened_first
def looks_read(request: HttpRequest, case_id: str) -> HttpResponse:
    """Somebody read what the looks found, as far as they were shown."""
    try:
        scheduling.note_read(case_id, upto=request.POST.get("upto", ""))
    except EvidenceRefusedError as refusal:
        return page(request, case_id, problem=str(refusal), status=422)
    return back(request, case_id, "looks")
