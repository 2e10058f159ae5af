"""What a vocabulary is made of: fields, codes, groups, crosswalks, stages, periods.

Frozen types only. The words themselves are data (`data/*.yaml`), read by
`reading.py`; callers start at `schema.vocabulary()`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal, cast

from safelight.errors import SafelightError

Language = Literal["ru", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("ru", "en")

Kind = Literal["code", "multi-code", "bool", "str", "random128", "period"]
KINDS: Final = ("code", "multi-code", "bool", "str", "random128", "period")
PeriodKind = Literal["half-year", "quarter"]
Status = Literal["verified", "from-memory", "no-equivalent"]
STATUSES: Final = ("verified", "from-memory", "no-equivalent")

UNKNOWN: Final = "UNK"
PENDING: Final = "PENDING"

_PERIOD: Final[Mapping[str, re.Pattern[str]]] = {
    "half-year": re.compile(r"(?:19|20|21)[0-9]{2}(?:-H[12])?"),
    "quarter": re.compile(r"(?:19|20|21)[0-9]{2}-Q[1-4]"),
}


class VocabularyError(SafelightError):
    """A field, code or period that the vocabulary does not have, or data that breaks its rules."""


@dataclass(frozen=True, slots=True)
class Source:
    """A document that a crosswalk was read in, and how it was read."""

    id: str
    title: str
    how_read: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Crosswalk:
    """What one of our codes is called elsewhere; empty `values` when there is no equivalent."""

    scheme: str
    values: tuple[str, ...]
    status: Status
    source: str | None
    wording: str
    note: str


@dataclass(frozen=True, slots=True)
class Code:
    """One value of a closed list.

    `group` is the value a public table shows instead, where the field is released
    grouped. `tier` is S2 for values that may stand in a case file only. `added`
    marks what the proposal (schema v0) did not have.
    """

    value: str
    labels: Mapping[Language, str]
    definitions: Mapping[Language, str] = field(default_factory=dict)
    tier: str = "S1"
    group: str | None = None
    added: bool = False
    crosswalks: Mapping[str, Crosswalk] = field(default_factory=dict)

    def label(self, language: str) -> str:
        return self.labels[checked_language(language)]

    def definition(self, language: str) -> str | None:
        """One sentence on when the code is used, or `None` where the label says it all."""
        return self.definitions.get(checked_language(language))


@dataclass(frozen=True, slots=True)
class Field:
    """One column of the statistical row, or of the smear module.

    `tier` is that of the value as stored; `released_as` says what a public table
    may show instead ("" = the value itself).
    """

    name: str
    kind: Kind
    tier: str
    need: str
    labels: Mapping[Language, str]
    codes: tuple[Code, ...] = ()
    groups: tuple[Code, ...] = ()
    period: PeriodKind | None = None
    released_as: str = ""
    note: str = ""
    derived: bool = False
    added: bool = False

    def label(self, language: str) -> str:
        return self.labels[checked_language(language)]

    @property
    def values(self) -> tuple[str, ...]:
        return tuple(code.value for code in self.codes)

    def has(self, value: str) -> bool:
        return any(code.value == value for code in self.codes)

    def code(self, value: str) -> Code:
        """Return the code called `value`, or raise `VocabularyError` without repeating it."""
        for code in self.codes:
            if code.value == value:
                return code
        raise VocabularyError(
            f"{self.name}: expected one of {len(self.codes)} codes "
            f"({_shown(self.values)}), got something else; see docs/vocabulary.md"
        )

    def group_of(self, value: str) -> str:
        """Return what a public table shows for `value`: its group, or itself where ungrouped."""
        code = self.code(value)
        return code.group if code.group is not None else code.value

    def group(self, value: str) -> Code:
        """Return the group (with its labels) called `value`."""
        for group in self.groups:
            if group.value == value:
                return group
        raise VocabularyError(
            f"{self.name}: expected one of its groups "
            f"({_shown(tuple(group.value for group in self.groups))}), got something else"
        )


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the outcome funnel, F0 (recorded by us) to F11 (remedy).

    Every stage from F1 on may also be PENDING: not yet known at the `as_of` quarter.
    PENDING is right-censored and must never be counted as a "no".
    """

    value: str
    labels: Mapping[Language, str]
    codes: tuple[Code, ...]
    details: tuple[Field, ...]

    def label(self, language: str) -> str:
        return self.labels[checked_language(language)]

    def code(self, value: str) -> Code:
        for code in self.codes:
            if code.value == value:
                return code
        raise VocabularyError(
            f"{self.value}: expected one of {_shown(tuple(c.value for c in self.codes))}, "
            "got something else; see docs/vocabulary.md"
        )

    def is_censored(self, value: str) -> bool:
        """Say whether the result is not known yet, which is neither a yes nor a no."""
        return self.code(value).value == PENDING


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The whole vocabulary of one version; rows of `also_reads` become rows of it when read."""

    version: str
    also_reads: tuple[str, ...]
    fields: tuple[Field, ...]
    smear_fields: tuple[Field, ...]
    stages: tuple[Stage, ...]
    case_file_only: tuple[Code, ...]
    never_collected: tuple[Code, ...]
    seriousness: tuple[Code, ...]
    sources: Mapping[str, Source]
    schemes: Mapping[str, str]

    def field(self, name: str) -> Field:
        """Return a field of the statistical row or of the smear module."""
        for known in (*self.fields, *self.smear_fields):
            if known.name == name:
                return known
        raise VocabularyError(
            f"expected the name of a field of vocabulary {self.version}, got another name; "
            "see docs/vocabulary.md"
        )

    def stage(self, value: str) -> Stage:
        """Return a stage of the funnel, by its full name ("F2_REPORT")."""
        for stage in self.stages:
            if stage.value == value:
                return stage
        raise VocabularyError(
            f"expected a stage F0 to F11 ({_shown(tuple(s.value for s in self.stages))}), "
            "got another name"
        )


def checked_language(language: str) -> Language:
    """Return `language` as a type, or raise `VocabularyError`."""
    if language not in LANGUAGES:
        raise VocabularyError("expected language ru or en, got another one")
    return cast("Language", language)


def checked_period(kind: PeriodKind, untrusted: str, *, name: str) -> str:
    """Return a period as written, or raise.

    `half-year` reads "2024-H1", "2024" (only the year is known) and "UNK";
    `quarter` reads "2024-Q3" only.
    """
    if kind == "half-year" and untrusted == UNKNOWN:
        return untrusted
    if _PERIOD[kind].fullmatch(untrusted) is None:
        expected = "2024-H1, 2024 or UNK" if kind == "half-year" else "2024-Q3"
        raise VocabularyError(f"{name}: expected a {kind} such as {expected}, got something else")
    return untrusted


def frozen(labels: Mapping[Language, str]) -> Mapping[Language, str]:
    """Return a read-only copy: the vocabulary is shared by every caller."""
    return MappingProxyType(dict(labels))


def _shown(values: tuple[str, ...]) -> str:
    # Our own codes, never what came: these may be shown.
    return ", ".join(values) if len(values) <= 12 else f"{values[0]} … {values[-1]}"
