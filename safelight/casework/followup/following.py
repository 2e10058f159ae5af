"""How a case is followed: one pure function of its entries, beside `folding.fold`.

    case.assigned            last one counts; an empty name: nobody
    case.task                -done, -moved name it by its entry
    case.contact             how one may write; last one counts, whole
    case.told                what was said already and to whom
    case.deadline  -met      of an urgent case; last one counts
    case.kept                the review is put off, with a reason; last one counts
    case.consent  -ended     said in the conversation, or taken back for one purpose
    case.referred            to whom, under which consent, and the very words that went
    case.handed              printed, or sealed to a recipient
    case.referral-outcome    last one counts
    case.referral-refused    nothing was handed over, and why

An entry whose content has not come, cannot be read, was undone or was passed over by `fold`
changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any, Final, TypeAlias

from safelight.casework.folding import CaseNow, entry_name
from safelight.casework.followup import kinds, rules
from safelight.casework.followup.clock import Review, deadline_of, review_of
from safelight.journal.content import Told
from safelight.journal.entry import Entry
from safelight.vocabulary.consent import ends_on
from safelight.vocabulary.report import Report
from safelight.vocabulary.schema import vocabulary

# Reading a case is no reason to keep it longer.
# Nor what a desk does by itself, day after day: a case would be kept as long as it does.
_BY_ITSELF: Final = frozenset({"evidence.look-begun", "evidence.look-ended"})
_NO_EVENTS: Final = frozenset({"case.opened", "case.undone", kinds.KEPT}) | _BY_ITSELF


@dataclass(frozen=True, slots=True)
class Task:
    """Something to be done. `entry` names it, `content` is where its words are sealed."""

    entry: str
    content: str
    kind: str
    due: date | None
    desk: str
    words: str = field(default="", repr=False)
    done: str = ""  # the entry that says so
    done_by: str = ""


@dataclass(frozen=True, slots=True)
class Agreed:
    """One purpose a person agreed to, until its last day. `said_in`: "report", or a message."""

    purpose: str
    until: date
    said_in: str


@dataclass(frozen=True, slots=True)
class Referral:
    """What was handed to whom. `text` are the very words; `files` name reporter's files."""

    entry: str
    at: datetime
    desk: str
    place: str
    place_name: str
    helper: str
    consent: str
    consent_until: date
    parts: tuple[str, ...]
    files: tuple[str, ...]
    recipient: str
    reference: str
    text: str = field(repr=False)
    handed: tuple[str, ...] = ()
    outcome: str = ""
    outcome_words: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class NotReferred:
    """That nothing was referred, and why."""

    at: datetime
    desk: str
    helper: str
    why: str
    words: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class SafeContact:
    """How one may write to the person."""

    codes: tuple[str, ...] = ()
    words: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ToldNote:
    """Something the person said already, outside the report, and to whom."""

    at: datetime
    desk: str
    what: str = field(repr=False)
    whom: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Who has a case, from whom, and what was said with it."""

    desk: str
    by: str
    at: datetime
    note: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class FollowUp:
    """How one case is followed. `status`: what the reporter was told last, a code or ""."""

    case_id: str
    lane: str
    state: str
    handed_over: tuple[HandedOver, ...] = ()
    tasks: tuple[Task, ...] = ()
    consents: tuple[Agreed, ...] = ()
    once_agreed: Mapping[str, date] = field(default_factory=dict)
    referrals: tuple[Referral, ...] = ()
    not_referred: tuple[NotReferred, ...] = ()
    contact: SafeContact | None = None
    told: tuple[ToldNote, ...] = ()
    deadline: datetime | None = None
    deadline_by_hand: bool = False
    deadline_met: bool = False
    review: Review | None = None
    kept_because: str = field(default="", repr=False)
    status: str = ""
    answered: bool = False

    @property
    def desk(self) -> str:
        """The desk that has the case; "" when nobody took it."""
        return self.handed_over[-1].desk if self.handed_over else ""

    @property
    def open_tasks(self) -> tuple[Task, ...]:
        """What is still to be done: what has a day first, by day."""
        left = [task for task in self.tasks if not task.done]
        return tuple(sorted(left, key=lambda task: (task.due is None, task.due or date.min)))

    @property
    def urgent_until(self) -> datetime | None:
        """The deadline, as long as the case is urgent and nobody said that it was met."""
        waits = self.lane == "urgent" and self.state in {"new", "coded"}
        return self.deadline if waits and not self.deadline_met else None

    def until(self, purpose: str) -> date | None:
        """The last day on which a purpose is agreed to; None when it is not, or was ended."""
        return max((one.until for one in self.consents if one.purpose == purpose), default=None)


def follow(now: CaseNow, story: Iterable[Told]) -> FollowUp:
    """Return how the case is followed after these entries. `now` is their `fold`."""
    told = sorted(story, key=lambda one: one.entry.order)
    if not now.is_open:
        return FollowUp(now.case_id, now.lane, now.state)
    report = Report.parse(now.report)
    found = _begun(now, report, told)
    kept_until: date | None = None
    for one in told:
        step = _STEPS.get(one.entry.kind)
        name = entry_name(one.entry)
        if step is None or one.content is None or name in now.undone | now.passed_over:
            continue
        try:
            found = step(found, one.entry, one.content)
            if one.entry.kind == kinds.KEPT:
                kept_until = _day(one.content["until"])
        except (KeyError, ValueError, TypeError, AttributeError):
            continue  # a colleague's desk of another version; the journal keeps it
    last = max(
        (one.entry.at.date() for one in told if one.entry.kind not in _NO_EVENTS),
        default=now.received_on,
    )
    review = review_of(
        state=now.state,
        reason=now.reason,
        form=report.form,
        last_event=last,
        consents=found.once_agreed,
        kept_until=kept_until,
    )
    return replace(found, review=review)


def _begun(now: CaseNow, report: Report, told: list[Told]) -> FollowUp:
    consents = {
        purpose: ends_on(report.consent, purpose, written=report.written, received=now.received_on)
        for purpose in report.consent
    }
    opened_at = next((one.entry.at for one in told if one.entry.kind == "case.made"), None)
    answers = [turn for turn in now.conversation if turn.kind == "answer"]
    return FollowUp(
        now.case_id,
        now.lane,
        now.state,
        consents=tuple(Agreed(purpose, until, "report") for purpose, until in consents.items()),
        once_agreed=consents,
        deadline=None
        if opened_at is None
        else deadline_of(report, received_on=now.received_on, opened_at=opened_at),
        status=next((t.status for t in reversed(answers) if t.status and t.state == "sent"), ""),
        answered=any(turn.state in {"waiting", "sent"} for turn in answers),
    )


_Step: TypeAlias = Callable[[FollowUp, Entry, Mapping[str, Any]], FollowUp]


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _purpose(text: str) -> str:
    if text not in {code.value for code in vocabulary().field("consent").codes}:
        raise ValueError("a purpose that this version does not know")
    return text


def _helper(text: str) -> str:
    if text not in rules.codes("helpers"):
        raise ValueError("a kind of helper that this version does not know")
    return text


def _assigned(case: FollowUp, entry: Entry, said: Mapping[str, Any]) -> FollowUp:
    turn = HandedOver(str(said["to"]), entry.desk, entry.at, str(said["note"]))
    return replace(case, handed_over=(*case.handed_over, turn))


def _task(case: FollowUp, entry: Entry, said: Mapping[str, Any]) -> FollowUp:
    task = Task(
        entry_name(entry),
        entry.content,
        str(said["kind"]),
        _day(said["due"]) if said["due"] else None,
        str(said["desk"]),
        words=str(said["words"]),
    )
    return replace(case, tasks=(*case.tasks, task))


def _task_done(case: FollowUp, entry: Entry, said: Mapping[str, Any]) -> FollowUp:
    return _with_task(case, said["task"], done=entry_name(entry), done_by=entry.desk)


def _task_moved(case: FollowUp, _entry: Entry, said: Mapping[str, Any]) -> FollowUp:
    return _with_task(case, said["task"], due=_day(said["due"]) if said["due"] else None)


def _with_task(case: FollowUp, name: str, **changes: Any) -> FollowUp:
    tasks = tuple(
        replace(task, **changes) if task.entry == name and not task.done else task
        for task in case.tasks
    )
    return replace(case, tasks=tasks)


def _contact(case: FollowUp, _entry: Entry, said: Mapping[str, Any]) -> FollowUp:
    contact = SafeContact(
        tuple(code for code in rules.codes("contact") if code in said["codes"]), str(said["words"])
    )
    return replace(case, contact=contact if contact.codes or contact.words else None)


def _told(case: FollowUp, entry: Entry, said: Mapping[str, Any]) -> FollowUp:
    note = ToldNote(entry.at, entry.desk, str(said["what"]), str(said["whom"]))
    return replace(case, told=(*case.told, note))


def _deadline(case: FollowUp, _entry: Entry, said: Mapping[str, Any]) -> FollowUp:
    at = datetime.strptime(said["at"], "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
    return replace(case, deadline=at, deadline_by_hand=True, deadline_met=False)


def _deadline_met(case: FollowUp, _entry: Entry, _said: Mapping[str, Any]) -> FollowUp:
    return replace(case, deadline_met=True)


def _kept(case: FollowUp, _entry: Entry, said: Mapping[str, Any]) -> FollowUp:
    return replace(case, kept_because=str(said["because"]))


def _consent(case: FollowUp, _entry: Entry, said: Mapping[str, Any]) -> FollowUp:
    agreed = Agreed(_purpose(said["purpose"]), _day(said["until"]), str(said["said_in"]))
    once = dict(case.once_agreed)
    once[agreed.purpose] = max(once.get(agreed.purpose, agreed.until), agreed.until)
    return replace(case, consents=(*case.consents, agreed), once_agreed=once)


def _consent_ended(case: FollowUp, entry: Entry, said: Mapping[str, Any]) -> FollowUp:
    purpose = str(said["purpose"])
    left = tuple(one for one in case.consents if one.purpose != purpose)
    once = dict(case.once_agreed)
    if purpose in once:
        once[purpose] = min(once[purpose], entry.at.date())
    return replace(case, consents=left, once_agreed=once)


def _referred(case: FollowUp, entry: Entry, said: Mapping[str, Any]) -> FollowUp:
    referral = Referral(
        entry_name(entry),
        entry.at,
        entry.desk,
        place=str(said["place"]),
        place_name=str(said["name"]),
        helper=_helper(said["helper"]),
        consent=_purpose(said["consent"]),
        consent_until=_day(said["consent_until"]),
        parts=tuple(str(part) for part in said["parts"]),
        files=tuple(str(name) for name in said["files"]),
        recipient=str(said["recipient"]),
        reference=str(said["reference"]),
        text=str(said["text"]),
    )
    return replace(case, referrals=(*case.referrals, referral))


def _handed(case: FollowUp, _entry: Entry, said: Mapping[str, Any]) -> FollowUp:
    how = str(said["how"])
    return _with_referral(case, said["referral"], lambda one: {"handed": (*one.handed, how)})


def _outcome(case: FollowUp, _entry: Entry, said: Mapping[str, Any]) -> FollowUp:
    ended = {"outcome": str(said["outcome"]), "outcome_words": str(said["words"])}
    return _with_referral(case, said["referral"], lambda _one: ended)


def _with_referral(
    case: FollowUp, name: str, changes: Callable[[Referral], Mapping[str, Any]]
) -> FollowUp:
    referrals = tuple(
        replace(one, **changes(one)) if one.entry == name else one for one in case.referrals
    )
    return replace(case, referrals=referrals)


def _refused(case: FollowUp, entry: Entry, said: Mapping[str, Any]) -> FollowUp:
    refused = NotReferred(
        entry.at, entry.desk, str(said["helper"]), str(said["why"]), str(said["words"])
    )
    return replace(case, not_referred=(*case.not_referred, refused))


_STEPS: Final[Mapping[str, _Step]] = {
    kinds.ASSIGNED: _assigned,
    kinds.TASK: _task,
    kinds.TASK_DONE: _task_done,
    kinds.TASK_MOVED: _task_moved,
    kinds.CONTACT: _contact,
    kinds.TOLD: _told,
    kinds.DEADLINE: _deadline,
    kinds.DEADLINE_MET: _deadline_met,
    kinds.KEPT: _kept,
    kinds.CONSENT: _consent,
    kinds.CONSENT_ENDED: _consent_ended,
    kinds.REFERRED: _referred,
    kinds.HANDED: _handed,
    kinds.REFERRAL_OUTCOME: _outcome,
    kinds.REFERRAL_REFUSED: _refused,
}
