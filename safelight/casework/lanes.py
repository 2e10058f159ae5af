"""The lanes of the inbox: which cases stand in each, and how many."""

from __future__ import annotations

from django.db.models import Count, QuerySet

from safelight.casework.followup.models import FollowedCase
from safelight.casework.models import Case, CaseState
from safelight.casework.triage import lanes
from safelight.journal.chain import desk_key

_ASIDE: str = "aside"
_OPEN: tuple[str, ...] = (CaseState.NEW, CaseState.CODED)


def _mine() -> QuerySet[FollowedCase]:
    return FollowedCase.objects.filter(desk=desk_key().desk)


def cases_of(lane: str) -> QuerySet[Case]:
    """Return the cases of a lane, in the order in which they should be read.

    What waits: by lane, then what looks most like a person, then the newest.
    """
    every = Case.objects.order_by("place", "-received_on", "case_id")
    if lane == "new":
        # Below the last place of the lane before: the junk lane is the last one.
        first_junk = lanes().index(_ASIDE) * 10
        return every.filter(state=CaseState.NEW, place__lt=first_junk)
    if lane in lanes():
        return every.filter(state=CaseState.NEW, lane=lane)
    if lane == "mine":
        return every.filter(state__in=_OPEN, case_id__in=_mine().values("case_id"))
    if lane == "news":
        return every.filter(has_news=True)
    return every.filter(state=lane)


def counts_of_lanes() -> dict[str, int]:
    """Return how many cases stand in each lane of the inbox."""
    counts = dict.fromkeys(
        ("new", "mine", *lanes(), "news", "coded", "set-aside", "locked", "withdrawn"), 0
    )
    groups = Case.objects.order_by().values_list("state", "lane").annotate(n=Count("*"))
    for state, lane, number in groups:
        if state != CaseState.NEW:
            counts[state] += number
            continue
        counts[lane] += number
        if lane != _ASIDE:
            counts["new"] += number
    open_cases = Case.objects.filter(state__in=_OPEN)
    counts["mine"] = open_cases.filter(case_id__in=_mine().values("case_id")).count()
    counts["news"] = Case.objects.filter(has_news=True).count()
    return counts
