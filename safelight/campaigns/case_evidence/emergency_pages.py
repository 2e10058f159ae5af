"""“They are posting about me”: from the alarm to bundle and notices, on one page with a clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any, Final, TypeAlias

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from safelight.campaigns.case_evidence import deciding
from safelight.campaigns.case_evidence.deciding import EvidenceRefusedError
from safelight.campaigns.case_evidence.emergency import (
    Stand,
    Step,
    alarm_in,
    clock_of,
    steps,
)
from safelight.campaigns.case_evidence.notice_pages import keep_if_seen, notices_context
from safelight.campaigns.case_evidence.pages import begin_bundle
from safelight.campaigns.case_evidence.refusals import in_words
from safelight.campaigns.case_evidence.shown import evidence_context, frame_of, is_closed
from safelight.casework.cases import report_in
from safelight.casework.followup.consents import today
from safelight.casework.followup.deciding import add_task
from safelight.casework.followup.rules import FollowUpError
from safelight.casework.followup.shown import label_of, language
from safelight.casework.opening_views import opened_first
from safelight.errors import SafelightError
from safelight.journal.chain import told
from safelight.vocabulary.questions import question_set
from safelight.vocabulary.schema import vocabulary

_Action: TypeAlias = Callable[[HttpRequest, str], str]
# What is suggested at the end: a kind of task, and in how many days.
_TASKS: Final = (("answer", 0), ("evidence", 1), ("check", 2), ("notice", 7))


@require_GET
@opened_first
def emergency_page(request: HttpRequest, case_id: str) -> HttpResponse:
    """The six steps. Also for a case that no alarm began: the links are then typed."""
    return page(request, case_id)


def page(
    request: HttpRequest,
    case_id: str,
    *,
    problem: str = "",
    wrong: str = "",
    form: Mapping[str, Any] | None = None,
    status: int = 200,
    links: str = "",
) -> HttpResponse:
    """Show the page, also after a refusal. `links`: the addresses that were refused."""
    if is_closed(case_id):
        return redirect("casework:case", case_id=case_id)
    frame, now, followed = frame_of(case_id, here="emergency")
    report = report_in(now)
    alarm = alarm_in(report)
    context = frame | evidence_context(request, case_id)
    context |= notices_context(request, case_id, now, here="emergency")
    context |= {"form": form} if form else {}
    evidence = context["evidence"]
    stand = Stand(
        alarm,
        evidence,
        followed,
        len(context["made"]),
        len(context["reporter_files"]),
        bool(context["is_running"]),
        frozenset(one.capture.url for one in context["captures"] if one.running),
    )
    every_step = {step.name: step for step in steps(stand)}
    captured = stand.captured | stand.under_way
    chosen = alarm.exposed if evidence.exposed is None else evidence.exposed
    context |= {
        "clock": clock_of(told(case_id)),
        "alarm": alarm,
        "steps": list(every_step.values()),
        "step": every_step,
        "left": [step for step in every_step.values() if not step.is_done],
        "links": links or "\n".join(url for url in alarm.links if url not in captured),
        "form_is_folded": _all_asked_for(alarm.links, captured, every_step["capture"], context)
        and not links,
        "allowed": _allowed(report.form, report.form_version, alarm.allowed),
        "may": {code: code in alarm.allowed for code in _MAY},
        "exposed_choices": [
            (code.value, code.label(language()), code.value in chosen)
            for code in vocabulary().field("exposed").codes
        ],
        "tasks_suggested": _suggested(followed),
        "problem": problem,
        "wrong": wrong,
    }
    return render(request, "evidence/emergency.html", context, status=status)


def _all_asked_for(
    links: Iterable[str], captured: frozenset[str], step: Step, context: Mapping[str, Any]
) -> bool:
    is_asked_for = captured.issuperset(links) and bool(captured)
    return is_asked_for or (step.is_done and bool(context["has_anything"]))


_MAY: Final = ("KEEP_COPIES", "ASK_REMOVAL", "LETTER_EMPLOYER", "FIND_LAWYER", "WRITE_TO_ME")


def _allowed(form: str, version: str, allowed: frozenset[str]) -> list[str]:
    """What the person allowed, in the words of the form they filled in."""
    for question in question_set(form, version).questions:
        if question.id == "may_do":
            return [one.label(language()) for one in question.codes if one.value in allowed]
    return []


def _suggested(followed: Any) -> list[tuple[str, str, str]]:
    there = {task.kind for task in followed.open_tasks if task.due is not None}
    return [
        (kind, label_of("tasks", kind), (today() + timedelta(days=days)).isoformat())
        for kind, days in _TASKS
        if kind not in there and not (kind == "answer" and followed.answered)
    ]


def _exposed(request: HttpRequest, case_id: str) -> str:
    deciding.note_exposed(case_id, request.POST.getlist("exposed"))
    return "exposed"


def _seal(request: HttpRequest, case_id: str) -> str:
    begin_bundle(request, case_id)
    return "bundle"


def _tasks(request: HttpRequest, case_id: str) -> str:
    for kind in request.POST.getlist("task"):
        add_task(case_id, kind, words="", due=request.POST.get(f"due-{kind}", ""))
    return "tasks"


_ACTIONS: Final[Mapping[str, _Action]] = {
    "exposed": _exposed,
    "seal": _seal,
    "tasks": _tasks,
}


def _write_notice(request: HttpRequest, case_id: str) -> HttpResponse:
    form, is_kept = keep_if_seen(request, case_id)
    if is_kept:
        return redirect(f"{reverse('evidence:emergency', args=[case_id])}#notices")
    return page(request, case_id, form=form, status=422 if form["reasons"] else 200)


@require_POST
@opened_first
def act(request: HttpRequest, case_id: str, action: str) -> HttpResponse:
    """Do one thing; a refusal shows the page again with what was entered."""
    if action == "notice":
        return _write_notice(request, case_id)
    does = _ACTIONS.get(action)
    if does is None:
        raise EvidenceRefusedError(_("expected one of the forms of the page; go back, reload it"))
    try:
        part = does(request, case_id)
    except (EvidenceRefusedError, FollowUpError) as refusal:
        return page(request, case_id, problem=in_words(refusal), wrong=action, status=422)
    except SafelightError as refusal:
        if is_closed(case_id):
            raise
        return page(request, case_id, problem=in_words(refusal), wrong=action, status=400)
    return redirect(f"{reverse('evidence:emergency', args=[case_id])}#{part}")
