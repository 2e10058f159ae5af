"""Referring a case, the sheet that is handed over, and what came of it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from safelight.casework import cases
from safelight.casework.followup import deciding, referring, shown
from safelight.casework.followup.consents import today
from safelight.casework.followup.handover_text import parts_of
from safelight.casework.followup.places import KnownPlace, one_place, places
from safelight.casework.followup.rules import FollowUpError
from safelight.casework.models import CaseState
from safelight.casework.opening_views import opened_first
from safelight.casework.wording import STATES
from safelight.vocabulary.schema import vocabulary


@require_http_methods(["GET", "POST"])
@opened_first
def referrals(request: HttpRequest, case_id: str) -> HttpResponse:
    """What was referred, and the form: whom to, under which consent, which parts."""
    if request.method != "POST":
        return _page(request, case_id)
    try:
        entry = referring.refer(
            case_id,
            place_id=request.POST.get("place", ""),
            consent=request.POST.get("consent", ""),
            is_named="named" in request.POST,
            part_names=request.POST.getlist("parts"),
            note=request.POST.get("note", ""),
            language=shown.language(),
        )
    except FollowUpError as error:
        return _page(request, case_id, problem=str(error), status=422)
    return redirect("followup:sheet", case_id=case_id, entry=entry)


def _page(
    request: HttpRequest, case_id: str, *, problem: str = "", status: int = 200
) -> HttpResponse:
    row = cases.open_case(case_id)
    if row.state in {CaseState.LOCKED, CaseState.WITHDRAWN}:
        return redirect("casework:case", case_id=case_id)
    now, case, _story = deciding.followed(case_id)
    day = today()
    place = _chosen_place(request)
    context = shown.case_context(now, case, today=day) | {
        "case": row,
        "state": STATES[row.state],
        "here": "referrals",
        "problem": problem,
        "given": request.POST if problem else {},
        "given_parts": request.POST.getlist("parts") if problem else [],
        "referrals": [
            shown.referral_shown(one, is_covered=referring.still_covered(case, one))
            for one in reversed(case.referrals)
        ],
        "not_referred": [
            {
                "one": one,
                "helper": shown.label_of("helpers", one.helper),
                "why": shown.label_of("refusals", one.why),
            }
            for one in case.not_referred
        ],
        "directory": [(one, shown.label_of("helpers", one.helper)) for one in places()],
        "place": place,
        "covering": _covering(case, place) if place else [],
        "place_kind": shown.label_of("helpers", place.helper) if place else "",
        "parts": parts_of(now, case, shown.language()) if place else [],
        "helpers": shown.choices_of("helpers"),
        "whys": shown.choices_of("refusals"),
        "consents": shown.consents_shown(now, case, today=day),
    }
    return render(request, "followup/referrals.html", context, status=status)


def _chosen_place(request: HttpRequest) -> KnownPlace | None:
    chosen = request.POST.get("place", "") or request.GET.get("place", "")
    try:
        return one_place(chosen) if chosen else None
    except FollowUpError:
        return None


def _covering(case: Any, place: KnownPlace) -> list[dict[str, Any]]:
    field = vocabulary().field("consent")
    found = referring.covering(case, place.helper, on=today())
    return [
        {"purpose": purpose, "label": field.code(purpose).label(shown.language()), "until": until}
        for purpose, until in found.items()
    ]


@require_POST
@opened_first
def refused(request: HttpRequest, case_id: str) -> HttpResponse:
    """Note that nothing was referred, and why."""
    given = request.POST
    try:
        referring.note_refusal(
            case_id, given.get("helper", ""), given.get("why", ""), given.get("words", "")
        )
    except FollowUpError as error:
        return _page(request, case_id, problem=str(error), status=422)
    return redirect(f"{reverse('followup:referrals', args=[case_id])}#not-referred")


@require_GET
@opened_first
def sheet(request: HttpRequest, case_id: str, entry: str) -> HttpResponse:
    """The very words of a referral, to be printed or sealed; and what came of it."""
    return _sheet(request, case_id, entry)


def _sheet(
    request: HttpRequest, case_id: str, entry: str, *, problem: str = "", status: int = 200
) -> HttpResponse:
    row = cases.open_case(case_id)
    if row.state in {CaseState.LOCKED, CaseState.WITHDRAWN}:
        return redirect("casework:case", case_id=case_id)
    now, case, _story = deciding.followed(case_id)
    referral = referring.referral_of(case, entry)
    is_covered = referring.still_covered(case, referral)
    context = shown.case_context(now, case, today=today()) | {
        "case": row,
        "state": STATES[row.state],
        "here": "referrals",
        "problem": problem,
        "one": shown.referral_shown(referral, is_covered=is_covered),
        "may_hand": is_covered and referral.outcome != "NOT_HANDED",
        # What was not handed over and may not be any more is not shown as if it could be.
        "text": referral.text if is_covered or referral.handed else "",
        "outcomes": shown.choices_of("outcomes"),
    }
    return render(request, "followup/sheet.html", context, status=status)


@require_POST
@opened_first
def hand_over(request: HttpRequest, case_id: str, entry: str) -> HttpResponse:
    """Say that the sheet was handed over, or seal it to its receiver and save the file."""
    try:
        if request.POST.get("how") != referring.SEALED:
            referring.note_printed(case_id, entry)
            return redirect("followup:sheet", case_id=case_id, entry=entry)
        name, sealed = referring.sealed_for_receiver(case_id, entry)
    except FollowUpError as error:
        return _sheet(request, case_id, entry, problem=str(error), status=422)
    response = HttpResponse(sealed, content_type="application/octet-stream")
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response


@require_POST
@opened_first
def outcome(request: HttpRequest, case_id: str, entry: str) -> HttpResponse:
    """Note what came of a referral."""
    given = request.POST
    try:
        referring.note_outcome(case_id, entry, given.get("outcome", ""), given.get("words", ""))
    except FollowUpError as error:
        return _sheet(request, case_id, entry, problem=str(error), status=422)
    return redirect("followup:referrals", case_id=case_id)
