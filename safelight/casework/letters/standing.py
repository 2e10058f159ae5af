"""How a letter stands after what all desks wrote: one pure function, beside `folding.fold`.

    letter.taken        from whom ("" nobody): counts only if that is who has it, so that of two
                        who take one letter at once the same one gets it on every desk
    letter.handed       to a desk, or to whoever is next; urgent or not
    letter.drafted      a draft; anybody's is kept, so that no work is lost
    letter.offered      asks for a second reader; a newer draft of the holder ends it
    letter.approved     of exactly the draft that was offered, by somebody else than its author
    letter.returned     the same, with remarks
    case.answered       which draft left; from then on only a new message asks for more
    letter.escalated    a sign was seen; open until letter.settled
    letter.proposed     redacted texts of letter and answer, to be published
    letter.agreed       by a second desk, to exactly these texts
    letter.sent-back    the same, with remarks
    letter.taken-out    not published, or not any more

A decision that another desk had made impossible is passed over and shown as such.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

from safelight.casework.folding import CaseNow, entry_name
from safelight.casework.letters import kinds
from safelight.casework.letters.redaction import (
    Redacted,
    RedactionError,
    checked_marks,
    digest_of,
)
from safelight.journal.content import Told
from safelight.journal.entry import Entry
from safelight.vocabulary.codes import LANGUAGES
from safelight.vocabulary.report import Report

LETTER: Final = "letter"
LANE: Final = "letters"
_ID: Final = re.compile(r"[0-9a-f]{32}")

# Where a letter stands. In the order of the queue's headings.
WAITING: Final = "waiting"
IN_WORK: Final = "in-work"
TO_READ: Final = "to-read"
APPROVED: Final = "approved"
ANSWERED: Final = "answered"


@dataclass(frozen=True, slots=True)
class Draft:
    """One version of an answer. `entry` names it."""

    entry: str
    desk: str
    at: datetime
    text: str = field(repr=False)
    status: str = ""


@dataclass(frozen=True, slots=True)
class Remark:
    """What a second reader said about a draft or a proposal. `agreed`: that it may go."""

    of: str
    desk: str
    at: datetime
    agreed: bool
    text: str = field(default="", repr=False)
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Escalation:
    """A sign that somebody saw. `due`: by when whoever the rules name has to know."""

    entry: str
    desk: str
    at: datetime
    due: datetime
    sign: str
    to: str = field(repr=False)
    note: str = field(default="", repr=False)
    settled: str = ""
    settled_by: str = ""


@dataclass(frozen=True, slots=True)
class Handing:
    """Who gave the letter to whom ("": to whoever is next)."""

    desk: str
    to: str
    at: datetime
    urgent: bool
    note: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A redacted letter and answer. `agreed_by` names the second desk, once there is one."""

    entry: str
    desk: str
    at: datetime
    letter_id: str
    redacted: Redacted
    why: Mapping[str, str] = field(default_factory=dict, repr=False)
    agreed_by: str = ""
    agreed_at: datetime | None = None
    over: bool = False


@dataclass(frozen=True, slots=True)
class LetterNow:
    """How a letter stands. `has_news`: the person wrote since the last answer."""

    case_id: str
    holder: str = ""
    urgent: bool = False
    offered: str = ""
    approved: str = ""
    answered: str = ""  # the entry of the answer that was kept last
    has_news: bool = True
    drafts: tuple[Draft, ...] = ()
    remarks: tuple[Remark, ...] = ()
    handings: tuple[Handing, ...] = ()
    escalations: tuple[Escalation, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    heard: frozenset[str] = field(default=frozenset(), repr=False)
    passed_over: frozenset[str] = frozenset()

    @property
    def state(self) -> str:
        """Where it stands, as the queue says it."""
        if self.approved:
            return APPROVED
        if self.offered:
            return TO_READ
        if self.answered and not self.has_news:
            return ANSWERED
        return IN_WORK if self.holder else WAITING

    def draft(self, entry: str) -> Draft | None:
        return next((draft for draft in self.drafts if draft.entry == entry), None)

    @property
    def latest(self) -> Draft | None:
        """The holder's newest draft since the last answer."""
        own = [draft for draft in self.drafts if draft.desk == self.holder]
        return own[-1] if own and own[-1].entry != self.answered else None

    @property
    def open_escalations(self) -> tuple[Escalation, ...]:
        return tuple(one for one in self.escalations if not one.settled)

    @property
    def proposal(self) -> Proposal | None:
        """What was proposed last, unless it was sent back or taken out."""
        last = self.proposals[-1] if self.proposals else None
        return last if last is not None and not last.over else None

    @property
    def published(self) -> Proposal | None:
        """The texts that two people agreed to."""
        agreed = [one for one in self.proposals if one.agreed_by and not one.over]
        return agreed[-1] if agreed else None


def is_letter(now: CaseNow) -> bool:
    """Whether a case is answered as a letter: by its door, or moved to that lane by a person."""
    return now.is_open and (now.lane == LANE or Report.parse(now.report).form == LETTER)


def letter_now(now: CaseNow, story: Iterable[Told]) -> LetterNow:
    """Return how a letter stands after these entries. `now` is their `fold`."""
    letter = LetterNow(now.case_id)
    if not now.is_open:
        return letter
    for one in sorted(story, key=lambda told: told.entry.order):
        step = _STEPS.get(one.entry.kind)
        name = entry_name(one.entry)
        if step is None or one.content is None or name in now.undone | now.passed_over:
            continue
        try:
            after = step(letter, one.entry, one.content)
        except (KeyError, ValueError, TypeError, AttributeError, RedactionError):
            continue  # a colleague's desk of another version; the journal keeps it
        letter = after or replace(letter, passed_over=letter.passed_over | {name})
    return letter


_Step: TypeAlias = Callable[[LetterNow, Entry, Mapping[str, Any]], "LetterNow | None"]


def _taken(letter: LetterNow, entry: Entry, said: Mapping[str, Any]) -> LetterNow | None:
    if letter.holder != said["from"]:
        return None
    return replace(letter, holder=entry.desk, urgent=False, offered="", approved="")


def _handed(letter: LetterNow, entry: Entry, said: Mapping[str, Any]) -> LetterNow | None:
    if letter.holder != entry.desk:
        return None
    turn = Handing(entry.desk, str(said["to"]), entry.at, bool(said["urgent"]), str(said["note"]))
    return replace(
        letter,
        holder=turn.to,
        urgent=turn.urgent,
        offered="",
        approved="",
        handings=(*letter.handings, turn),
    )


def _drafted(letter: LetterNow, entry: Entry, said: Mapping[str, Any]) -> LetterNow:
    draft = Draft(entry_name(entry), entry.desk, entry.at, str(said["text"]), str(said["status"]))
    letter = replace(letter, drafts=(*letter.drafts, draft))
    # What is read or approved is one text; with another one it begins again.
    return replace(letter, offered="", approved="") if letter.holder == entry.desk else letter


def _offered(letter: LetterNow, entry: Entry, said: Mapping[str, Any]) -> LetterNow | None:
    latest = letter.latest
    if letter.holder != entry.desk or latest is None or latest.entry != said["draft"]:
        return None
    return replace(letter, offered=latest.entry, approved="")


def _approved(letter: LetterNow, entry: Entry, said: Mapping[str, Any]) -> LetterNow | None:
    draft, alone = letter.draft(letter.offered), bool(said["alone"])
    if draft is None or draft.entry != said["draft"] or (draft.desk == entry.desk) != alone:
        return None
    remark = Remark(draft.entry, entry.desk, entry.at, agreed=True, alone=alone)
    return replace(letter, offered="", approved=draft.entry, remarks=(*letter.remarks, remark))


def _returned(letter: LetterNow, entry: Entry, said: Mapping[str, Any]) -> LetterNow | None:
    draft = letter.draft(letter.offered)
    if draft is None or draft.entry != said["draft"] or draft.desk == entry.desk:
        return None
    remark = Remark(draft.entry, entry.desk, entry.at, agreed=False, text=str(said["remarks"]))
    return replace(letter, offered="", remarks=(*letter.remarks, remark))


def _answered(letter: LetterNow, _entry: Entry, said: Mapping[str, Any]) -> LetterNow:
    # An answer without a draft is a status alone ("we have read it"): nothing was answered yet.
    draft = str(said.get("draft", ""))
    if not draft:
        return letter
    return replace(letter, offered="", approved="", answered=draft, has_news=False, urgent=False)


def _message(letter: LetterNow, _entry: Entry, said: Mapping[str, Any]) -> LetterNow:
    # Opened on two desks, or sealed anew by somebody who repeats it: said once all the same.
    names = {str(said["envelope"]), str(said.get("proof") or said["envelope"])}
    if names & letter.heard:
        return letter
    return replace(letter, has_news=True, heard=letter.heard | names)


def _escalated(letter: LetterNow, entry: Entry, said: Mapping[str, Any]) -> LetterNow:
    due = datetime.strptime(said["due"], "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
    seen = Escalation(
        entry_name(entry),
        entry.desk,
        entry.at,
        due,
        sign=str(said["sign"]),
        to=str(said["to"]),
        note=str(said["note"]),
    )
    return replace(letter, escalations=(*letter.escalations, seen))


def _settled(letter: LetterNow, entry: Entry, said: Mapping[str, Any]) -> LetterNow | None:
    if not any(one.entry == said["escalation"] for one in letter.open_escalations):
        return None
    note = str(said["note"])
    escalations = tuple(
        replace(one, settled=note or "-", settled_by=entry.desk)
        if one.entry == said["escalation"]
        else one
        for one in letter.escalations
    )
    return replace(letter, escalations=escalations)


def _proposed(letter: LetterNow, entry: Entry, said: Mapping[str, Any]) -> LetterNow | None:
    # Another program may have written anything; one bad text must not stop all publishing.
    if not _ID.fullmatch(said["id"]) or said["language"] not in LANGUAGES:
        return None
    for name in ("letter", "answer"):
        if checked_marks(said[name]) != said[name]:
            return None
    proposal = Proposal(
        entry_name(entry),
        entry.desk,
        entry.at,
        letter_id=str(said["id"]),
        redacted=Redacted(str(said["letter"]), str(said["answer"]), str(said["language"])),
        why={str(what): str(why) for what, why in said["why"].items()},
    )
    # One that nobody agreed to yet gives way; one that is published stays until the new one is.
    kept = tuple(one if one.agreed_by else replace(one, over=True) for one in letter.proposals)
    return replace(letter, proposals=(*kept, proposal))


def _agreed(letter: LetterNow, entry: Entry, said: Mapping[str, Any]) -> LetterNow | None:
    proposal = letter.proposal
    if (
        proposal is None
        or proposal.agreed_by
        or proposal.entry != said["proposal"]
        or proposal.desk == entry.desk
        or digest_of(proposal.redacted) != said["digest"]
    ):
        return None
    older = tuple(replace(one, over=True) for one in letter.proposals[:-1])
    agreed = replace(proposal, agreed_by=entry.desk, agreed_at=entry.at)
    return replace(letter, proposals=(*older, agreed))


def _sent_back(letter: LetterNow, entry: Entry, said: Mapping[str, Any]) -> LetterNow | None:
    proposal = letter.proposal
    if proposal is None or proposal.agreed_by or proposal.entry != said["proposal"]:
        return None
    remark = Remark(proposal.entry, entry.desk, entry.at, agreed=False, text=str(said["remarks"]))
    return replace(
        letter,
        proposals=(*letter.proposals[:-1], replace(proposal, over=True)),
        remarks=(*letter.remarks, remark),
    )


def _taken_out(letter: LetterNow, _entry: Entry, _said: Mapping[str, Any]) -> LetterNow | None:
    if all(one.over for one in letter.proposals):
        return None
    return replace(letter, proposals=tuple(replace(one, over=True) for one in letter.proposals))


_STEPS: Final[Mapping[str, _Step]] = {
    kinds.TAKEN: _taken,
    kinds.HANDED: _handed,
    kinds.DRAFTED: _drafted,
    kinds.OFFERED: _offered,
    kinds.APPROVED: _approved,
    kinds.RETURNED: _returned,
    "case.answered": _answered,
    "case.message": _message,
    kinds.ESCALATED: _escalated,
    kinds.SETTLED: _settled,
    kinds.PROPOSED: _proposed,
    kinds.AGREED: _agreed,
    kinds.SENT_BACK: _sent_back,
    kinds.TAKEN_OUT: _taken_out,
}
