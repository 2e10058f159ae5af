"""What the pages show of looking again by itself: a section of the evidence page, one of Today.

Today names cases and codes only; which address it was stands behind the opening of the case.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.http import HttpRequest
from django.utils.functional import Promise

from safelight.campaigns.case_evidence.looks_table import LOOKED_FOR
from safelight.campaigns.case_evidence.models import LookFound
from safelight.campaigns.case_evidence.schedules import (
    LONGEST_DAYS,
    LONGEST_HOURS,
    MOST_STANDING,
    Schedule,
    due_of,
    is_over,
)
from safelight.campaigns.case_evidence.scheduling import consent_ended, due_now
from safelight.campaigns.case_evidence.shown import ShownCapture, ways_out_of
from safelight.campaigns.case_evidence.standing import ASKED, EvidenceNow
from safelight.campaigns.case_evidence.wording import CHANGES, GONE, NOTHING_BEFORE, is_loud
from safelight.casework.folding import CaseNow
from safelight.casework.followup.consents import today
from safelight.casework.followup.following import FollowUp
from safelight.journal.apart import is_apart
from safelight.journal.chain import desk_key

_USUAL_DAYS: Final = 30
# Cases on Today; those where something changed come first.
_MOST_CASES: Final = 20
# Looks of one case there, and on its own page: a site that was away for a week is hundreds.
_MOST_ON_TODAY: Final = 5
_MOST_UNREAD: Final = 20
_MOST_OVER: Final = 40


@dataclass(frozen=True, slots=True)
class ShownSchedule:
    """One address that is looked at again, or was. `state`: a code that the template knows.

    `last`: the last look that ended. `due`: when the next one is due, if one is.
    """

    schedule: Schedule
    state: str
    due: datetime | None
    last: ShownCapture | None
    is_mine: bool


def again_context(
    evidence: EvidenceNow,
    captures: Sequence[ShownCapture],
    *,
    now: CaseNow,
    followed: FollowUp,
    given: Mapping[str, Any],
) -> dict[str, Any]:
    """What the evidence page shows of it. `captures`: all, the newest first; `given`: what a
    refused form asked for.
    """
    looks = [one for one in captures if one.capture.schedule]
    stopped = _stopped(now, followed)
    of: dict[tuple[str, str], list[ShownCapture]] = {}
    for look in looks:
        of.setdefault((look.capture.schedule, look.capture.desk), []).append(look)
    at, here = datetime.now(UTC), desk_key().desk
    shown = [
        _schedule(one, of.get((one.schedule, one.desk), []), stopped, at=at, here=here)
        for one in evidence.schedules
    ]
    standing = [one for one in shown if one.state not in ("ended", "over")]
    taken = {one.schedule.url for one in standing}
    every = list(dict.fromkeys(one.url for one in evidence.captures))
    # Ticked for a person is what was captured here: another desk can put any address into a case.
    mine = (one.url for one in evidence.captures if one.desk == here)
    ticked = [url for url in dict.fromkeys(mine) if url not in taken][:MOST_STANDING]
    unread = [one for one in looks if not (one.capture.is_read or one.capture.seen)]
    unread = [one for one in unread if one.capture.state != ASKED]
    loud = [one for one in unread if one.is_loud]
    return {
        "schedules": standing,
        "schedules_before": [one for one in reversed(shown) if one not in standing][:_MOST_OVER],
        "looks_unread": loud[:_MOST_UNREAD],
        "looks_more": max(0, len(loud) - _MOST_UNREAD),
        "looks_same": len(unread) - len(loud),
        "looks_upto": unread[0].capture.capture if unread else "",
        "nothing_before": NOTHING_BEFORE,
        "again_is_open": bool(given),
        "may_look_again": stopped != "two-person",
        "again_urls": [
            (url, url in (given["urls"] if given else ticked), url in taken) for url in every
        ],
        "again_number": given.get("number", "1"),
        "again_unit": given.get("unit", "days"),
        "again_until": given.get("until") or (today() + timedelta(days=_USUAL_DAYS)).isoformat(),
        "again_first": today().isoformat(),
        "again_last": (today() + timedelta(days=LONGEST_DAYS)).isoformat(),
        "again_most": LONGEST_HOURS,
    }


def _stopped(now: CaseNow, followed: FollowUp) -> str:
    """Why nothing of this case is looked at now, as a code; or ""."""
    if is_apart(now.case_id):
        return "two-person"
    if now.state not in LOOKED_FOR:
        return "set-aside"
    return "consent" if consent_ended(followed) else ""


def _schedule(
    one: Schedule, looks: Sequence[ShownCapture], stopped: str, *, at: datetime, here: str
) -> ShownSchedule:
    """`looks`: those of this schedule, the newest first; `here`: this desk."""
    due = due_of(one, [look.capture for look in reversed(looks)])
    last = next((look for look in looks if look.capture.state != ASKED), None)
    state = "waits"
    if not one.stands:
        state = "ended"
    elif is_over(one, at):
        state = "over" if due is None else "missed"
    elif stopped:
        state = stopped
    elif any(look.running for look in looks):
        state = "running"
    elif due is None:
        state = "last"
    elif due <= at:
        state = "due"
    return ShownSchedule(one, state, due, last, one.desk == here)


@dataclass(frozen=True, slots=True)
class FoundInCase:
    """What looks found in one case. `loud`: (word, whether it is gone, capture before, capture);
    `more`: how many of them stand in the case only.
    """

    case_id: str
    loud: tuple[tuple[str | Promise, bool, str, str], ...]
    more: int
    same: int


def on_today(request: HttpRequest) -> dict[str, Any]:
    """The section of Today: what looks found that nobody has read, and what waits."""
    rows: dict[str, list[LookFound]] = {}
    for row in LookFound.objects.order_by("case_id", "capture"):
        rows.setdefault(row.case_id, []).append(row)
    found = [_found(case_id, some) for case_id, some in rows.items()]
    found.sort(key=lambda one: (not any(gone for _w, gone, _b, _c in one.loud), not one.loud))
    ways, ways_problem = ways_out_of(request)
    return {
        "template": "evidence/today.html",
        "found": found[:_MOST_CASES],
        "more": max(0, len(found) - _MOST_CASES),
        "waiting": len(due_now(datetime.now(UTC))),
        "no_way": bool(ways_problem) or not ways.exit,
    }


_UNREACHABLE: Final = "unreachable"


def _found(case_id: str, rows: Sequence[LookFound]) -> FoundInCase:
    loud = [row for row in rows if is_loud(row.became)]
    # What is gone first; what could not be reached, which a bad line makes by the hundred, last.
    loud.sort(key=lambda row: (row.became not in GONE, row.became == _UNREACHABLE))
    return FoundInCase(
        case_id,
        tuple(
            (word_of(row.became), row.became in GONE, row.before, row.capture)
            for row in loud[:_MOST_ON_TODAY]
        ),
        max(0, len(loud) - _MOST_ON_TODAY),
        len(rows) - len(loud),
    )


def word_of(became: str) -> str | Promise:
    """What a look found, in the page's language."""
    return CHANGES.get(became, NOTHING_BEFORE)
