"""The page of a case's campaign: copies, postings, their course, codes. It works without script."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Literal, TypeAlias

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from safelight.campaigns.case_campaign import deciding, searching
from safelight.campaigns.case_campaign.shown import campaign_context
from safelight.campaigns.case_campaign.standing import smear_fields
from safelight.campaigns.case_evidence import runs
from safelight.campaigns.case_evidence.deciding import EvidenceRefusedError
from safelight.campaigns.case_evidence.shown import frame_of, is_closed
from safelight.campaigns.timeline.postings import TimelineError
from safelight.casework.followup.shown import language
from safelight.casework.opening_views import opened_first

_Action: TypeAlias = Callable[[HttpRequest, str], str]
# A request has a thread of four: this long one of them waits at most.
_PATIENCE: Final = 10.0


@require_GET
@opened_first
def campaign_page(request: HttpRequest, case_id: str) -> HttpResponse:
    """Everything about the campaign against one person."""
    return _page(request, case_id)


def _page(
    request: HttpRequest, case_id: str, *, problem: str = "", status: int = 200
) -> HttpResponse:
    if is_closed(case_id):
        return redirect("casework:case", case_id=case_id)
    frame, _now, _followed = frame_of(case_id, here="evidence")
    entered = request.POST if problem else None
    context = frame | campaign_context(case_id, entered) | {"problem": problem}
    return render(request, "case_campaign/campaign.html", context, status=status)


@require_GET
@opened_first
def wait_page(request: HttpRequest, case_id: str) -> HttpResponse:
    """Wait a moment for the search of this case, and lead back to where it is shown."""
    runs.wait_for(case_id, seconds=_PATIENCE)
    return redirect(f"{reverse('campaign:case', args=[case_id])}#work")


def _search_photo(request: HttpRequest, case_id: str) -> str:
    searching.begin_photo_search(case_id, request.POST.get("seed", ""))
    return "work"


def _search_text(request: HttpRequest, case_id: str) -> str:
    searching.begin_text_search(case_id, request.POST.get("passage", ""))
    return "work"


def _judge(request: HttpRequest, case_id: str) -> str:
    deciding.judge(case_id, request.POST.get("find", ""), request.POST.get("verdict", ""))
    return "copies"


def _posting(request: HttpRequest, case_id: str) -> str:
    given = request.POST
    deciding.note_posting(
        case_id,
        given.get("source", ""),
        platform=given.get("platform", ""),
        account=given.get("account", ""),
        claimed=" ".join((given.get("day", ""), given.get("time", ""))),
        exposed=given.getlist("exposed"),
    )
    return "postings"


def _followed(request: HttpRequest, case_id: str) -> str:
    given = request.POST
    deciding.note_followed(
        case_id,
        action=given.get("action", ""),
        on=given.get("on", ""),
        how_sure=given.get("standing", ""),
        rests_on=given.get("rests_on", ""),
    )
    return "followed"


def _strike(request: HttpRequest, case_id: str) -> str:
    deciding.strike(case_id, request.POST.get("what", ""))
    return "course"


def _export(request: HttpRequest, case_id: str) -> str:
    drawn: Literal["en", "ru"] = "ru" if language().startswith("ru") else "en"
    deciding.export_course(case_id, language=drawn)
    return "course"


def _code(request: HttpRequest, case_id: str) -> str:
    given = {one.name: request.POST.getlist(one.name) for one in smear_fields()}
    deciding.accept_codes(case_id, given)
    return "codes"


def _dismiss(request: HttpRequest, case_id: str) -> str:
    runs.dismiss(case_id)
    return "copies"


_ACTIONS: Final[Mapping[str, _Action]] = {
    "photo": _search_photo,
    "text": _search_text,
    "judge": _judge,
    "posting": _posting,
    "followed": _followed,
    "strike": _strike,
    "export": _export,
    "codes": _code,
    "dismiss": _dismiss,
}


@require_POST
@opened_first
def act(request: HttpRequest, case_id: str, action: str) -> HttpResponse:
    """Do one thing; a refusal shows the page again with what was entered."""
    does = _ACTIONS.get(action)
    if does is None:
        raise EvidenceRefusedError(_("expected one of the forms of the page; go back, reload it"))
    try:
        part = does(request, case_id)
    except (EvidenceRefusedError, TimelineError, runs.TooManyRunsError) as refusal:
        return _page(request, case_id, problem=str(refusal), status=422)
    if part == "work":
        return redirect(reverse("campaign:wait", args=[case_id]))
    return redirect(f"{reverse('campaign:case', args=[case_id])}#{part}")
