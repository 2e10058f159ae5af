"""What a person decides about looking again by itself, and the next look that is due.

Raises `EvidenceRefusedError` for what does not fit, `CaseStateError` in a locked or withdrawn case.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from safelight.campaigns.case_evidence import kinds
from safelight.campaigns.case_evidence.comparing import last_page
from safelight.campaigns.case_evidence.deciding import (
    EvidenceRefusedError,
    checked_url,
    standing,
)
from safelight.campaigns.case_evidence.looks_table import LOOKED_FOR
from safelight.campaigns.case_evidence.models import DueLook
from safelight.campaigns.case_evidence.schedules import (
    LONGEST_DAYS,
    LONGEST_HOURS,
    MOST_STANDING,
    SHORTEST_HOURS,
    Schedule,
    due_of,
    is_over,
)
from safelight.campaigns.case_evidence.standing import ASKED, EvidenceNow
from safelight.casework.cases import check_open, decide, open_case
from safelight.casework.folding import CaseNow
from safelight.casework.followup.consents import today
from safelight.casework.followup.following import FollowUp, follow
from safelight.casework.projecting import project
from safelight.journal.apart import is_apart
from safelight.journal.chain import append, desk_key, told

KEEPING: Final = "EVIDENCE"
# Ids in one entry, whose content has a limit (journal/content.py).
_READ_AT_ONCE: Final = 400


@dataclass(frozen=True, slots=True)
class BegunLook:
    """A look that was written down and is still to be made."""

    capture: str
    url: str = field(repr=False)
    language: str


def checked_hours(untrusted_number: str, unit: str) -> int:
    """Return an interval in hours, as the form says it."""
    number = untrusted_number.strip()
    is_one = number.isascii() and number.isdigit() and len(number) < 5
    hours = int(number) * {"hours": 1, "days": 24}.get(unit, 0) if is_one else 0
    if not SHORTEST_HOURS <= hours <= LONGEST_HOURS:
        raise EvidenceRefusedError(
            _("expected a number of hours or days, from 1 hour to %(most)d days")
            % {"most": LONGEST_HOURS // 24}
        )
    return hours


def checked_until(untrusted: str) -> date:
    """Return the last day of a schedule, as the form says it."""
    latest = today() + timedelta(days=LONGEST_DAYS)
    try:
        until = date.fromisoformat(untrusted)
    except ValueError:
        until = date.min
    if not today() <= until <= latest:
        raise EvidenceRefusedError(
            _("expected a last day from today to %(latest)s; set it again then if it must go on")
            % {"latest": latest.isoformat()}
        )
    return until


def set_schedules(
    case_id: str, urls: Iterable[str], *, every_hours: int, until: date, language: str
) -> int:
    """Look at these addresses again by itself; an earlier schedule of one ends. Return how many."""
    chosen = list(dict.fromkeys(checked_url(url) for url in urls))
    if not chosen:
        raise EvidenceRefusedError(_("choose at least one address"))
    with transaction.atomic():
        check_open(open_case(case_id))
        if is_apart(case_id):
            raise EvidenceRefusedError(
                _("a case that two people open together is not looked at again by itself")
            )
        evidence = standing(case_id)[1]
        if not {one.url for one in evidence.captures}.issuperset(chosen):
            raise EvidenceRefusedError(_("capture an address once before you look at it again"))
        # Of this desk: another one could fill what there is.
        desk, at = desk_key().desk, datetime.now(UTC)
        others = {
            one.url
            for one in evidence.schedules
            if one.desk == desk and one.stands and not is_over(one, at)
        } - set(chosen)
        if len(others) + len(chosen) > MOST_STANDING:
            raise EvidenceRefusedError(
                _("at most %(most)d addresses of a case are looked at again; end others first")
                % {"most": MOST_STANDING}
            )
        for url in chosen:
            content = {
                "schedule": secrets.token_hex(8),
                "url": url,
                "every_hours": every_hours,
                "until": until.isoformat(),
                "language": language,
            }
            append(kinds.SCHEDULED, {}, subject=case_id, content=content)
        project(case_id)
    return len(chosen)


def end_schedule(case_id: str, name: str) -> None:
    """End a schedule, also one of another desk: there it ends with the next exchange."""
    with transaction.atomic():
        check_open(open_case(case_id))
        named = [one for one in standing(case_id)[1].schedules if one.schedule == name]
        if not any(one.stands for one in named):
            raise EvidenceRefusedError(_("this was ended already; reload the page"))
        decide(case_id, kinds.UNSCHEDULED, {"schedule": name})


def note_read(case_id: str, *, upto: str) -> None:
    """Say that somebody read what the looks up to this one found; not what came since."""
    with transaction.atomic():
        check_open(open_case(case_id))
        captures = standing(case_id)[1].captures
        place = next((n for n, one in enumerate(captures) if one.capture == upto), None)
        if place is None:
            raise EvidenceRefusedError(_("expected choices of the page; reload it"))
        seen = [one for one in captures[: place + 1] if one.schedule and one.state != ASKED]
        names = [one.capture for one in seen if not one.is_read]
        for first in range(0, len(names), _READ_AT_ONCE):
            some = names[first : first + _READ_AT_ONCE]
            append(kinds.LOOKS_READ, {}, subject=case_id, content={"captures": some})
        if names:
            project(case_id)


def consent_ended(followed: FollowUp) -> bool:
    """Whether the person agreed to evidence being kept, and that is over or taken back."""
    until = followed.until(KEEPING)
    return KEEPING in followed.once_agreed and (until is None or until < today())


def begin_look(case_id: str, name: str, *, at: datetime) -> BegunLook | None:
    """Write down that the look of a schedule begins; None when it is not, or no more, to be made.

    Asked of the journal once more in the transaction that says so: the line that led here may be
    of a restored backup, and another tab may have ended it.
    """
    with transaction.atomic():
        check_open(open_case(case_id))
        now, evidence = standing(case_id)
        schedule = evidence.schedule(name, desk=desk_key().desk)
        if schedule is None or not may_look(case_id, now, evidence, schedule, at=at):
            return None
        url = checked_url(schedule.url)
        before = last_page(evidence.captures, schedule.url)
        capture = secrets.token_hex(8)
        content = {
            "capture": capture,
            "schedule": name,
            "before": before.capture if before else "",
        }
        decide(case_id, kinds.LOOK_BEGUN, content)
    return BegunLook(capture, url, schedule.language)


def may_look(
    case_id: str, now: CaseNow, evidence: EvidenceNow, schedule: Schedule, *, at: datetime
) -> bool:
    """Whether this desk is to make a look now."""
    due = due_of(schedule, evidence.looks_of(schedule))
    return (
        schedule.desk == desk_key().desk
        and now.state in LOOKED_FOR
        and due is not None
        and is_due(due, schedule.every_hours, at=at)
        and not is_over(schedule, at)
        and not consent_ended(follow(now, told(case_id)))
    )


def is_due(due: datetime, every_hours: int, *, at: datetime) -> bool:
    """Whether a look is due, also where the clock of the machine had run ahead and was put back:
    then the look before seems to lie in the future, and nothing would be due for years.
    """
    return due <= at or due > at + timedelta(hours=2 * every_hours)


def due_now(at: datetime) -> list[tuple[str, str]]:
    """The schedules of this desk with a look that is due, each with its case."""
    return [
        (row.schedule, row.case_id)
        for row in DueLook.objects.filter(desk=desk_key().desk).order_by("due")
        if is_due(row.due, row.every_hours, at=at) and row.until >= at.date()
    ]
