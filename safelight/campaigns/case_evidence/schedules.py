"""Looking again by itself: when the next look of a schedule is due, from what the journal says.

A schedule belongs to the desk that set it: no other looks, whatever entries say, so nobody who
took over a colleague's desk can make this one visit an address of theirs. Its looks are captures.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Protocol

# As `safelight evidence capture` has it: more often tells the other side that somebody watches.
SHORTEST_HOURS: Final = 1
LONGEST_HOURS: Final = 30 * 24
LONGEST_DAYS: Final = 180
# Of one desk in one case: addresses at once, and schedules ever. A desk that was taken over writes
# ten thousand, and every page of the case would show them.
MOST_STANDING: Final = 20
MOST_EVER: Final = 500
# A look comes after this share of the interval at the earliest, and this one at the latest: what
# comes on the hour, or at the same time each day, is a program, and each page it asks for is its.
_EARLIEST: Final = 0.75
_LATEST: Final = 1.25
# A capture and its replay have ended by then (`capture_policy`: 240 seconds each).
_INTERRUPTED_AFTER: Final = timedelta(minutes=30)


class Look(Protocol):
    """One look: a capture that a schedule began. `state`: "ASKED" until it has ended."""

    @property
    def asked_at(self) -> datetime: ...
    @property
    def state(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Schedule:
    """An address that is looked at again. `until`: the last day (UTC); never afterwards.

    `ended_by`: the desk that ended it before, or "". `language`: as the browser says it, so that
    a page is not another one because another person was at the desk.
    """

    schedule: str
    url: str = field(repr=False)
    every_hours: int
    until: date
    language: str
    desk: str
    at: datetime
    ended_at: datetime | None = None
    ended_by: str = ""

    @property
    def stands(self) -> bool:
        """Whether nobody ended it."""
        return self.ended_at is None

    @property
    def in_days(self) -> int:
        """The interval in days, or 0 where it is none of whole days."""
        return 0 if self.every_hours % 24 else self.every_hours // 24


def due_of(schedule: Schedule, looks: Sequence[Look]) -> datetime | None:
    """When the next look is due, or None: ended, or not before the last day is over.

    `looks`: those of this schedule, in their order. Counted from the last one and not from when
    that was due: what was missed while the desk was shut is made up for once.
    """
    if not schedule.stands:
        return None
    try:
        due = _after(schedule, looks)
    except OverflowError:
        return None  # a colleague's desk wrote a time after which there is none
    return due if due <= _end_of(schedule.until) else None


def is_over(schedule: Schedule, now: datetime) -> bool:
    """Whether its last day has passed."""
    return now > _end_of(schedule.until)


def _after(schedule: Schedule, looks: Sequence[Look]) -> datetime:
    if not looks:
        return schedule.at + _interval(schedule, 0)
    last = looks[-1]
    was_cut_off = last.state == "ASKED"
    if was_cut_off and not (len(looks) > 1 and looks[-2].state == "ASKED"):
        # Killed, or locked, in the middle of it. Tried again once: a page that brings the machine
        # down must not do so at each start.
        return last.asked_at + _INTERRUPTED_AFTER
    return last.asked_at + _interval(schedule, len(looks))


def _interval(schedule: Schedule, number: int) -> timedelta:
    """The time before look `number`. The same on each start of the desk; the schedule's name is
    random and stands only in the sealed journal, so nobody outside can work it out.
    """
    drawn = hashlib.sha256(f"safelight look v1\n{schedule.schedule}\n{number}".encode()).digest()
    share = int.from_bytes(drawn[:8], "big") / 2**64
    return timedelta(hours=schedule.every_hours * (_EARLIEST + (_LATEST - _EARLIEST) * share))


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59), UTC)
