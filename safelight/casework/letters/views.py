"""One letter: what was said, the draft, the second reading, the signs to watch for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import wraps
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from safelight.casework import answers, cases, opening
from safelight.casework.closed_case import closed_case_page
from safelight.casework.folding import CaseNow, entry_name
from safelight.casework.letters import answering
from safelight.casework.letters.on_shift import ShiftError
from safelight.casework.letters.policy import LettersPolicy
from safelight.casework.letters.publishing import CONSENT
from safelight.casework.letters.queue_views import rules_shown, shift_shown, shown_queue
from safelight.casework.letters.rules_in_force import root_of, rules_in_force
from safelight.casework.letters.standing import LetterNow, letter_now
from safelight.casework.letters.wording import STATES
from safelight.casework.models import CaseState
from safelight.casework.opening_views import opened_first
from safelight.casework.report_page import answers_shown, conversation_shown, history_shown
from safelight.casework.wording import STATUSES
from safelight.journal.chain import desk_key, told
from safelight.journal.content import Told
from safelight.vocabulary.messages import MessageError
from safelight.vocabulary.report import Report

_Step = Callable[[HttpRequest, str], HttpResponse | None]
_REFUSALS: Final = (
    answering.LetterStateError,
    answering.SecondReaderError,
    answers.NoWayBackError,
    cases.CaseStateError,
    ShiftError,
)


def _policy(request: HttpRequest) -> LettersPolicy:
    return rules_in_force(root_of(request)).policy


@require_GET
@opened_first
def letter_page(request: HttpRequest, case_id: str) -> HttpResponse:
    """The letter and everything one can do with it."""
    return shown_letter(request, case_id)


def shown_letter(
    request: HttpRequest,
    case_id: str,
    *,
    problem: str = "",
    status: int = 200,
    given: Mapping[str, str] | None = None,
) -> HttpResponse:
    """The page; after a refusal with what was typed (`given`), so that nothing is lost."""
    case = cases.open_case(case_id)
    now, letter = answering.letter_of(case_id)
    if now.state in {"withdrawn", "locked"}:
        return closed_case_page(request, case, now)
    story = told(case_id)
    seen = _with_passed_over(now, letter)
    latest = cases.undoable_in(seen, story)
    report = cases.report_in(now)
    rules = rules_in_force(root_of(request))
    context = {
        "case": case,
        "report": report,
        "answers": answers_shown(report, get_language() or "en"),
        "conversation": conversation_shown(now, None),
        "letter": letter,
        "state": STATES[letter.state],
        "problem": problem,
        "given": given or {},
        "shift": shift_shown(rules.policy),
        "rules": rules_shown(rules) | {"suggested": _suggested(rules.policy, report)},
        "colleagues": answering.colleagues(),
        "statuses": STATUSES.items(),
        "may_be_published": CONSENT in report.consent,
        "can_answer": answers.can_be_answered(now, report),
        "history": history_shown(story, seen, latest),
        "undo": entry_name(latest.entry) if latest else "",
        **_standing_shown(letter, rules.policy),
        **_draft_shown(letter, given),
    }
    return render(request, "letters/letter.html", context, status=status)


def _with_passed_over(now: CaseNow, letter: LetterNow) -> CaseNow:
    return replace(now, passed_over=now.passed_over | letter.passed_over)


def _standing_shown(letter: LetterNow, policy: LettersPolicy) -> dict[str, Any]:
    own = desk_key().desk
    offered = letter.draft(letter.offered)
    alone = policy.author_may_read(datetime.now(UTC).date())
    now = datetime.now(UTC)
    return {
        "own": own,
        "is_mine": letter.holder == own,
        "offered": offered,
        "may_read": offered is not None and (offered.desk != own or alone),
        "reads_own": offered is not None and offered.desk == own and alone,
        "approved": letter.draft(letter.approved),
        "escalations": [
            {"one": one, "is_late": one.due < now, "sign": _sign_name(one.sign, policy)}
            for one in letter.open_escalations
        ],
        "settled": [
            {"one": one, "sign": _sign_name(one.sign, policy)}
            for one in letter.escalations
            if one.settled
        ],
        "handing": letter.handings[-1] if letter.handings else None,
        "remarks": [remark for remark in letter.remarks if letter.draft(remark.of)],
    }


def _draft_shown(letter: LetterNow, given: Mapping[str, str] | None) -> dict[str, Any]:
    """The text to begin from: what was typed, one's own draft, or the last one of anybody."""
    latest = letter.latest
    unsent = [d for d in letter.drafts if d.entry != letter.answered]
    start = latest or (unsent[-1] if unsent and letter.state != "answered" else None)
    return {
        "draft": latest,
        "draft_text": given["text"] if given else (start.text if start else ""),
        "draft_status": given["status"] if given else (start.status if start else ""),
        "begun_by": start.desk if start is not None and start.desk != letter.holder else "",
        "earlier": [d for d in reversed(letter.drafts) if latest is None or d != latest][:10],
    }


def _sign_name(code: str, policy: LettersPolicy) -> str:
    sign = policy.sign(code)
    return sign.name.in_language(get_language() or "en") if sign else code


def _suggested(policy: LettersPolicy, report: Report) -> list[str]:
    """Codes of the signs that the person's own answers suggest."""
    found = []
    for sign in policy.signs:
        for question, choices in sign.answers.items():
            answer = report.answers.get(question, ())
            given = {answer} if isinstance(answer, str) else set(answer)
            if given & set(choices):
                found.append(sign.code)
                break
    return found


def _step(view: _Step) -> Callable[..., HttpResponse]:
    """Run a step on an open letter; on a refusal show the letter again, with the reason."""

    @require_POST
    @opened_first
    @wraps(view)
    def stepping(request: HttpRequest, case_id: str) -> HttpResponse:
        try:
            answer = view(request, case_id)
        except _REFUSALS as error:
            if cases.open_case(case_id).state in {CaseState.LOCKED, CaseState.WITHDRAWN}:
                raise
            return shown_letter(
                request, case_id, problem=str(error), status=409, given=_given(request)
            )
        return answer or redirect("letters:letter", case_id=case_id)

    return stepping


def _given(request: HttpRequest) -> Mapping[str, str] | None:
    if "text" not in request.POST:
        return None
    return {"text": request.POST["text"], "status": request.POST.get("status", "")}


@require_POST
def take_letter(request: HttpRequest, case_id: str) -> HttpResponse:
    """Take a letter, which opens it: to answer."""
    case = cases.open_case(case_id)
    try:
        answering.take(case_id, seen_with=request.POST.get("from", ""), policy=_policy(request))
    except (answering.LetterStateError, ShiftError) as error:
        return shown_queue(request, problem=str(error), status=409)
    if not opening.is_open(case_id):
        opening.open_for(case, "answer")
    return redirect("letters:letter", case_id=case_id)


@_step
def hand_letter(request: HttpRequest, case_id: str) -> HttpResponse | None:
    """Hand a letter over, or give it back."""
    answering.hand_over(
        case_id,
        to=request.POST.get("to", ""),
        urgent="urgent" in request.POST,
        note=request.POST.get("note", ""),
    )
    return redirect("letters:queue")


@_step
def keep_draft(request: HttpRequest, case_id: str) -> HttpResponse | None:
    """Keep a draft, and perhaps ask for its second reader."""
    given = {"text": request.POST.get("text", ""), "status": request.POST.get("status", "")}
    try:
        entry = answering.draft(case_id, text=given["text"], status=given["status"])
    except MessageError as error:
        problem = (
            _("This answer is too long for one envelope; shorten it or send it in two parts.")
            if error.problem == "size"
            else _("Write a text, or choose how far you are.")
        )
        return shown_letter(request, case_id, problem=problem, status=422, given=given)
    if request.POST.get("then") == "offer":
        answering.offer(case_id, entry=entry, policy=_policy(request))
    return redirect(f"{reverse('letters:letter', args=[case_id])}#draft")


@_step
def second_reading(request: HttpRequest, case_id: str) -> HttpResponse | None:
    """Agree to a draft, or return it with remarks."""
    entry, policy = request.POST.get("draft", ""), _policy(request)
    if request.POST.get("decision") == "approve":
        answering.approve(case_id, entry=entry, policy=policy)
    else:
        remarks = request.POST.get("remarks", "")
        answering.give_back(case_id, entry=entry, remarks=remarks, policy=policy)
    return None


@_step
def put_on_its_way(request: HttpRequest, case_id: str) -> HttpResponse | None:
    """Make the approved draft an answer that leaves with the next fetch."""
    answering.put_on_its_way(case_id, entry=request.POST.get("draft", ""))
    return redirect(f"{reverse('letters:letter', args=[case_id])}#conversation")


@_step
def escalate_letter(request: HttpRequest, case_id: str) -> HttpResponse | None:
    """Write down that a sign was seen."""
    answering.escalate(
        case_id,
        sign=request.POST.get("sign", ""),
        note=request.POST.get("note", ""),
        policy=_policy(request),
        language=get_language() or "en",
    )
    return None


@_step
def settle_escalation(request: HttpRequest, case_id: str) -> HttpResponse | None:
    """Write down what came of it."""
    answering.settle(
        case_id,
        escalation=request.POST.get("escalation", ""),
        note=request.POST.get("note", ""),
    )
    return None


@_step
def undo_step(request: HttpRequest, case_id: str) -> HttpResponse | None:
    """Undo the latest decision about a letter."""
    undo_latest(case_id, request.POST.get("entry", ""))
    return redirect(f"{reverse('letters:letter', args=[case_id])}#history")


def undo_latest(case_id: str, name: str) -> None:
    """Undo the decision of this name, if it is the latest that counts."""
    now = cases.standing_of(cases.open_case(case_id))
    story: list[Told] = told(case_id)
    latest = cases.undoable_in(_with_passed_over(now, letter_now(now, story)), story)
    if latest is None or entry_name(latest.entry) != name:
        raise cases.CaseStateError(_("only the latest decision can be undone; reload the page"))
    body = {"desk": latest.entry.desk, "seq": latest.entry.seq}
    cases.decide(case_id, "case.undone", body=body)
