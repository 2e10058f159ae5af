"""How the notices of a case stand: one pure function of its entries, beside `folding.fold`.

    notice.made       from which template, with which facts; nothing was sent
    notice.sent       a person sent it: on which day, how, who agreed; last one counts
    notice.outcome    an answer, a refusal, posted again, …; all are kept
    notice.struck     names one of the three that is out

An entry whose content has not come, cannot be read, was undone or was passed over by `fold`
changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from safelight.campaigns.notices import kinds
from safelight.campaigns.notices.codes import code
from safelight.campaigns.notices.problems import NoticeError
from safelight.campaigns.notices.templates import template
from safelight.casework.folding import CaseNow, entry_name
from safelight.journal.content import Told
from safelight.journal.entry import Entry


@dataclass(frozen=True, slots=True)
class Sending:
    """That a notice left: on which day, how, by whose word, and the task that looks after it."""

    entry: str
    desk: str
    on: date
    channel: str
    agreed: str
    due: date
    task: str
    agreed_in: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One thing that came of a notice. `task`: what was to be done next, or ""."""

    entry: str
    desk: str
    on: date
    code: str
    words: str = field(default="", repr=False)
    task: str = ""

    @property
    def ends(self) -> str:
        return code("outcomes", self.code).ends

    @property
    def is_takedown(self) -> bool:
        """Whether it was taken down by it, wholly or in part."""
        return self.ends in {"granted", "partly"}

    @property
    def is_after(self) -> bool:
        """Whether it happened after the wait was over: posted again, put back."""
        return code("outcomes", self.code).after


@dataclass(frozen=True, slots=True)
class NoticeNow:
    """One notice. `entry` names it; `facts` and `shown` make the same draft again."""

    entry: str
    desk: str
    made_on: date
    template: str
    version: int
    language: str
    kind: str
    names_person: bool
    facts: Mapping[str, Any] = field(repr=False)
    shown: tuple[str, ...] = ()
    sendings: tuple[Sending, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    asked_again: tuple[str, ...] = ()  # tasks that wait anew, since an outcome was struck

    @property
    def sent(self) -> Sending | None:
        """How it left; None while it is only made."""
        return self.sendings[-1] if self.sendings else None

    @property
    def in_order(self) -> tuple[Outcome, ...]:
        """What came of it, by day."""
        # Of one day in the order in which they were noted: taken down, and back in the evening.
        return tuple(sorted(self.outcomes, key=lambda one: one.on))

    @property
    def ended(self) -> Outcome | None:
        """What ended the wait for an answer: the first that does."""
        return next((one for one in self.in_order if one.ends), None)

    @property
    def latest(self) -> Outcome | None:
        return self.in_order[-1] if self.outcomes else None

    def first(self, wanted: str) -> Outcome | None:
        """The first outcome with this code."""
        return next((one for one in self.in_order if one.code == wanted), None)

    @property
    def awaits(self) -> bool:
        """Whether it was sent and nothing ended the wait."""
        return self.sent is not None and self.ended is None

    @property
    def is_back(self) -> bool:
        """Whether what was taken down is there again, and nothing came since that ends it."""
        return self.latest is not None and self.latest.is_after


def notices_of(now: CaseNow, story: Iterable[Told]) -> tuple[NoticeNow, ...]:
    """Return the notices of a case, the oldest first. `now` is the fold of the same story."""
    if not now.is_open:
        return ()
    told = sorted(story, key=lambda one: one.entry.order)
    struck = _struck(told)
    found: dict[str, NoticeNow] = {}
    for one in told:
        name = entry_name(one.entry)
        if one.content is None or name in struck | now.undone | now.passed_over:
            continue
        try:
            _take(found, one.entry, one.content)
        except (KeyError, ValueError, TypeError, AttributeError, NoticeError):
            continue  # a colleague's desk of another version; the journal keeps it
    return tuple(found.values())


def _struck(told: list[Told]) -> frozenset[str]:
    return frozenset(
        str(one.content.get("entry"))
        for one in told
        if one.entry.kind == kinds.STRUCK and one.content is not None
    )


def _take(found: dict[str, NoticeNow], entry: Entry, said: Mapping[str, Any]) -> None:
    if entry.kind == kinds.MADE:
        made = _made(entry, said)
        found[made.entry] = made
    elif entry.kind == kinds.SENT:
        notice = found[said["notice"]]
        sendings = (*notice.sendings, _sent(entry, said))
        found[notice.entry] = replace(notice, sendings=sendings)
    elif entry.kind == kinds.OUTCOME:
        notice = found[said["notice"]]
        came = Outcome(
            entry_name(entry),
            entry.desk,
            date.fromisoformat(said["on"]),
            code("outcomes", said["outcome"]).value,
            str(said["words"]),
            str(said.get("task", "")),
        )
        found[notice.entry] = replace(notice, outcomes=(*notice.outcomes, came))
    elif entry.kind == kinds.STRUCK and said.get("task"):
        notice = found[said["notice"]]
        asked = (*notice.asked_again, str(said["task"]))
        found[notice.entry] = replace(notice, asked_again=asked)


def _made(entry: Entry, said: Mapping[str, Any]) -> NoticeNow:
    if said["language"] not in {"ru", "en"} or not isinstance(said["facts"], dict):
        raise ValueError("a language or facts that this version does not know")
    # Of a template that this version of the program does not have, nothing could be shown.
    made_from = template(str(said["template"]), int(said["version"]))
    return NoticeNow(
        entry_name(entry),
        entry.desk,
        entry.at.date(),
        template=made_from.id,
        version=made_from.version,
        language=said["language"],
        kind=made_from.kind,
        names_person=bool(said["names_person"]),
        facts=dict(said["facts"]),
        shown=tuple(str(name) for name in said["shown"]),
    )


def _sent(entry: Entry, said: Mapping[str, Any]) -> Sending:
    return Sending(
        entry_name(entry),
        entry.desk,
        date.fromisoformat(said["on"]),
        code("channels", said["channel"]).value,
        code("agreed", said["agreed"]).value,
        due=date.fromisoformat(said["due"]),
        task=str(said["task"]),
        agreed_in=str(said["agreed_in"]),
    )
