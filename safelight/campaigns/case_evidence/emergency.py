"""The emergency path of a smear alarm: six steps, what each still misses, and how long it took.

Nothing is remembered beside the case: the steps are read from what the journal says, so the page
can be left at any time and gone on with on another day, or on another desk of the team.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from safelight.campaigns.case_evidence.deciding import urls_in
from safelight.campaigns.case_evidence.standing import EvidenceNow
from safelight.casework.followup.following import FollowUp
from safelight.journal.content import Told
from safelight.vocabulary.report import Report

ALARM: Final = "smear-alarm"
TITLES: Final[tuple[tuple[str, str | Promise], ...]] = (
    ("capture", gettext_lazy("Capture the posts")),
    ("check", gettext_lazy("Check what was caught")),
    ("exposed", gettext_lazy("What was exposed")),
    ("notices", gettext_lazy("Write three notices")),
    ("bundle", gettext_lazy("Seal the bundle")),
    ("tasks", gettext_lazy("What comes next")),
)


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `missing`: what is still to be done in it, in words; empty: it is done."""

    number: int
    name: str
    title: str | Promise
    missing: tuple[str, ...]

    @property
    def is_done(self) -> bool:
        return not self.missing


@dataclass(frozen=True, slots=True)
class Clock:
    """Since when it runs. The report names a day and no hour, so it begins with its opening."""

    since: datetime
    minutes: int

    @property
    def hours(self) -> int:
        return self.minutes // 60

    @property
    def rest(self) -> int:
        return self.minutes % 60


@dataclass(frozen=True, slots=True)
class Alarm:
    """What the alarm says that the steps begin with."""

    links: tuple[str, ...] = field(repr=False)
    exposed: tuple[str, ...]
    allowed: frozenset[str]
    platforms: tuple[str, ...]


def clock_of(story: Iterable[Told]) -> Clock | None:
    """How long it is since the alarm was opened on the first desk that opened it."""
    made = next((one.entry.at for one in story if one.entry.kind == "case.made"), None)
    if made is None:
        return None
    return Clock(made, max(0, int((datetime.now(UTC) - made).total_seconds() // 60)))


def alarm_in(report: Report) -> Alarm:
    """Read what the steps begin with; of another form than an alarm nothing is known."""
    answers = report.answers
    exposed = answers.get("exposed", ())
    allowed = answers.get("may_do", ())
    where = answers.get("where", ())
    return Alarm(
        tuple(urls_in(str(answers.get("links", "")))),
        (exposed,) if isinstance(exposed, str) else tuple(exposed),
        frozenset((allowed,) if isinstance(allowed, str) else allowed),
        (where,) if isinstance(where, str) else tuple(where),
    )


@dataclass(frozen=True, slots=True)
class Stand:
    """What the steps are judged by. `notices`: how many were made; `running`: work under way, and
    `under_way`: the addresses that are being captured.
    """

    alarm: Alarm
    evidence: EvidenceNow
    followed: FollowUp
    notices: int
    reporter_files: int
    running: bool
    under_way: frozenset[str] = frozenset()

    @property
    def captured(self) -> frozenset[str]:
        """The addresses that need no capture any more: caught, or a person says what is there."""
        captures = self.evidence.captures
        return frozenset(one.url for one in captures if one.has_page or one.seen)


def steps(stand: Stand) -> tuple[Step, ...]:
    """The six steps with what is missing in each."""
    missing: dict[str, Callable[[Stand], Iterable[str]]] = {
        "capture": _to_capture,
        "check": _to_check,
        "exposed": _to_say,
        "notices": _to_write,
        "bundle": _to_seal,
        "tasks": _to_follow,
    }
    return tuple(
        Step(number, name, title, tuple(missing[name](stand)))
        for number, (name, title) in enumerate(TITLES, 1)
    )


def _to_capture(stand: Stand) -> Iterable[str]:
    captured = stand.captured
    left = len([u for u in stand.alarm.links if u not in captured and u not in stand.under_way])
    if stand.under_way:
        yield ngettext(
            "%(n)d page is being captured; go on with step 3 meanwhile",
            "%(n)d pages are being captured; go on with step 3 meanwhile",
            len(stand.under_way),
        ) % {"n": len(stand.under_way)}
    if left:
        yield ngettext(
            "%(n)d link of the alarm is not captured yet",
            "%(n)d links of the alarm are not captured yet",
            left,
        ) % {"n": left}
    elif not (captured or stand.under_way or stand.reporter_files or stand.evidence.files):
        yield _("there is no capture and no file yet")


def _to_check(stand: Stand) -> Iterable[str]:
    # What looks by themselves found has a list of its own, to be read there.
    caught = [one for one in stand.evidence.captures if one.has_page and not one.schedule]
    left = len([one for one in caught if not one.seen])
    if left:
        yield ngettext(
            "nobody has looked at %(n)d capture", "nobody has looked at %(n)d captures", left
        ) % {"n": left}
    elif not stand.captured and not stand.reporter_files and not stand.evidence.files:
        yield _("nothing has been caught yet")


def _to_say(stand: Stand) -> Iterable[str]:
    if stand.evidence.exposed is None:
        yield _("nobody has said what was exposed")


WANTED_NOTICES: Final = 3


def _to_write(stand: Stand) -> Iterable[str]:
    left = WANTED_NOTICES - stand.notices
    if left > 0:
        yield ngettext(
            "%(n)d notice is still to be written", "%(n)d notices are still to be written", left
        ) % {"n": left}


def _to_seal(stand: Stand) -> Iterable[str]:
    sealed = {digest for bundle in stand.evidence.bundles for digest in bundle.of}
    # Not what a look by itself brought, nor what was tried in vain: neither is ticked by itself.
    captures = (one for one in stand.evidence.captures if one.has_page and not one.schedule)
    parts = (part for one in captures for part in one.parts)
    left = [one for one in (*stand.evidence.files, *parts) if one.digest not in sealed]
    if not stand.evidence.bundles:
        yield _("no bundle is sealed yet")
    elif left:
        yield ngettext(
            "%(n)d file is in no bundle yet", "%(n)d files are in no bundle yet", len(left)
        ) % {"n": len(left)}


def _to_follow(stand: Stand) -> Iterable[str]:
    if not stand.followed.answered:
        yield _("the person has no answer yet")
    if not any(task.due is not None for task in stand.followed.open_tasks):
        yield _("no task with a day says when to look again")
