"""What came of a case's notices, in numbers, beside the course of its campaign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from safelight.campaigns.notices.codes import code, codes
from safelight.campaigns.notices.standing import NoticeNow
from safelight.casework.followup.shown import language

# The most telling first: what is back counts as back, whatever else was refused.
_ORDER: Final = ("REPOSTED", "REMOVED", "REFUSED", "ASKED_NO_ANSWER")


@dataclass(frozen=True, slots=True)
class NoticesOfKind:
    """One line of the table. `due`: the day the next answer is due; `late`: some day is past.

    `sent` = `waiting` + `granted` + `partly` + `refused` + `silent`; `back` are among those that
    were granted.
    """

    kind: str
    made: int
    sent: int
    waiting: int
    due: date | None
    late: bool
    granted: int
    partly: int
    refused: int
    silent: int
    back: int


def by_kind(notices: Sequence[NoticeNow], *, today: date) -> list[NoticesOfKind]:
    """One line for each kind that was written, in the order of kinds."""
    return [
        _line(kind, of_kind, today)
        for kind in codes("kinds")
        if (of_kind := [one for one in notices if one.kind == kind])
    ]


def _line(kind: str, notices: Sequence[NoticeNow], today: date) -> NoticesOfKind:
    sent = [one for one in notices if one.sent is not None]
    due = [one.sent.due for one in sent if one.awaits and one.sent is not None]

    def ended(how: str) -> int:
        return sum(one.ended is not None and one.ended.ends == how for one in sent)

    return NoticesOfKind(
        code("kinds", kind).words.in_language(language()),
        made=len(notices),
        sent=len(sent),
        waiting=len(due),
        due=min(due, default=None),
        late=any(day < today for day in due),
        granted=ended("granted"),
        partly=ended("partly"),
        refused=ended("refused"),
        silent=ended("silent"),
        back=sum(one.is_back for one in sent),
    )


def proposed_takedown(notices: Sequence[NoticeNow]) -> str:
    """The code of the smear module that follows from the notices; "" before one was sent."""
    sent = [one for one in notices if one.sent is not None]
    if not sent:
        return ""
    found = {code("outcomes", came.code).takedown for one in sent for came in one.outcomes}
    return next((one for one in _ORDER if one in found), "ASKED_NO_ANSWER")
