"""How long somebody has worked on letters: stretches of two hours, twelve hours a week.

Pure: when shifts began and ended goes in (from the journal), what is left comes out. A desk is
one person's. It protects whoever answers, and so the next person who writes; it is no lock
against somebody who sets the clock of their own machine.

    stretch     shifts with less than a break between them
    week        the last seven days, to the minute
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

WEEK: Final = timedelta(days=7)
_NOTHING: Final = timedelta()


@dataclass(frozen=True, slots=True)
class Shift:
    """From when to when; `ended` is never later than the limits allow."""

    begun: datetime
    ended: datetime


@dataclass(frozen=True, slots=True)
class ShiftNow:
    """How a person stands. `left`: what remains of the running shift; nothing when none runs.

    `may_begin`: from when a shift can begin, and `next_minutes` how long it could be.
    """

    running_since: datetime | None
    left: timedelta
    week: timedelta
    may_begin: datetime
    next_minutes: int

    @property
    def is_running(self) -> bool:
        return self.left > _NOTHING


@dataclass(frozen=True, slots=True)
class Limits:
    """In minutes. `shift` at a stretch, `week` in seven days, `rest` what ends a stretch."""

    shift: int
    week: int
    rest: int


def shifts_of(marks: Iterable[tuple[datetime, bool]], *, limits: Limits) -> tuple[Shift, ...]:
    """Return the shifts. `marks`: when, and whether it began (True) or ended, in order.

    A shift that nobody ended ends where the limits end it. Beginning one while another runs,
    or without anything left, begins nothing.
    """
    found: list[Shift] = []
    running: Shift | None = None
    for at, begins in marks:
        if running is not None and at >= running.ended:
            found.append(running)
            running = None
        if begins and running is None:
            allowed = allowance(found, at, limits=limits)
            running = Shift(at, at + allowed) if allowed > _NOTHING else None
        elif not begins and running is not None:
            found.append(Shift(running.begun, max(running.begun, at)))
            running = None
    return (*found, running) if running is not None else tuple(found)


def allowance(shifts: Sequence[Shift], at: datetime, *, limits: Limits) -> timedelta:
    """How long a shift that begins now may last, after these (all of them over)."""
    shift, week = timedelta(minutes=limits.shift), timedelta(minutes=limits.week)
    return max(
        _NOTHING,
        min(
            shift - _stretch(shifts, at, rest=timedelta(minutes=limits.rest)),
            week - worked(shifts, at),
        ),
    )


def worked(shifts: Iterable[Shift], at: datetime) -> timedelta:
    """Time worked within the seven days before `at`."""
    return sum(
        (max(_NOTHING, min(s.ended, at) - max(s.begun, at - WEEK)) for s in shifts), _NOTHING
    )


def _stretch(shifts: Sequence[Shift], at: datetime, *, rest: timedelta) -> timedelta:
    total, begins = _NOTHING, at
    for shift in reversed(shifts):
        if begins - shift.ended >= rest:
            break
        total += shift.ended - shift.begun
        begins = shift.begun
    return total


def shift_now(marks: Iterable[tuple[datetime, bool]], at: datetime, *, limits: Limits) -> ShiftNow:
    """Return how a person stands at a moment."""
    shifts = shifts_of(marks, limits=limits)
    last = shifts[-1] if shifts else None
    running = last if last is not None and last.begun <= at < last.ended else None
    over = [Shift(s.begun, min(s.ended, at)) for s in shifts if s.begun <= at]
    begin = at if running is None else running.ended
    past = over if running is None else [*over[:-1], running]
    begin, allowed = _next(past, begin, limits=limits)
    return ShiftNow(
        running_since=running.begun if running else None,
        left=running.ended - at if running else _NOTHING,
        week=worked(over, at),
        may_begin=begin,
        next_minutes=int(allowed.total_seconds() // 60),
    )


# A shift of less is not worth beginning: the next one is told for when there is more.
_WORTH: Final = timedelta(minutes=15)


def _next(
    shifts: Sequence[Shift], begin: datetime, *, limits: Limits
) -> tuple[datetime, timedelta]:
    """From when a shift worth beginning may begin, and how long."""
    worth = min(_WORTH, timedelta(minutes=limits.shift))
    # Something is free again only after the break, or when an old shift leaves the week.
    moments = [begin]
    if shifts:
        moments.append(max(begin, shifts[-1].ended + timedelta(minutes=limits.rest)))
        moments += [max(begin, s.begun + WEEK + worth) for s in shifts]
    allowed = _NOTHING
    for moment in sorted(moments):
        allowed = allowance(shifts, moment, limits=limits)
        if allowed >= worth:
            return moment, allowed
    return sorted(moments)[-1], allowed
