"""What a person notes of a notice: that it was sent, what came of it, that it is out.

A refusal shows the page that the form stood on.
"""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from safelight.campaigns.case_evidence import emergency_pages, notice_pages
from safelight.campaigns.case_evidence.deciding import EvidenceRefusedError
from safelight.campaigns.case_evidence.refusals import in_words
from safelight.campaigns.notices import recording
from safelight.campaigns.notices.problems import NoticeError
from safelight.casework.followup.rules import FollowUpError
from safelight.casework.followup.shown import language
from safelight.casework.opening_views import opened_first


def _day(untrusted: str) -> date:
    try:
        return date.fromisoformat(untrusted)
    except ValueError:
        raise EvidenceRefusedError(
            _("expected a day such as 2026-05-31; choose it again")
        ) from None


@require_POST
@opened_first
def act_on_notice(request: HttpRequest, case_id: str) -> HttpResponse:
    """Note that a notice was sent, what came of it, or that it is out."""
    given = request.POST
    said_in = "message" if given.get("agreed") == "MESSAGE" else "spoken"
    notice, does = given.get("notice", ""), given.get("do", "")
    try:
        if does == "sent":
            recording.note_sent(
                case_id,
                notice,
                on=_day(given.get("on", "")),
                channel=given.get("channel", ""),
                agreed=given.get("agreed", ""),
                agreed_in=given.get(said_in, ""),
                language=language(),
            )
        elif does == "outcome":
            recording.note_outcome(
                case_id,
                notice,
                given.get("outcome", ""),
                on=_day(given.get("on", "")),
                words=given.get("words", ""),
                language=language(),
            )
        else:
            recording.strike(case_id, notice, language=language())
    except (NoticeError, EvidenceRefusedError, FollowUpError) as refusal:
        problem = in_words(refusal)
        if given.get("back") == "emergency":
            return emergency_pages.page(request, case_id, problem=problem, status=422)
        return notice_pages.page(request, case_id, problem=problem, status=422)
    where = "evidence:emergency" if given.get("back") == "emergency" else "evidence:notices"
    return redirect(f"{reverse(where, args=[case_id])}#made")
