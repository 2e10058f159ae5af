"""What evidence a case has: one pure function of its entries, beside `casework.folding.fold`.

    evidence.asked      a capture of an address was begun           by capture id
    evidence.captured   how it ended, its files, its gaps            first one counts
    evidence.added      a file put beside the case by hand           by item
    evidence.checked    what a person saw in a capture               last one counts
    evidence.exposed    what was made public                         last one counts
    evidence.exhibit    something redacted made of an item           by item
    evidence.bundled    a bundle, or the same one sealed again       last one of a bundle counts
    evidence.saved      what left the desk in the clear              all
    evidence.scheduled  an address is looked at again                last one of an address counts
    evidence.schedule-ended                                          by schedule
    evidence.look-begun, .look-ended: as asked and captured, by the schedule's own desk alone
    evidence.looks-read                                              by capture id

An entry whose content has not come or cannot be read changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from safelight.campaigns.case_evidence import kinds
from safelight.campaigns.case_evidence.schedules import (
    LONGEST_DAYS,
    LONGEST_HOURS,
    MOST_EVER,
    MOST_STANDING,
    SHORTEST_HOURS,
    Schedule,
    is_over,
)
from safelight.campaigns.case_story import DIGEST, Step, name_in_addresses, told_in_order
from safelight.casework.folding import CaseNow
from safelight.journal.content import Told
from safelight.journal.entry import Entry
from safelight.vocabulary.schema import vocabulary

ASKED: Final = "ASKED"
FAILED: Final = "FAILED"
STATES: Final = frozenset({"COMPLETE", "PARTIAL", FAILED})
# What a person says about a capture.
SEEN: Final = ("SHOWS", "GONE", "OTHER")


@dataclass(frozen=True, slots=True)
class Item:
    """One file. `origin`: the digest of the file it was made from, or "". `role`: of what kind."""

    item: str
    role: str
    name: str = field(repr=False)
    media_type: str
    size: int
    digest: str
    at: datetime
    desk: str
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that could not be captured or stamped: codes, and an address if there is one."""

    what: str
    why: str = field(default="", repr=False)
    where: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Capture:
    """An address that was captured, or will be. `seen`: what a person said of it, or "".

    `http_status`: 0 where none came, or where an older version captured it. `redacted`: in how many
    places a login was taken out; None for one without a login. `schedule`: which one began it, or
    "" for a person; `is_read`: somebody read what that look found.
    """

    capture: str
    url: str = field(repr=False)
    asked_at: datetime
    desk: str
    before: str = ""
    state: str = ASKED
    at: datetime | None = None
    final_url: str = field(default="", repr=False)
    gaps: tuple[Missing, ...] = ()
    parts: tuple[Item, ...] = ()
    seen: str = ""
    http_status: int = 0
    redacted: int | None = None
    schedule: str = ""
    is_read: bool = False

    @property
    def has_page(self) -> bool:
        """Whether a page was caught. One that failed has files too: what was tried, and how."""
        return bool(self.parts) and self.state != FAILED

    def part(self, role: str) -> Item | None:
        """The file of this kind: "wacz", "screenshot", "pdf", "text"."""
        return next((part for part in self.parts if part.role == role), None)


@dataclass(frozen=True, slots=True)
class StampShown:
    """A timestamp of a bundle: by whom, when."""

    authority: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle as it was last sealed. `of`: the digests of what is in it; `event`: the last one."""

    bundle: str
    item: Item
    bag: str
    fingerprint: str
    of: tuple[str, ...]
    stamps: tuple[StampShown, ...]
    gaps: tuple[Missing, ...]
    event: str
    seals: int
    first_at: datetime


@dataclass(frozen=True, slots=True)
class Saved:
    """Something that left the desk in the clear."""

    item: str
    at: datetime
    desk: str


@dataclass(frozen=True, slots=True)
class EvidenceNow:
    """Everything a case has as evidence, the first first."""

    case_id: str
    captures: tuple[Capture, ...] = ()
    files: tuple[Item, ...] = ()
    exhibits: tuple[Item, ...] = ()
    bundles: tuple[Bundle, ...] = ()
    saved: tuple[Saved, ...] = ()
    exposed: tuple[str, ...] | None = None
    schedules: tuple[Schedule, ...] = ()
    # Of every file that was ever named: in a case that is looked at daily they are thousands.
    named: frozenset[str] = field(default=frozenset(), repr=False)

    def looks_of(self, schedule: Schedule) -> tuple[Capture, ...]:
        """The captures that a schedule began, the first first."""
        of = (schedule.schedule, schedule.desk)
        return tuple(one for one in self.captures if (one.schedule, one.desk) == of)

    def schedule(self, name: str, *, desk: str) -> Schedule | None:
        """The schedule of this name that a desk set. Another one's of the same name is another: it
        may stand before it in the order of entries, and would take its place.
        """
        of = (name, desk)
        return next((one for one in self.schedules if (one.schedule, one.desk) == of), None)

    def every_item(self) -> tuple[Item, ...]:
        """All files that are ours to show and to bundle."""
        parts = (part for capture in self.captures for part in capture.parts)
        return (*self.files, *parts, *self.exhibits, *(one.item for one in self.bundles))

    def capture(self, name: str) -> Capture | None:
        return next((one for one in self.captures if one.capture == name), None)

    def item(self, name: str) -> Item | None:
        return next((one for one in self.every_item() if one.item == name), None)

    def without(self, names: Collection[str]) -> EvidenceNow:
        """The same, as if these files had never been named."""
        if not names:
            return self
        return replace(
            self,
            captures=tuple(
                replace(one, parts=tuple(part for part in one.parts if part.item not in names))
                for one in self.captures
            ),
            files=tuple(one for one in self.files if one.item not in names),
            exhibits=tuple(one for one in self.exhibits if one.item not in names),
            bundles=tuple(one for one in self.bundles if one.item.item not in names),
        )


def evidence_of(now: CaseNow, story: Iterable[Told]) -> EvidenceNow:
    """Return what evidence a case has after these entries. `now` is their `fold`."""
    return told_in_order(now, story, EvidenceNow(now.case_id), _STEPS)


def _item(case: EvidenceNow, untrusted: Mapping[str, Any], entry: Entry) -> Item:
    if untrusted["item"] in case.named:
        raise ValueError("a file that was named before")
    origin = str(untrusted.get("origin", ""))
    if not DIGEST.fullmatch(untrusted["digest"]) or (origin and not DIGEST.fullmatch(origin)):
        raise ValueError("expected a digest")
    return Item(
        name_in_addresses(untrusted["item"]),
        str(untrusted["role"]),
        str(untrusted["name"]),
        str(untrusted["type"]),
        int(untrusted["size"]),
        untrusted["digest"],
        entry.at,
        entry.desk,
        origin,
    )


def _naming(case: EvidenceNow, *items: Item) -> EvidenceNow:
    return replace(case, named=case.named | {one.item for one in items})


def _missing(untrusted: Any) -> tuple[Missing, ...]:
    return tuple(
        Missing(str(one["what"]), str(one["why"]), str(one.get("where", ""))) for one in untrusted
    )


def _asked(case: EvidenceNow, entry: Entry, said: Mapping[str, Any]) -> EvidenceNow:
    name = name_in_addresses(said["capture"])
    if case.capture(name) is not None:
        return case
    asked = Capture(name, str(said["url"]), entry.at, entry.desk, str(said["before"]))
    return replace(case, captures=(*case.captures, asked))


def _captured(case: EvidenceNow, entry: Entry, said: Mapping[str, Any]) -> EvidenceNow:
    if said["state"] not in STATES:
        raise ValueError("a state that this version does not know")
    begun = case.capture(said["capture"])
    # Whoever began it knows how it ended; a colleague's desk could call it failed.
    if begun is None or (begun.state, begun.desk) != (ASKED, entry.desk):
        return case
    parts = tuple(_item(case, part, entry) for part in said["parts"])
    ended = {
        "state": said["state"],
        "at": entry.at,
        "final_url": str(said["final_url"]),
        "gaps": _missing(said["gaps"]),
        "parts": parts,
        "http_status": int(said.get("http_status", 0)),
        "redacted": None if said.get("redacted") is None else int(said["redacted"]),
    }
    return _with_capture(_naming(case, *parts), begun.capture, ended)


def _scheduled(case: EvidenceNow, entry: Entry, said: Mapping[str, Any]) -> EvidenceNow:
    name, hours = name_in_addresses(said["schedule"]), said["every_hours"]
    if case.schedule(name, desk=entry.desk) is not None or type(hours) is not int:
        return case
    if not SHORTEST_HOURS <= hours <= LONGEST_HOURS:
        raise ValueError("an interval that this version does not know")
    # No desk looks longer than a person may ask, whatever its entry says.
    until = min(date.fromisoformat(said["until"]), entry.at.date() + timedelta(days=LONGEST_DAYS))
    made = Schedule(
        name, str(said["url"]), hours, until, str(said["language"]), entry.desk, entry.at
    )
    before = tuple(_ended(one, entry) if one.url == made.url else one for one in case.schedules)
    mine = [one for one in before if one.desk == entry.desk]
    goes_on = [one for one in mine if one.stands and not is_over(one, entry.at)]
    if len(mine) >= MOST_EVER or len(goes_on) >= MOST_STANDING:
        return case
    return replace(case, schedules=(*before, made))


def _unscheduled(case: EvidenceNow, entry: Entry, said: Mapping[str, Any]) -> EvidenceNow:
    name = said["schedule"]
    schedules = (_ended(one, entry) if one.schedule == name else one for one in case.schedules)
    return replace(case, schedules=tuple(schedules))


def _ended(schedule: Schedule, entry: Entry) -> Schedule:
    if not schedule.stands:
        return schedule
    return replace(schedule, ended_at=entry.at, ended_by=entry.desk)


def _look_begun(case: EvidenceNow, entry: Entry, said: Mapping[str, Any]) -> EvidenceNow:
    schedule = case.schedule(said["schedule"], desk=entry.desk)
    if schedule is None:
        return case  # of another desk it would put off, or end, what this one was told to do
    name = name_in_addresses(said["capture"])
    if case.capture(name) is not None:
        return case
    before, which = str(said["before"]), schedule.schedule
    begun = Capture(name, schedule.url, entry.at, entry.desk, before, schedule=which)
    return replace(case, captures=(*case.captures, begun))


def _looks_read(case: EvidenceNow, _entry: Entry, said: Mapping[str, Any]) -> EvidenceNow:
    names = frozenset(map(str, said["captures"]))
    captures = tuple(
        replace(one, is_read=True) if one.capture in names else one for one in case.captures
    )
    return replace(case, captures=captures)


def _checked(case: EvidenceNow, _entry: Entry, said: Mapping[str, Any]) -> EvidenceNow:
    if said["seen"] not in SEEN:
        raise ValueError("a code that this version does not know")
    return _with_capture(case, said["capture"], {"seen": said["seen"]})


def _with_capture(case: EvidenceNow, name: str, changes: Mapping[str, Any]) -> EvidenceNow:
    captures = tuple(
        replace(one, **changes) if one.capture == name else one for one in case.captures
    )
    return replace(case, captures=captures)


def _added(case: EvidenceNow, entry: Entry, said: Mapping[str, Any]) -> EvidenceNow:
    item = _item(case, said, entry)
    return replace(_naming(case, item), files=(*case.files, item))


def _exhibit(case: EvidenceNow, entry: Entry, said: Mapping[str, Any]) -> EvidenceNow:
    item = _item(case, said, entry)
    return replace(_naming(case, item), exhibits=(*case.exhibits, item))


def _exposed(case: EvidenceNow, _entry: Entry, said: Mapping[str, Any]) -> EvidenceNow:
    known = {code.value for code in vocabulary().field("exposed").codes}
    return replace(case, exposed=tuple(code for code in said["exposed"] if code in known))


def _bundled(case: EvidenceNow, entry: Entry, said: Mapping[str, Any]) -> EvidenceNow:
    name = name_in_addresses(said["bundle"])
    before = next((one for one in case.bundles if one.bundle == name), None)
    stamps = tuple(
        StampShown(str(one["authority"]), datetime.fromisoformat(one["at"]))
        for one in said["stamps"]
    )
    made = Bundle(
        name,
        _item(case, said["file"], entry),
        str(said["bag"]),
        str(said["fingerprint"]),
        tuple(str(digest) for digest in said["of"]),
        (*(before.stamps if before else ()), *stamps),
        _missing(said["gaps"]),
        str(said["event"]),
        int(said["seals"]),
        before.first_at if before else entry.at,
    )
    others = tuple(one for one in case.bundles if one.bundle != name)
    return replace(_naming(case, made.item), bundles=(*others, made))


def _saved(case: EvidenceNow, entry: Entry, said: Mapping[str, Any]) -> EvidenceNow:
    return replace(
        case, saved=(*case.saved, Saved(name_in_addresses(said["item"]), entry.at, entry.desk))
    )


_STEPS: Final[Mapping[str, Step[EvidenceNow]]] = {
    kinds.ASKED: _asked,
    kinds.CAPTURED: _captured,
    kinds.ADDED: _added,
    kinds.CHECKED: _checked,
    kinds.EXPOSED: _exposed,
    kinds.EXHIBIT: _exhibit,
    kinds.BUNDLED: _bundled,
    kinds.SAVED: _saved,
    kinds.SCHEDULED: _scheduled,
    kinds.UNSCHEDULED: _unscheduled,
    kinds.LOOK_BEGUN: _look_begun,
    kinds.LOOK_ENDED: _captured,
    kinds.LOOKS_READ: _looks_read,
}
