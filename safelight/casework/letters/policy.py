"""The rules of answering letters, as the organisation signed them: shifts, readers, escalation.

A statement of the root key (docs/spec/statement.md), so that nobody at a desk can quietly give
themselves longer shifts, leave out the second reader or take a sign of danger off the list.
Without one the strictest of our own rules hold, and no escalation is known.

Pure: parsed, signed and verified here; `rules_in_force` keeps them in the journal.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from safelight.errors import SafelightError
from safelight.sealing.signed_fields import SignedFields
from safelight.sealing.statement import sign_statement
from safelight.vocabulary.questions import question_set
from safelight.vocabulary.wording import Wording

PAYLOAD_TYPE: Final = "application/vnd.safelight.letters+json"
LARGEST: Final = 64 * 1024
_MOST_SIGNS: Final = 30
_SIGN: Final = re.compile(r"[a-z][a-z0-9-]{1,31}")

# Longest that a statement may allow (DESIGN §10): two hours at a stretch, twelve a week.
LONGEST_SHIFT: Final = 120
LONGEST_WEEK: Final = 720
# A break shorter than this does not end a stretch.
SHORTEST_BREAK: Final = 30
LONGEST_BREAK: Final = 24 * 60
LONGEST_WAIT: Final = 14 * 24 * 60
ANOTHER: Final = "another-person"
AUTHOR: Final = "author"


class PolicyError(SafelightError):
    """Rules that are malformed, not signed by the root key, or older than those known."""


_FIELDS: Final = SignedFields(PolicyError)


@dataclass(frozen=True, slots=True)
class Sign:
    """What to watch for, who is told, within how many minutes, and what they then do.

    `answers`: question of the letter's form → choices that suggest it. A person decides.
    """

    code: str
    name: Wording
    to: Wording
    do: Wording
    within_minutes: int
    answers: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class LettersPolicy:
    """All rules. `version` only grows; `expires` is the last day on which they loosen anything.

    `second_reader`: "another-person", or "author" where there is only one person.
    """

    version: int
    issued: date
    expires: date
    second_reader: str
    shift_minutes: int
    week_minutes: int
    break_minutes: int
    signs: tuple[Sign, ...]

    def __post_init__(self) -> None:
        _FIELDS.version(self.version)
        _FIELDS.lifetime(self.issued, self.expires)
        if self.second_reader not in {ANOTHER, AUTHOR}:
            raise PolicyError(f"second_reader: expected {ANOTHER} or {AUTHOR}, got another word")
        _within(self.shift_minutes, 5, LONGEST_SHIFT, at="shift_minutes")
        _within(self.week_minutes, self.shift_minutes, LONGEST_WEEK, at="week_minutes")
        _within(self.break_minutes, SHORTEST_BREAK, LONGEST_BREAK, at="break_minutes")
        codes = [sign.code for sign in self.signs]
        if len(set(codes)) != len(codes):
            raise PolicyError("signs: expected each code once, got one twice")

    def author_may_read(self, today: date) -> bool:
        """Whether whoever wrote an answer may also be its second reader today."""
        return self.second_reader == AUTHOR and today <= self.expires

    def sign(self, code: str) -> Sign | None:
        return next((sign for sign in self.signs if sign.code == code), None)

    @classmethod
    def parse(cls, untrusted: Mapping[str, Any]) -> LettersPolicy:
        """Read rules from JSON or YAML that was read already. Raises `PolicyError`."""
        top = {"version", "issued", "expires", "second_reader", "shift_minutes", "week_minutes"}
        content = _FIELDS.exactly(untrusted, top | {"break_minutes", "signs"}, at="the rules")
        signs = _FIELDS.entries(content["signs"], least=1, most=_MOST_SIGNS, at="signs")
        second_reader = content["second_reader"]
        return cls(
            version=_FIELDS.written_number(content["version"], at="version"),
            issued=_FIELDS.day(content["issued"], at="issued"),
            expires=_FIELDS.day(content["expires"], at="expires"),
            second_reader=second_reader if isinstance(second_reader, str) else "",
            shift_minutes=_FIELDS.written_number(content["shift_minutes"], at="shift_minutes"),
            week_minutes=_FIELDS.written_number(content["week_minutes"], at="week_minutes"),
            break_minutes=_FIELDS.written_number(content["break_minutes"], at="break_minutes"),
            signs=tuple(_sign(sign) for sign in signs),
        )

    def as_json(self) -> dict[str, Any]:
        """Return what is signed."""
        return {
            "version": self.version,
            "issued": self.issued.isoformat(),
            "expires": self.expires.isoformat(),
            "second_reader": self.second_reader,
            "shift_minutes": self.shift_minutes,
            "week_minutes": self.week_minutes,
            "break_minutes": self.break_minutes,
            "signs": [
                {
                    "code": sign.code,
                    "name": sign.name.as_json(),
                    "to": sign.to.as_json(),
                    "do": sign.do.as_json(),
                    "within_minutes": sign.within_minutes,
                    "answers": {q: list(values) for q, values in sign.answers.items()},
                }
                for sign in self.signs
            ],
        }


def sign_policy(policy: LettersPolicy, root_private: Ed25519PrivateKey) -> bytes:
    """Return the signed rules (a DSSE statement)."""
    payload = json.dumps(policy.as_json(), separators=(",", ":"), ensure_ascii=True)
    if len(payload) > LARGEST:
        raise PolicyError(f"the rules have {len(payload)} bytes, at most {LARGEST} fit")
    return sign_statement(payload.encode("ascii"), PAYLOAD_TYPE, root_private)


def verified_policy(untrusted: bytes, *, root: Ed25519PublicKey) -> LettersPolicy:
    """Return the rules that `root` signed, or raise `PolicyError`. Expired ones still warn."""
    content, _payload = _FIELDS.signed_content(
        untrusted, PAYLOAD_TYPE, root, largest=LARGEST, what="rules for letters"
    )
    return LettersPolicy.parse(content)


def _sign(untrusted: Any) -> Sign:
    content = _FIELDS.exactly(
        untrusted, {"code", "name", "to", "do", "within_minutes", "answers"}, at="a sign"
    )
    code = content["code"]
    if not isinstance(code, str) or not _SIGN.fullmatch(code):
        raise PolicyError("a sign's code: expected 2 to 32 of a-z, 0-9 and -, such as a-minor")
    return Sign(
        code=code,
        name=_FIELDS.wording(content["name"], at="a sign's name"),
        to=_FIELDS.wording(content["to"], at="a sign's to"),
        do=_FIELDS.wording(content["do"], at="a sign's do"),
        within_minutes=_within(
            _FIELDS.written_number(content["within_minutes"], at="within_minutes"),
            5,
            LONGEST_WAIT,
            at="within_minutes",
        ),
        answers=_answers(content["answers"]),
    )


def _answers(untrusted: Any) -> dict[str, tuple[str, ...]]:
    if not isinstance(untrusted, Mapping):
        raise PolicyError("a sign's answers: expected a mapping of questions to lists of choices")
    known = {q.id: {c.value for c in q.codes} for q in question_set("letter").questions if q.codes}
    found = {}
    for question, values in untrusted.items():
        if question not in known:
            raise PolicyError(
                f"a sign's answers: expected questions of the letter ({', '.join(sorted(known))}), "
                "got another"
            )
        if (
            not isinstance(values, list)
            or not values
            or not all(isinstance(value, str) and value in known[question] for value in values)
        ):
            raise PolicyError(f"a sign's answers to {question}: expected a list of its choices")
        found[question] = tuple(values)
    return found


def _within(number: int, least: int, most: int, *, at: str) -> int:
    if not least <= number <= most:
        raise PolicyError(f"{at}: expected {least} to {most} minutes, got another number")
    return number


# What holds until a keeper has signed something. It loosens nothing.
UNSIGNED: Final = LettersPolicy(
    version=1,
    issued=date(2026, 1, 1),
    expires=date(2026, 1, 1),
    second_reader=ANOTHER,
    shift_minutes=LONGEST_SHIFT,
    week_minutes=LONGEST_WEEK,
    break_minutes=SHORTEST_BREAK,
    signs=(),
)
