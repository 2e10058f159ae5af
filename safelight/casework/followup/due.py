"""What is due on this desk: tasks, urgent cases, cases to look at again. Lists without words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

from django.db.models import Q, QuerySet

from safelight.casework.followup import rules
from safelight.casework.followup.models import AgreedPurpose, FollowedCase, OpenTask
from safelight.casework.models import Case, CaseState
from safelight.journal.chain import desk_key

WHOSE: Final = ("mine", "nobody", "all")
_AT_ONCE: Final = 200
_SOON: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class DueTasks:
    """Open tasks by when they are due; `more`: how many are not listed."""

    overdue: list[OpenTask]
    today: list[OpenTask]
    soon: list[OpenTask]
    later: list[OpenTask]
    undated: list[OpenTask]
    more: int

    @property
    def is_empty(self) -> bool:
        return not any((self.overdue, self.today, self.soon, self.later, self.undated))


def _of(whose: str) -> QuerySet[OpenTask]:
    if whose == "mine":
        return OpenTask.objects.filter(desk=desk_key().desk)
    if whose == "nobody":
        return OpenTask.objects.filter(desk="")
    return OpenTask.objects.all()


def due_tasks(whose: str, *, today: date) -> DueTasks:
    """Return the open tasks of this desk, of nobody, or all: overdue first, then by day."""
    every = _of(whose)
    dated = list(every.filter(due__isnull=False).order_by("due", "entry")[:_AT_ONCE])
    undated = list(every.filter(due__isnull=True).order_by("entry")[:_AT_ONCE])
    days = [(task, task.due) for task in dated if task.due is not None]
    return DueTasks(
        overdue=[task for task, day in days if day < today],
        today=[task for task, day in days if day == today],
        soon=[task for task, day in days if today < day <= today + _SOON],
        later=[task for task, day in days if day > today + _SOON],
        undated=undated,
        more=max(0, every.count() - len(dated) - len(undated)),
    )


def counts(*, today: date) -> dict[str, int]:
    """How many open tasks each list has, and how many of this desk's are due."""
    found = {whose: _of(whose).count() for whose in WHOSE}
    found["due"] = _of("mine").filter(due__lte=today).count()
    return found


def urgent_cases(limit: int) -> list[FollowedCase]:
    """The cases with a deadline that nobody met yet, the nearest first.

    Not those whose deadline passed long ago: a list of what is lost hides what is not.
    """
    waiting = FollowedCase.objects.filter(urgent_until__gt=_long_ago())
    return list(waiting.order_by("urgent_until", "case_id")[:limit])


def cases_to_review(*, today: date) -> QuerySet[FollowedCase]:
    """The cases whose review is due or will be soon, the longest due first."""
    until = today + timedelta(days=rules.number("retention_shown_days"))
    due = FollowedCase.objects.filter(review_on__isnull=False, review_on__lte=until)
    return due.order_by("review_on", "case_id")


def next_to_refer(purposes: Iterable[str], *, today: date) -> str | None:
    """The id of a case that may be passed on: new ones first. None: no such consent holds."""
    agreed = AgreedPurpose.objects.filter(purpose__in=list(purposes), until__gte=today)
    open_cases = Case.objects.filter(
        state__in=(CaseState.NEW, CaseState.CODED), case_id__in=agreed.values("case_id")
    )
    # "new" sorts behind "coded".
    order = open_cases.order_by("-state", "place", "-received_on", "case_id")
    return order.values_list("case_id", flat=True).first()


def is_due(case_id: str, *, today: date) -> bool:
    """Whether the review of a case is due."""
    due = FollowedCase.objects.filter(case_id=case_id)
    return due.filter(Q(review_on__isnull=False), review_on__lte=today).exists()


def is_long_over(until: datetime) -> bool:
    """Whether a deadline passed so long ago that it calls nobody any more."""
    return until <= _long_ago()


def _long_ago() -> datetime:
    return datetime.now(UTC) - timedelta(days=rules.number("over_shown_days"))


def hours_left(until: datetime) -> int:
    """Whole hours to a deadline; below zero: hours since it passed, rounded away from now."""
    return int((until - datetime.now(UTC)).total_seconds() // 3600)
