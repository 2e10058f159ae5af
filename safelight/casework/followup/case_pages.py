"""The page of how one case is followed. Every form is one action, and leads back to its part."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from safelight.casework import cases
from safelight.casework.folding import CaseNow
from safelight.casework.followup import deciding, shown
from safelight.casework.followup.consents import today
from safelight.casework.followup.due import is_due
from safelight.casework.followup.following import follow
from safelight.casework.followup.retention import destroy_due
from safelight.casework.followup.rules import FollowUpError
from safelight.casework.models import CaseState
from safelight.casework.opening_views import opened_first
from safelight.casework.wording import STATES
from safelight.journal.chain import desk_key
from safelight.journal.content import Told
from safelight.vocabulary.report import Report
from safelight.vocabulary.schema import vocabulary

_Action: TypeAlias = Callable[[str, QueryDict], None]


def _assign(case_id: str, given: QueryDict) -> None:
    deciding.assign(case_id, given.get("to", ""), given.get("note", ""))


def _task(case_id: str, given: QueryDict) -> None:
    deciding.add_task(
        case_id,
        given.get("kind", ""),
        words=given.get("words", ""),
        due=given.get("due", ""),
        desk=given.get("desk", ""),
    )


def _done(case_id: str, given: QueryDict) -> None:
    deciding.finish_task(case_id, given.get("task", ""))


def _moved(case_id: str, given: QueryDict) -> None:
    deciding.move_task(case_id, given.get("task", ""), given.get("due", ""))


def _contact(case_id: str, given: QueryDict) -> None:
    deciding.note_contact(case_id, given.getlist("codes"), given.get("words", ""))


def _told(case_id: str, given: QueryDict) -> None:
    deciding.note_told(case_id, given.get("what", ""), given.get("whom", ""))


def _deadline(case_id: str, given: QueryDict) -> None:
    deciding.set_deadline(case_id, given.get("at", ""))


def _met(case_id: str, _given: QueryDict) -> None:
    deciding.meet_deadline(case_id)


def _kept(case_id: str, given: QueryDict) -> None:
    deciding.keep_until(case_id, given.get("until", ""), given.get("because", ""))


def _consent(case_id: str, given: QueryDict) -> None:
    years = given.get("years", "")
    deciding.note_consent(
        case_id,
        given.get("purpose", ""),
        years=int(years) if years in {"1", "3", "10"} else 0,
        said_in=given.get("said_in", ""),
    )


def _consent_ended(case_id: str, given: QueryDict) -> None:
    deciding.end_consent(case_id, given.get("purpose", ""))


# Action → what it does, and the part of the page it leads back to.
_ACTIONS: Final[Mapping[str, tuple[_Action, str]]] = {
    "assign": (_assign, "who"),
    "task": (_task, "tasks"),
    "done": (_done, "tasks"),
    "move": (_moved, "tasks"),
    "contact": (_contact, "contact"),
    "told": (_told, "told"),
    "deadline": (_deadline, "who"),
    "met": (_met, "who"),
    "keep": (_kept, "kept"),
    "consent": (_consent, "consents"),
    "consent-ended": (_consent_ended, "consents"),
}


@require_GET
@opened_first
def follow_up(request: HttpRequest, case_id: str) -> HttpResponse:
    """Who has the case, its tasks, how one may write, what was told, consents, how long."""
    return _page(request, case_id)


@require_POST
@opened_first
def act(request: HttpRequest, case_id: str, action: str) -> HttpResponse:
    """Do one thing; a refusal shows the page again with what was entered."""
    if action not in _ACTIONS:
        raise FollowUpError(_("expected one of the forms of the page; go back and reload it"))
    does, part = _ACTIONS[action]
    try:
        does(case_id, request.POST)
    except FollowUpError as error:
        return _page(request, case_id, problem=str(error), action=action, status=422)
    if request.POST.get("back") == "case":
        return redirect("casework:case", case_id=case_id)
    return redirect(f"{reverse('followup:case', args=[case_id])}#{part}")


def _page(
    request: HttpRequest, case_id: str, *, problem: str = "", action: str = "", status: int = 200
) -> HttpResponse:
    case_row = cases.open_case(case_id)
    if case_row.state in {CaseState.LOCKED, CaseState.WITHDRAWN}:
        return redirect("casework:case", case_id=case_id)
    now, case, _story = deciding.followed(case_id)
    day = today()
    context = shown.case_context(now, case, today=day) | {
        "case": case_row,
        "state": STATES[case_row.state],
        "here": "follow-up",
        "problem": problem,
        "given": request.POST if problem else {},
        "wrong": action,
        "given_codes": request.POST.getlist("codes")
        if action == "contact"
        else (case.contact.codes if case.contact else ()),
        "own_desk": desk_key().desk,
        "desks": deciding.desks(),
        "tasks": shown.tasks_shown(case.open_tasks, case_id, today=day),
        "finished": shown.tasks_shown([t for t in case.tasks if t.done], case_id, today=day),
        "task_kinds": shown.choices_of("tasks"),
        "contact_choices": shown.choices_of("contact"),
        "consents": shown.consents_shown(now, case, today=day),
        "purposes": _purposes(),
        "messages": [turn for turn in now.conversation if turn.kind == "message"],
        "years": deciding.YEARS,
        "review": case.review,
        "review_why": shown.review_reason(case.review.rule) if case.review else "",
        "is_due": case.review is not None and case.review.on <= day,
        "today": day,
        "reporters_contact": _reporters_contact(now.report),
    }
    return render(request, "followup/follow_up.html", context, status=status)


def _purposes() -> list[tuple[str, str]]:
    field = vocabulary().field("consent")
    return [(code, field.code(code).label(shown.language())) for code in deciding.SAID_LATER]


def _reporters_contact(report: bytes) -> str:
    answers = shown.answers_by_question(Report.parse(report))
    return next((one.own_words for name, one in answers if name == "contact"), "")


@require_http_methods(["GET", "POST"])
@opened_first
def destroy(request: HttpRequest, case_id: str) -> HttpResponse:
    """Ask once more, then destroy a case whose time is over."""
    case = cases.open_case(case_id)
    if request.method == "POST" and request.POST.get("destroy") == case_id:
        destroy_due(case_id)
        return redirect("followup:today")
    if not is_due(case_id, today=today()):
        raise FollowUpError(
            _("this case is not due yet; only the person can take it back before its day")
        )
    return render(request, "followup/destroy.html", {"case": case, "state": STATES[case.state]})


def top_of_case(now: CaseNow, story: Sequence[Told]) -> dict[str, Any]:
    """What the main page of a case needs of its following up."""
    return shown.case_context(now, follow(now, story), today=today()) | {"here": "case"}
