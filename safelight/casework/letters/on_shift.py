"""This desk's shifts, from the journal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from safelight.casework.letters import kinds
from safelight.casework.letters.policy import LettersPolicy
from safelight.casework.letters.shifts import Limits, ShiftNow, shift_now
from safelight.errors import SafelightError
from safelight.journal.chain import append, desk_key
from safelight.journal.entry import Entry
from safelight.journal.models import JournalEntry

# More than anybody begins and ends in two weeks.
_LATEST: Final = 500
_LOOK_BACK: Final = timedelta(days=15)


class ShiftError(SafelightError):
    """Work on letters outside a shift, or a shift that may not begin yet."""


def limits_of(policy: LettersPolicy) -> Limits:
    """The limits of the rules, as `shifts` takes them."""
    return Limits(policy.shift_minutes, policy.week_minutes, policy.break_minutes)


def own_shift(policy: LettersPolicy, at: datetime | None = None) -> ShiftNow:
    """How the person of this desk stands now."""
    now = at or datetime.now(UTC)
    return shift_now(_marks(now), now, limits=limits_of(policy))


def _marks(now: datetime) -> list[tuple[datetime, bool]]:
    desk = desk_key().desk
    rows = JournalEntry.objects.filter(
        subject=kinds.shift_subject(desk),
        desk=desk,
        kind__in=(kinds.SHIFT_BEGUN, kinds.SHIFT_ENDED),
    ).order_by("-clock")
    found = [Entry.parse(bytes(s)) for s in rows.values_list("signed", flat=True)[:_LATEST]]
    marks = [(one.at, one.kind == kinds.SHIFT_BEGUN) for one in reversed(found)]
    return [mark for mark in marks if mark[0] > now - _LOOK_BACK]


def begin_shift(policy: LettersPolicy) -> None:
    """Begin a shift, or raise `ShiftError` with the time from which one may begin."""
    with transaction.atomic():
        now = datetime.now(UTC).replace(microsecond=0)
        shift = own_shift(policy, now)
        if shift.is_running:
            return
        if shift.may_begin > now:
            raise ShiftError(_too_early(shift))
        _mark(kinds.SHIFT_BEGUN)


def end_shift(policy: LettersPolicy) -> None:
    """End the running shift; nothing to do without one."""
    with transaction.atomic():
        if own_shift(policy).is_running:
            _mark(kinds.SHIFT_ENDED)


def _mark(kind: str) -> None:
    append(kind, {}, subject=kinds.shift_subject(desk_key().desk))


def check_shift(policy: LettersPolicy) -> None:
    """Raise `ShiftError` unless a shift runs."""
    shift = own_shift(policy)
    if shift.is_running:
        return
    if shift.may_begin > datetime.now(UTC):
        raise ShiftError(_too_early(shift))
    raise ShiftError(_("no shift runs at this desk; begin one on the page of letters, then go on"))


def _too_early(shift: ShiftNow) -> str:
    return _(
        "your shift is over: it is limited so that nobody burns out. The next may begin on "
        "%(day)s at %(time)s UTC. Drafts are kept; hand over what cannot wait"
    ) % {
        "day": shift.may_begin.strftime("%Y-%m-%d"),
        "time": shift.may_begin.strftime("%H:%M"),
    }
