"""The inbox and the case page. Everything works without JavaScript."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from safelight.casework import cases, coding, inbox
from safelight.casework.answers import can_be_answered
from safelight.casework.arrivals import Arrivals
from safelight.casework.closed_case import closed_case_page
from safelight.casework.coding_form import CodingForm
from safelight.casework.folding import CaseNow, fold
from safelight.casework.followup.case_pages import top_of_case
from safelight.casework.followup.consents import among_agreed, today
from safelight.casework.followup.due import urgent_cases
from safelight.casework.followup.shown import urgent_listed
from safelight.casework.funnel_views import fact_form, facts_shown
from safelight.casework.lanes import cases_of, counts_of_lanes
from safelight.casework.letters.standing import is_letter
from safelight.casework.mail_server import MailServerError
from safelight.casework.models import Case, CaseState, EnvelopeState, ReceivedEnvelope
from safelight.casework.opening import recent_alarms
from safelight.casework.opening_views import opened_first
from safelight.casework.report_page import (
    alarms_shown,
    answers_shown,
    conversation_shown,
    history_shown,
    summary_shown,
)
from safelight.casework.summaries import STATISTICS, opened_summaries
from safelight.casework.unproven import unproven_in
from safelight.casework.wording import (
    LANE_CHOICES,
    LANES,
    REASONS,
    RULES,
    SEALED_BY,
    SET_ASIDE,
    STATES,
    STATUSES,
    arrival_sentences,
)
from safelight.journal.chain import told
from safelight.journal.content import Told
from safelight.vocabulary.codes import VocabularyError
from safelight.vocabulary.questions import question_set
from safelight.vocabulary.report import Report
from safelight.vocabulary.schema import vocabulary

_PER_PAGE: Final = 50
_URGENT_SHOWN: Final = 5
# One press of "Fetch" works this long, then says that more is waiting: a page, not a spinner.
_SECONDS_PER_PRESS: Final = 15
_COUNT: Final = re.compile(r"[0-9]{1,6}")
# Lanes that most desks never need, shown once there is something in them.
_ONLY_IF_ANY: Final = frozenset({"mine", "news", "locked", "withdrawn"})
_SERVER: Final = "safelight.server"  # the WSGI environment's key; set by `safelight desk run`


def _language() -> str:
    return get_language() or "en"


@require_GET
def inbox_page(request: HttpRequest) -> HttpResponse:
    """The cases of one lane, newest first; in the last lane also envelopes that did not open."""
    return _inbox(request)


def _inbox(request: HttpRequest, *, problem: str = "", status: int = 200) -> HttpResponse:
    lane = request.GET.get("lane", "new")
    if lane not in LANES:
        lane = "new"
    page = Paginator(cases_of(lane), _PER_PAGE).get_page(request.GET.get("page"))
    found = list(page)
    aside = ReceivedEnvelope.objects.filter(state=EnvelopeState.SET_ASIDE)
    counts = counts_of_lanes()
    nothing_yet = not any(counts.values()) and not aside.exists()
    counts["set-aside"] += aside.count()
    summaries = opened_summaries(found)
    agreed = among_agreed([case.case_id for case in found], STATISTICS, on=today())
    context = {
        "lane": lane,
        "lanes": [
            (name, label, counts[name])
            for name, label in LANES.items()
            if counts[name] or name not in _ONLY_IF_ANY or name == lane
        ],
        "page": page,
        "cases": [
            summary_shown(
                case,
                summaries.get(case.case_id),
                _language(),
                counts=case.case_id in agreed,
            )
            for case in found
        ],
        "envelopes": _envelopes_shown(aside) if lane == "set-aside" else [],
        "nothing_yet": nothing_yet,
        "has_server": bool(request.META.get(_SERVER)),
        "arrivals": arrival_sentences(_arrivals_in(request)),
        "problem": problem,
        "alarms": alarms_shown(recent_alarms()),
        "urgent": urgent_listed(urgent_cases(_URGENT_SHOWN)),
    }
    return render(request, "casework/inbox.html", context, status=status)


def _envelopes_shown(aside: Any) -> list[dict[str, Any]]:
    return [
        {"envelope": envelope, "why": SET_ASIDE.get(envelope.reason, envelope.reason)}
        for envelope in aside.order_by("-received_on", "digest")[:_PER_PAGE]
    ]


def _arrivals_in(request: HttpRequest) -> Arrivals | None:
    """What the last fetch did: numbers in the address, because the desk keeps no session."""
    if "found" not in request.GET:
        return None
    # At most six digits: whoever is in may type any address.
    texts = {name: request.GET.get(name, "0") for name in asdict(Arrivals())}
    counts = {name: int(text) if _COUNT.fullmatch(text) else 0 for name, text in texts.items()}
    return Arrivals(left=bool(counts.pop("left")), **counts)


def _back_to_inbox(arrivals: Arrivals) -> HttpResponse:
    numbers = {name: int(value) for name, value in asdict(arrivals).items()}
    return redirect(f"{reverse('casework:inbox')}?{urlencode(numbers)}")


@require_POST
def fetch_now(request: HttpRequest) -> HttpResponse:
    """Fetch from the server this desk was started with."""
    address = request.META.get(_SERVER)
    if not address:
        return _back_to_inbox(inbox.open_stored())
    try:
        return _back_to_inbox(inbox.fetch(str(address), seconds=_SECONDS_PER_PRESS))
    except MailServerError as error:
        return _inbox(request, problem=str(error), status=502)


@require_POST
def take_in_files(request: HttpRequest) -> HttpResponse:
    """Take in envelope files that a person chose from a stick."""
    files = request.FILES.getlist("envelopes")
    return _back_to_inbox(inbox.take_in(file.read() for file in files))


@require_POST
def try_envelope_again(request: HttpRequest, digest: str) -> HttpResponse:
    """Open an envelope anew that was set aside."""
    inbox.try_again(digest)
    return redirect(f"{reverse('casework:inbox')}?lane=set-aside")


@require_http_methods(["GET", "POST"])
@opened_first
def case_page(request: HttpRequest, case_id: str) -> HttpResponse:
    """One case: what was said, the conversation, the coding form, and what has been decided."""
    case = cases.open_case(case_id)
    story = told(case_id)
    now = fold(case_id, story)
    if now is None:
        raise cases.CaseNotFoundError("there is no such case on this desk; go back to the inbox")
    if now.state in {"withdrawn", "locked"}:
        return closed_case_page(request, case, now)
    report = cases.report_in(now)
    counted = coding.may_be_counted(case_id)
    can_code = counted and CaseState(case.state) != CaseState.SET_ASIDE
    row = coding.coded_row(case)
    form = (
        _coding_form(
            request,
            coding.codes_to_start_from(case, report, row) | {"basis": coding.basis_in(now, story)},
        )
        if can_code
        else None
    )
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            coding.code_case(case_id, form.codes(), basis=form.basis())
            return redirect(f"{reverse('casework:case', args=[case_id])}?saved=1#coding")
        except VocabularyError as error:  # a rule the form does not know yet
            form.add_error(None, str(error))
    refused = request.method == "POST"
    context = _case_context(case, now, story, report) | {
        **top_of_case(now, story),
        "facts": facts_shown(now),
        "fact_form": fact_form(request, now, report, given=False),
        "has_server": bool(request.META.get(_SERVER)),
        "row": row,
        "row_act": _act_label(row.most_serious_act) if row else "",
        "counted": counted,
        "form": form,
        "saved": "saved" in request.GET and not refused,
    }
    return render(request, "casework/case.html", context, status=422 if refused else 200)


def _case_context(
    case: Case, now: CaseNow, story: Sequence[Told], report: Report
) -> dict[str, Any]:
    latest = cases.undoable_in(now, story)
    unproven_count, unproven = unproven_in(now)
    return {
        "case": case,
        "report": report,
        "form_title": question_set(report.form, report.form_version).title(_language()),
        "answers": answers_shown(report, _language()),
        "sealed_by": SEALED_BY[report.sealed_by],
        "state": STATES[case.state],
        "reason": REASONS.get(case.reason, ""),
        "reasons": REASONS.items(),
        "lane_label": LANE_CHOICES.get(case.lane, ""),
        "lane_why": [RULES[rule] for rule in now.lane_reasons if rule in RULES],
        "lane_choices": LANE_CHOICES.items(),
        "conversation": conversation_shown(now, latest),
        "unproven_count": unproven_count,
        "unproven": unproven,
        "can_answer": can_be_answered(now, report),
        "is_letter": is_letter(now),
        "statuses": STATUSES.items(),
        "history": history_shown(story, now, latest),
        "next_case": cases.next_new_case(),
    }


def _act_label(act: str) -> str:
    return vocabulary().field("acts").code(act).label(_language())


def _coding_form(request: HttpRequest, start: dict[str, Any]) -> CodingForm:
    return CodingForm(
        request.POST if request.method == "POST" else None,
        initial=start,
        language=_language(),
        today=datetime.now(UTC).date(),
    )


@require_POST
def set_case_aside(request: HttpRequest, case_id: str) -> HttpResponse:
    """Set a case aside for a reason from the list."""
    cases.set_aside(case_id, request.POST.get("reason", ""))
    return redirect("casework:case", case_id=case_id)


@require_POST
def take_case_back(request: HttpRequest, case_id: str) -> HttpResponse:
    """End a setting aside."""
    cases.take_back(case_id)
    return redirect("casework:case", case_id=case_id)


@require_POST
def move_case(request: HttpRequest, case_id: str) -> HttpResponse:
    """Move a case to another lane."""
    cases.move_to_lane(case_id, request.POST.get("lane", ""))
    return redirect("casework:case", case_id=case_id)


@require_POST
def undo_decision(request: HttpRequest, case_id: str) -> HttpResponse:
    """Undo the latest decision about a case."""
    cases.undo(case_id, request.POST.get("entry", ""))
    return redirect(f"{reverse('casework:case', args=[case_id])}#history")
