"""What a caseworker fills in, read strictly: facts, or all the reasons why they make no notice.

    facts = parsed_facts(template, {"urls": "https://…", …}, shown=["person_name"],
                         language="ru", today=date.today())

`shown` is what the caseworker said may be shown: fields marked `chosen`, TELLING for words that
tell an orientation, AS_PERSON for a sender who is the person. Without it each is refused.
"""

from __future__ import annotations

import ipaddress
import json
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, TypeAlias
from urllib.parse import quote, urlsplit, urlunsplit

from safelight.campaigns.notices.codes import Field, fields
from safelight.campaigns.notices.problems import NoticeRefusedError
from safelight.campaigns.notices.reading import shipped, wording
from safelight.campaigns.notices.telling import words_tell
from safelight.campaigns.notices.templates import Template
from safelight.campaigns.notices.unseen import without_unseen
from safelight.vocabulary.report import cleaned_text

TELLING: Final = "telling"
AS_PERSON: Final = "as_person"
LONGEST: Final[Mapping[str, int]] = {"line": 200, "short": 400, "words": 4000, "email": 254}
LONGEST_ADDRESS: Final = 2000
MOST_LINES: Final = 50
# Longer than all fields together may be: refused before anything looks through it.
_LARGEST_FIELD: Final = 200_000
# Kept as one content of the journal, which takes 128 KiB (`journal.content`).
LARGEST_FACTS: Final = 120_000
_MOST_MARKS: Final = 3  # a letter of Vietnamese or pointed Hebrew has as many
_OF_LINES: Final = frozenset({"urls", "captures", "choices"})
_EMAIL: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_DIGEST: Final = re.compile(r"[0-9a-fA-F]{64}")
_SAFE_IN_ADDRESS: Final = "!#$%&'()*+,/:;=?@[]~"


@dataclass(frozen=True, slots=True)
class KeptCopy:
    """A capture or file of the evidence, by its digest (lower-case hex)."""

    sha256: str
    kept_on: date | None = None


Value: TypeAlias = str | date | tuple[str, ...] | tuple[KeptCopy, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """What stands in the notice, by field. `shown`: what somebody said may be."""

    values: Mapping[str, Value] = field(repr=False)
    shown: frozenset[str] = frozenset()
    tells: tuple[str, ...] = ()  # fields with words that tell an orientation

    def has(self, name: str) -> bool:
        return bool(self.values.get(name))

    def chosen(self, name: str) -> str:
        """The code of a field with choices; "" where nothing was chosen."""
        value = self.values.get(name, "")
        return value if isinstance(value, str) else ""

    def as_json(self) -> dict[str, Any]:
        """A JSON object that `parsed_facts` reads back to equal facts."""
        found: dict[str, Any] = {}
        for name, value in self.values.items():
            if isinstance(value, date):
                found[name] = value.isoformat()
            elif isinstance(value, tuple):
                found[name] = [_line_of(one) for one in value]
            else:
                found[name] = value
        return found


def _line_of(one: str | KeptCopy) -> str:
    if isinstance(one, str):
        return one
    return f"{one.sha256} {one.kept_on.isoformat()}" if one.kept_on else one.sha256


class _RefusedError(Exception):
    """One reason, by its code."""

    def __init__(self, code: str, **numbers: int) -> None:
        super().__init__(code)
        self.code, self.numbers = code, numbers


def parsed_facts(
    template: Template,
    untrusted: Mapping[str, Any],
    *,
    shown: Collection[str],
    language: str,
    today: date,
) -> Facts:
    """Return the facts of a notice, or raise `NoticeRefusedError` with every reason at once."""
    reasons: list[str] = []
    values: dict[str, Value] = {}
    known = fields()
    if set(untrusted) - set(template.field_names):
        reasons.append(_reason("unknown-field", None, language))
    for name in template.field_names:
        one = known[name]
        try:
            value = _parsed(one, untrusted.get(name), today) or one.default
        except _RefusedError as refusal:
            reasons.append(_reason(refusal.code, one, language, **refusal.numbers))
            continue
        if value:
            values[name] = value
        elif name in template.required:
            reasons.append(_reason("missing", one, language))
    tells = tuple(name for name, value in values.items() if _tells(known[name], value))
    facts = Facts(values, frozenset(shown), tells)
    reasons += _not_chosen(facts, template, language)
    if len(json.dumps(facts.as_json(), ensure_ascii=False).encode()) > LARGEST_FACTS:
        reasons.append(_reason("all-too-long", None, language))
    if reasons:
        raise NoticeRefusedError(tuple(dict.fromkeys(reasons)))
    return facts


def _not_chosen(facts: Facts, template: Template, language: str) -> Iterable[str]:
    for name in template.field_names:
        one = fields()[name]
        if one.chosen and facts.has(name) and name not in facts.shown:
            yield _reason("not-chosen", one, language)
        if one.chosen and name in facts.shown and not facts.has(name):
            yield _reason("chosen-empty", one, language)
    if TELLING not in facts.shown:
        for name in facts.tells:
            yield _reason("telling", fields()[name], language)
    if facts.chosen("sender_kind") == "PERSON" and AS_PERSON not in facts.shown:
        yield _reason("as-person", None, language)


def _reason(code: str, one: Field | None, language: str, **numbers: int) -> str:
    words = wording(shipped("reasons")[code], at=f"reasons.{code}").in_language(language)
    return words.format(field=one.words.in_language(language) if one else "", **numbers)


def _parsed(one: Field, untrusted: Any, today: date) -> Value:
    if untrusted is None:
        return ""
    if isinstance(untrusted, str):
        if len(untrusted) > _LARGEST_FIELD:
            raise _RefusedError("too-long", most=LONGEST.get(one.kind, LONGEST_ADDRESS))
        if one.kind not in _OF_LINES:
            return _parsed_text(one, _visible(untrusted), today)
        lines = untrusted.splitlines()
    elif isinstance(untrusted, list | tuple) and one.kind in _OF_LINES:
        if not all(isinstance(line, str) for line in untrusted):
            raise _RefusedError("not-text")
        lines = list(untrusted)
    else:
        raise _RefusedError("not-text")
    return _parsed_lines(one, [line.strip() for line in lines if line.strip()], today)


def _parsed_text(one: Field, text: str, today: date) -> Value:
    if not text:
        return ""
    if one.kind == "choice":
        if text not in one.choices:
            raise _RefusedError("not-choice")
        return text
    if one.kind == "date":
        return _day(text, today)
    if len(text) > LONGEST[one.kind]:
        raise _RefusedError("too-long", most=LONGEST[one.kind])
    if one.kind in {"line", "email"} and "\n" in text:
        raise _RefusedError("one-line")
    if one.kind == "email" and not _EMAIL.fullmatch(text):
        raise _RefusedError("not-email")
    return _no_piled_marks(text)


def _parsed_lines(one: Field, lines: list[str], today: date) -> Value:
    if len(lines) > MOST_LINES:
        raise _RefusedError("too-many", most=MOST_LINES)
    if one.kind == "choices":
        if set(lines) - set(one.choices):
            raise _RefusedError("not-choice")
        return tuple(value for value in one.choices if value in lines)
    if one.kind == "urls":
        found = [_address(line, number) for number, line in enumerate(lines, 1)]
        return tuple(dict.fromkeys(found))
    copies = [_copy(line, number, today) for number, line in enumerate(lines, 1)]
    return tuple(dict.fromkeys(copies))


def _day(text: str, today: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise _RefusedError("not-day") from None
    if day > today:
        raise _RefusedError("not-day")
    return day


def _copy(line: str, number: int, today: date) -> KeptCopy:
    digest, _, day = line.partition(" ")
    if not _DIGEST.fullmatch(digest):
        raise _RefusedError("not-capture", line=number)
    try:
        return KeptCopy(digest.lower(), _day(day.strip(), today) if day.strip() else None)
    except _RefusedError:
        raise _RefusedError("not-capture", line=number) from None


def _address(line: str, number: int) -> str:
    """An address in ASCII, as a recipient's browser would ask for it: nothing in it can reorder
    what is read, and no font has to have its letters."""
    refusal = _RefusedError("not-address", line=number)
    hidden = any(unicodedata.category(one) in {"Cc", "Cf", "Zs", "Zl", "Zp", "Cs"} for one in line)
    if hidden or len(line) > LONGEST_ADDRESS:
        raise refusal
    try:
        parts = urlsplit(line)
        port = f":{parts.port}" if parts.port is not None else ""
        host = parts.hostname or ""
        if ":" in host:
            host = f"[{ipaddress.IPv6Address(host)}]"
        else:
            host = host.encode("idna").decode("ascii")
    except ValueError:
        raise refusal from None
    is_plain = parts.scheme in {"http", "https"} and "." in host.strip("[]").replace(":", ".")
    if not is_plain or "@" in parts.netloc or not re.fullmatch(r"[A-Za-z0-9._:\[\]-]+", host):
        raise refusal
    rest = (
        quote(part, safe=_SAFE_IN_ADDRESS) for part in (parts.path, parts.query, parts.fragment)
    )
    address = urlunsplit((parts.scheme, host + port, *rest))
    if len(address) > LONGEST_ADDRESS * 3:
        raise refusal
    return address


def _visible(untrusted: str) -> str:
    """The text without signs that nobody sees; half of a surrogate pair is U+FFFD."""
    return cleaned_text(without_unseen(untrusted))


def _no_piled_marks(text: str) -> str:
    """Leave at most three marks on a letter: a pile of them covers the lines around it."""
    kept, marks = [], 0
    for char in text:
        marks = marks + 1 if unicodedata.category(char) in {"Mn", "Me"} else 0
        if marks <= _MOST_MARKS:
            kept.append(char)
    return "".join(kept)


def _tells(one: Field, value: Value) -> bool:
    if one.kind not in {"line", "short", "words", "email"} or not isinstance(value, str):
        return False
    return words_tell(value)
