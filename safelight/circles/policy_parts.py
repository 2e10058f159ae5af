"""What the signed rules of circles consist of: bands, duties, counsellors, steps, help."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from safelight.errors import SafelightError
from safelight.sealing.signed_fields import SignedFields
from safelight.vocabulary.wording import Wording


class PolicyError(SafelightError):
    """Rules that are malformed, not signed by the root key, or older than those known."""


_FIELDS: Final = SignedFields(PolicyError)
_CODE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,15}")
_STEP: Final = re.compile(r"[a-z][a-z0-9-]{1,31}")
_DESK: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?")
_MOST_LINES: Final = 20

OF_AGE: Final = 18
OLDEST: Final = 120
# The server forgets after 14 days; a device keeps what is shown no longer than this.
MOST_DAYS: Final = 30
# Longest that a statement may allow (DESIGN §10): two hours at a stretch, twelve a week.
LONGEST_BLOCK: Final = 120
LONGEST_WEEK: Final = 720
SHORTEST_BREAK: Final = 30
LONGEST_BREAK: Final = 24 * 60
LONGEST_WAIT: Final = 14 * 24 * 60
COUNSELLORS: Final = ("none", "enter", "found")


@dataclass(frozen=True, slots=True)
class AgeBand:
    """Rooms of one age, and who may be in them. Everybody states their own band.

    `enter`, `found`: bands whose people may enter or found such a room.
    `counsellors`: whether counsellors of any age may enter, also found, or neither.
    `images`: whether pictures may be sent. `days`: after how many at the latest all vanishes.
    """

    code: str
    name: Wording
    youngest: int
    oldest: int
    enter: tuple[str, ...]
    found: tuple[str, ...]
    counsellors: str
    images: bool
    days: int

    def __post_init__(self) -> None:
        if not 1 <= self.youngest <= self.oldest <= OLDEST:
            raise PolicyError(f"a band's ages: expected 1 to {OLDEST} that rise, got others")
        if self.of_minors and self.oldest >= OF_AGE:
            raise PolicyError(f"a band's ages: expected all below {OF_AGE} or all from it on")

    @property
    def of_minors(self) -> bool:
        return self.youngest < OF_AGE

    def as_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "name": self.name.as_json(),
            "youngest": self.youngest,
            "oldest": self.oldest,
            "enter": list(self.enter),
            "found": list(self.found),
            "counsellors": self.counsellors,
            "images": self.images,
            "days": self.days,
        }


@dataclass(frozen=True, slots=True)
class Duties:
    """What keepers take on, and within how many minutes they look at a report."""

    duties: tuple[Wording, ...]
    answer_minutes: int

    def as_json(self) -> dict[str, Any]:
        return {
            "duties": [duty.as_json() for duty in self.duties],
            "answer_minutes": self.answer_minutes,
        }


@dataclass(frozen=True, slots=True)
class CounsellorRules:
    """Which desks vouch for counsellors, what counsellors hold to, and how long they work."""

    desks: tuple[str, ...]
    duties: tuple[Wording, ...]
    block_minutes: int
    week_minutes: int
    break_minutes: int

    def as_json(self) -> dict[str, Any]:
        return {
            "desks": list(self.desks),
            "duties": [duty.as_json() for duty in self.duties],
            "block_minutes": self.block_minutes,
            "week_minutes": self.week_minutes,
            "break_minutes": self.break_minutes,
        }


@dataclass(frozen=True, slots=True)
class EscalationStep:
    """What somebody sees, who is told, who decides, within how many minutes, and what is done."""

    code: str
    name: Wording
    told: Wording
    decides: Wording
    do: Wording
    within_minutes: int

    def as_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "name": self.name.as_json(),
            "told": self.told.as_json(),
            "decides": self.decides.as_json(),
            "do": self.do.as_json(),
            "within_minutes": self.within_minutes,
        }


@dataclass(frozen=True, slots=True)
class HelpEntry:
    """Somebody to turn to, in the words of one language. Nothing becomes a link."""

    name: str
    what: str
    how: str

    def as_json(self) -> dict[str, str]:
        return {"name": self.name, "what": self.what, "how": self.how}


def read_band(untrusted: Any) -> AgeBand:
    names = {
        "code",
        "name",
        "youngest",
        "oldest",
        "enter",
        "found",
        "counsellors",
        "images",
        "days",
    }
    content = _FIELDS.exactly(untrusted, names, at="a band")
    counsellors = _FIELDS.text(content["counsellors"], at="a band's counsellors")
    if counsellors not in COUNSELLORS:
        raise PolicyError(f"a band's counsellors: expected one of {', '.join(COUNSELLORS)}")
    return AgeBand(
        code=_code(content["code"], at="a band's code"),
        name=_FIELDS.wording(content["name"], at="a band's name"),
        youngest=_FIELDS.written_number(content["youngest"], at="a band's youngest"),
        oldest=_FIELDS.written_number(content["oldest"], at="a band's oldest"),
        enter=_codes(content["enter"], at="a band's enter"),
        found=_codes(content["found"], at="a band's found"),
        counsellors=counsellors,
        images=_yes_or_no(content["images"], at="a band's images"),
        days=_within(content["days"], 1, MOST_DAYS, at="a band's days"),
    )


def duties(untrusted: Any) -> Duties:
    content = _FIELDS.exactly(untrusted, {"duties", "answer_minutes"}, at="keepers")
    return Duties(
        _wordings(content["duties"], at="keepers' duties"),
        _within(content["answer_minutes"], 5, LONGEST_WAIT, at="keepers' answer_minutes"),
    )


def counsellor_rules(untrusted: Any) -> CounsellorRules:
    names = {"desks", "duties", "block_minutes", "week_minutes", "break_minutes"}
    content = _FIELDS.exactly(untrusted, names, at="counsellors")
    desks = _FIELDS.entries(content["desks"], least=0, most=16, at="counsellors' desks")
    if not all(isinstance(desk, str) and _DESK.fullmatch(desk) for desk in desks):
        raise PolicyError("counsellors' desks: expected names of desks of the roster, got others")
    block = _within(content["block_minutes"], 15, LONGEST_BLOCK, at="block_minutes")
    return CounsellorRules(
        desks=tuple(desks),
        duties=_wordings(content["duties"], at="counsellors' duties"),
        block_minutes=block,
        week_minutes=_within(content["week_minutes"], block, LONGEST_WEEK, at="week_minutes"),
        break_minutes=_within(
            content["break_minutes"], SHORTEST_BREAK, LONGEST_BREAK, at="break_minutes"
        ),
    )


def escalation_step(untrusted: Any) -> EscalationStep:
    names = {"code", "name", "told", "decides", "do", "within_minutes"}
    content = _FIELDS.exactly(untrusted, names, at="a step")
    return EscalationStep(
        code=_step_code(content["code"]),
        name=_FIELDS.wording(content["name"], at="a step's name"),
        told=_FIELDS.wording(content["told"], at="a step's told"),
        decides=_FIELDS.wording(content["decides"], at="a step's decides"),
        do=_FIELDS.wording(content["do"], at="a step's do"),
        within_minutes=_within(
            content["within_minutes"], 1, LONGEST_WAIT, at="a step's within_minutes"
        ),
    )


def help_entry(untrusted: Any) -> HelpEntry:
    content = _FIELDS.exactly(untrusted, {"name", "what", "how"}, at="a help entry")
    return HelpEntry(
        name=_FIELDS.line(content["name"], at="a help entry's name"),
        what=_FIELDS.line(content["what"], at="a help entry's what"),
        how=_FIELDS.line(content["how"], at="a help entry's how"),
    )


def _wordings(untrusted: Any, *, at: str) -> tuple[Wording, ...]:
    found = _FIELDS.entries(untrusted, least=1, most=_MOST_LINES, at=at)
    return tuple(_FIELDS.wording(one, at=at) for one in found)


def _code(untrusted: Any, *, at: str) -> str:
    if not isinstance(untrusted, str) or not _CODE.fullmatch(untrusted):
        raise PolicyError(f"{at}: expected 1 to 16 of a-z, 0-9 and -, got something else")
    return untrusted


def _step_code(untrusted: Any) -> str:
    if not isinstance(untrusted, str) or not _STEP.fullmatch(untrusted):
        raise PolicyError("a step's code: expected 2 to 32 of a-z, 0-9 and -, got something else")
    return untrusted


def _codes(untrusted: Any, *, at: str) -> tuple[str, ...]:
    found = [_code(one, at=at) for one in _FIELDS.entries(untrusted, least=0, most=8, at=at)]
    if len(set(found)) != len(found):
        raise PolicyError(f"{at}: expected each band once, got one twice")
    return tuple(found)


def _yes_or_no(untrusted: Any, *, at: str) -> bool:
    """JSON's true and false, or the words of our YAML, whose scalars are all text."""
    words: Mapping[str, bool] = {"yes": True, "no": False}
    if isinstance(untrusted, bool):
        return untrusted
    if isinstance(untrusted, str) and untrusted in words:
        return words[untrusted]
    raise PolicyError(f"{at}: expected yes or no, got something else")


def _within(untrusted: Any, least: int, most: int, *, at: str) -> int:
    number = _FIELDS.written_number(untrusted, at=at)
    if not least <= number <= most:
        raise PolicyError(f"{at}: expected {least} to {most}, got another number")
    return number
