"""The page of all letters: the shift, what presses, what waits for whom, and the signed rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from safelight.casework.letters import on_shift, standing
from safelight.casework.letters.models import AgreedLetter, LetterLine
from safelight.casework.letters.policy import LettersPolicy, PolicyError
from safelight.casework.letters.rules_in_force import (
    Rules,
    root_of,
    rules_in_force,
    take_in_rules,
)
from safelight.casework.letters.wording import SECOND_READER, STATES
from safelight.journal.chain import desk_key

_PER_PAGE: Final = 50
_MOST: Final = 100


@dataclass(frozen=True, slots=True)
class ShownLine:
    """One letter of the queue."""

    case_id: str
    received_on: date
    state: str | Promise
    holder: str
    is_urgent: bool
    is_handed: bool
    has_news: bool
    due: datetime | None
    is_late: bool


def _shown(line: LetterLine, now: datetime) -> ShownLine:
    return ShownLine(
        line.case_id,
        line.received_on,
        STATES[line.state],
        line.holder,
        is_urgent=line.place < 2,
        is_handed=line.place == 0,
        has_news=line.has_news,
        due=line.due,
        is_late=line.due is not None and line.due < now,
    )


@require_GET
def queue_page(request: HttpRequest) -> HttpResponse:
    """Everything about letters that a person may have to do now."""
    return shown_queue(request)


def shown_queue(request: HttpRequest, *, problem: str = "", status: int = 200) -> HttpResponse:
    """The queue; with a problem when something was refused."""
    rules = rules_in_force(root_of(request))
    now, own = datetime.now(UTC), desk_key().desk
    lines = LetterLine.objects.order_by("place", "received_on", "case_id")
    waiting = lines.filter(state=standing.WAITING)
    to_read = lines.filter(state=standing.TO_READ)
    if not rules.policy.author_may_read(now.date()):
        to_read = to_read.exclude(author=own)
    work = (standing.IN_WORK, standing.APPROVED, standing.TO_READ)
    answered = Paginator(
        lines.filter(state=standing.ANSWERED).order_by("-received_on", "case_id"), _PER_PAGE
    ).get_page(request.GET.get("page"))

    def some(found: Any) -> list[ShownLine]:
        return [_shown(line, now) for line in found[:_MOST]]

    context = {
        "problem": problem,
        "shift": shift_shown(rules.policy),
        "rules": rules_shown(rules),
        "has_root": root_of(request) is not None,
        "pressing": some(lines.filter(due__isnull=False).order_by("due", "case_id")),
        "own": some(lines.filter(holder=own, state__in=work)),
        "to_read": some(to_read),
        "waiting": some(waiting),
        "waiting_count": waiting.count(),
        "others": some(lines.filter(state__in=work).exclude(holder=own)),
        "to_agree": some(lines.exclude(proposed_by__in=["", own])),
        "answered": [_shown(line, now) for line in answered],
        "page": answered,
        "published": AgreedLetter.objects.count(),
        "nothing_yet": not LetterLine.objects.exists(),
    }
    return render(request, "letters/queue.html", context, status=status)


def shift_shown(policy: LettersPolicy) -> dict[str, Any]:
    """The shift in the page's numbers."""
    shift = on_shift.own_shift(policy)
    return {
        "is_running": shift.is_running,
        "left": int(shift.left.total_seconds() // 60),
        "week": int(shift.week.total_seconds() // 60),
        "week_limit": policy.week_minutes,
        "may_begin": shift.may_begin,
        "may_begin_now": shift.may_begin <= datetime.now(UTC),
        "minutes": shift.next_minutes,
    }


def rules_shown(rules: Rules) -> dict[str, Any]:
    """The rules in the page's language."""
    language, policy = get_language() or "en", rules.policy
    return {
        "is_signed": rules.is_signed,
        "is_over": rules.is_signed and policy.expires < datetime.now(UTC).date(),
        "policy": policy,
        "second_reader": SECOND_READER[policy.second_reader],
        "shift": span(policy.shift_minutes),
        "week": span(policy.week_minutes),
        "rest": span(policy.break_minutes),
        "signs": [
            {
                "code": sign.code,
                "name": sign.name.in_language(language),
                "to": sign.to.in_language(language),
                "do": sign.do.in_language(language),
                "within": span(sign.within_minutes),
            }
            for sign in policy.signs
        ],
    }


def span(minutes: int) -> str:
    """Minutes as people say them: 90 min, 2 h."""
    if minutes >= 120 and minutes % 60 == 0:
        return f"{minutes // 60} {_('h')}"
    return f"{minutes} {_('min')}"


@require_POST
def change_shift(request: HttpRequest) -> HttpResponse:
    """Begin or end this desk's shift."""
    policy = rules_in_force(root_of(request)).policy
    try:
        if request.POST.get("shift") == "end":
            on_shift.end_shift(policy)
        else:
            on_shift.begin_shift(policy)
    except on_shift.ShiftError as error:
        return shown_queue(request, problem=str(error), status=409)
    return redirect("letters:queue")


@require_POST
def take_in(request: HttpRequest) -> HttpResponse:
    """Take in signed rules from a file."""
    file = request.FILES.get("rules")
    try:
        take_in_rules(file.read() if file else b"", root=root_of(request))
    except PolicyError as error:
        return shown_queue(request, problem=str(error), status=422)
    return redirect("letters:queue")
