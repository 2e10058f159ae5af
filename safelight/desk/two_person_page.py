"""The page of a case that two people open together: mark it, ask, release, read, end."""

from __future__ import annotations

from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from safelight.casework import opening
from safelight.casework.cases import open_case, report_in
from safelight.casework.folding import fold
from safelight.casework.report_page import answers_shown, conversation_shown
from safelight.casework.team import two_person, unsealing
from safelight.casework.team.models import Member
from safelight.errors import SafelightError
from safelight.journal.chain import desk_key, told

_STATES: Final[dict[str, str | Promise]] = {
    "asked": gettext_lazy("waits for an answer"),
    "released": gettext_lazy("released"),
    "used": gettext_lazy("opened; it works once"),
    "refused": gettext_lazy("refused"),
    "over": gettext_lazy("over, nobody answered in time"),
}


@require_GET
def two_person_page(request: HttpRequest, case_id: str) -> HttpResponse:
    """How a marked case stands; of one that is not marked, the form that marks it."""
    return _page(request, case_id)


def _page(
    request: HttpRequest, case_id: str, *, problem: str = "", status: int = 200
) -> HttpResponse:
    case = open_case(case_id)
    stands = unsealing.apart_now(case_id)
    own = desk_key().desk
    context: dict[str, Any] = {"case": case, "own": own, "problem": problem, "stands": stands}
    if stands is None:
        others = Member.objects.filter(until=None).exclude(desk=own).order_by("desk")
        context |= {
            "desks": [own, *others.values_list("desk", flat=True)],
            "is_open": opening.is_open(case_id),
            "has_others": others.exists(),
        }
    else:
        context |= _standing(stands, own) | _contents(stands)
    return render(request, "desk/two_person.html", context, status=status)


def _standing(stands: unsealing.Apart, own: str) -> dict[str, Any]:
    language = get_language() or "en"
    purposes = [one for one in opening.purposes() if one.asked]
    labels = {one.value: one.label(language) for one in purposes}
    return {
        "purposes": [(one.value, one.label(language)) for one in purposes],
        "longest": opening.LONGEST_SENTENCE,
        "minutes": unsealing.MINUTES,
        "hours": two_person.HOURS,
        "questions": [
            {
                "question": one,
                "state": _STATES[one.state],
                "purpose": labels.get(one.purpose, "") or one.sentence,
                "can_answer": one.state == "asked" and stands.sides.opposite(one.desk, own),
                "can_open": one.state == "released" and one.desk == own,
            }
            for one in reversed(stands.questions)
        ],
        "asks": any(one.desk == own and one.state == "asked" for one in stands.questions),
    }


def _contents(stands: unsealing.Apart) -> dict[str, Any]:
    """What two people opened, while its time lasts."""
    if stands.seconds_left <= 0:
        return {}
    now = fold(stands.case_id, told(stands.case_id))
    if now is None:
        return {}
    report = report_in(now)
    return {
        "report": report,
        "answers": answers_shown(report, get_language() or "en"),
        "conversation": conversation_shown(now, None),
        "minutes_left": int(stands.seconds_left // 60) + 1,
    }


@require_POST
def act_on_two_person(request: HttpRequest, case_id: str) -> HttpResponse:
    """Do what a button of the page says; a refusal shows on the page."""
    open_case(case_id)
    try:
        _act(request, case_id)
    except opening.PurposeError:
        problem = _("Choose what for; “other” needs a sentence of 300 letters at most.")
        return _page(request, case_id, problem=problem, status=422)
    except opening.BulkReadingError:
        raise  # the desk locks
    except SafelightError as error:
        return _page(request, case_id, problem=str(error), status=422)
    return redirect("two-person", case_id=case_id)


def _act(request: HttpRequest, case_id: str) -> None:
    said, question = request.POST, request.POST.get("question", "")
    match said.get("do"):
        case "mark":
            first, second = (tuple(said.getlist(side)) for side in ("first", "second"))
            unsealing.mark_for_two(case_id, first=first, second=second)
        case "ask":
            unsealing.ask_to_open(case_id, said.get("purpose", ""), said.get("sentence", ""))
        case "release":
            unsealing.release(case_id, question)
        case "refuse":
            unsealing.refuse(case_id, question)
        case "open":
            unsealing.open_released(case_id, question)
        case "close":
            unsealing.close_now(case_id)
        case "end":
            unsealing.end_mark(case_id)
        case _:
            raise two_person.TwoPersonError(_("expected a button of this page; reload it"))
