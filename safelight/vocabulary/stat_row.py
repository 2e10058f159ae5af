"""The statistical row: closed codes only, coarse time and place, a random id.

It is physically apart from the case file; only the desk holds the bridge. A row
that breaks a rule cannot be made: what is wrong is named by field, never by value.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, Final

from safelight.vocabulary.odihr import odihr_category, odihr_counts
from safelight.vocabulary.schema import Field, VocabularyError, checked_period, vocabulary

SEPARATOR: Final = "|"
# What a row says of a smear campaign: column → field of the smear module.
SMEAR_COLUMNS: Final[Mapping[str, str]] = {
    "smear_platform": "platform",
    "smear_exposed": "exposed",
    "smear_employer_action": "employer_action",
    "smear_takedown": "takedown",
}
_SMEAR: Final = "SMR"
_RANDOM128: Final = re.compile(r"[0-9a-f]{32}")
_CODER: Final = re.compile(r"[a-z0-9][a-z0-9-]{1,31}")
_MOST_CODERS: Final = 2
_LONGEST_CELL: Final = 1000


def new_random128() -> str:
    """Return 128 fresh random bits as 32 hex digits, for `stat_id` and `judgement_id`."""
    return secrets.token_hex(16)


def most_serious(acts: Iterable[str]) -> str:
    """Return the one act a row is shown under: the first in the ordered decision list.

    The list is data (`data/seriousness.yaml`). Giving each incident exactly one type
    by asking in a fixed order is how GBVIMS classifies (docs/methods/vocabulary-sources.md).
    """
    present = set(acts)
    for step in vocabulary().seriousness:
        if step.value in present:
            return step.value
    raise VocabularyError("acts: expected at least one act of the vocabulary, got none")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatRow:
    """One incident in closed codes. Construction validates, or raises `VocabularyError`.

    Multi-codes are tuples in the vocabulary's order without repeats; an empty tuple
    means "not known". `None` means "nothing there". Periods: see `checked_period`.
    """

    stat_id: str
    source_list: str
    channel: str
    reporter_role: str
    occurred_period: str
    received_period: str
    region: str
    acts: tuple[str, ...]
    bias_ground: tuple[str, ...]
    bias_confidence: str
    verification: str
    occurred_precision: str = "UNKNOWN"
    setting: str = "UNK"
    bias_indicators: tuple[str, ...] = ()
    premeditation: str = "UNK"
    victims_band: str = "UNK"
    fatal: bool = False
    victim_age_band: str = "UNK"
    victim_gender: str = "UNK"
    perpetrator_type: tuple[str, ...] = ()
    perpetrators_band: str = "UNK"
    harm: tuple[str, ...] = ()
    smear_platform: tuple[str, ...] = ()
    smear_exposed: tuple[str, ...] = ()
    smear_employer_action: str | None = None
    smear_takedown: str | None = None
    judgement_id: str | None = None
    counting_units: str = "EVENT"
    consent: tuple[str, ...] = ()
    consent_given_at: str | None = None
    consent_expires_at: str | None = None
    consent_withdrawn_at: str | None = None
    coder_ids: tuple[str, ...] = ()
    schema_version: str = ""

    def __post_init__(self) -> None:
        if not self.schema_version:
            object.__setattr__(self, "schema_version", vocabulary().version)
        for column in _stored_fields():
            checked = _checked(column, getattr(self, column.name))
            object.__setattr__(self, column.name, checked)
        _check_rules(self)

    @property
    def most_serious_act(self) -> str:
        return most_serious(self.acts)

    @property
    def odihr_category(self) -> str:
        """V, T, P or X: see `data/odihr.yaml`."""
        return odihr_category(self.acts, self.harm)

    @property
    def odihr_eligible(self) -> bool:
        """Criminal act and bias; discrimination and hate speech excluded, as ODIHR does."""
        return bool(self.bias_ground) and odihr_counts(
            self.acts, self.harm, bias_confidence=self.bias_confidence
        )

    @classmethod
    def from_mapping(cls, untrusted: Mapping[str, str]) -> StatRow:
        """Read a row of strings (a line of CSV). Codes of a multi-code are joined by "|".

        Unknown columns are refused; a derived column may be there, but must agree.
        """
        columns = {column.name: column for column in vocabulary().fields}
        if not set(untrusted) <= set(columns):
            raise VocabularyError(
                f"expected columns of vocabulary {vocabulary().version} only, got "
                f"{len(set(untrusted) - set(columns))} others; see docs/vocabulary.md"
            )
        required = {f.name for f in fields(cls) if f.default is f.default_factory}
        missing = sorted(required - {name for name, cell in untrusted.items() if cell != ""})
        # An incident may have no ground of bias; its cell is then there and empty.
        missing = [name for name in missing if not (name == "bias_ground" and name in untrusted)]
        if missing:
            raise VocabularyError(f"columns missing or empty: {', '.join(missing)}")
        values = {
            name: _from_cell(columns[name], cell)
            for name, cell in untrusted.items()
            if not columns[name].derived and (cell != "" or name == "bias_ground")
        }
        row = cls(**values)
        written = row.to_mapping()
        for name, cell in untrusted.items():
            if columns[name].derived and cell not in ("", written[name]):
                raise VocabularyError(f"{name}: is derived, and disagrees with the other columns")
        return row

    def to_mapping(self) -> dict[str, str]:
        """Return every column of the vocabulary, derived ones too, as strings for CSV."""
        return {column.name: _cell(getattr(self, column.name)) for column in vocabulary().fields}


@cache
def _stored_fields() -> tuple[Field, ...]:
    return tuple(column for column in vocabulary().fields if not column.derived)


def _checked(column: Field, value: Any) -> Any:
    if value is None:
        if column.name in _MAY_BE_ABSENT:
            return None
        raise VocabularyError(f"{column.name}: expected a value, got nothing")
    if column.kind == "bool":
        if not isinstance(value, bool):
            raise VocabularyError(f"{column.name}: expected true or false, got something else")
        return value
    if column.kind == "multi-code" or column.name == "coder_ids":
        return _checked_many(column, value)
    if not isinstance(value, str):
        raise VocabularyError(f"{column.name}: expected text, got {type(value).__name__}")
    if column.kind == "code":
        _check_code(column, value)
    elif column.kind == "random128":
        if _RANDOM128.fullmatch(value) is None:
            raise VocabularyError(f"{column.name}: expected 32 hex digits, got something else")
    elif column.period is not None:
        checked_period(column.period, value, name=column.name)
    elif column.name == "schema_version" and value != vocabulary().version:
        if value not in vocabulary().also_reads:
            readable = ", ".join((vocabulary().version, *vocabulary().also_reads))
            raise VocabularyError(
                f"schema_version: this release reads {readable}, got another; "
                "convert the rows first (docs/how-to/change-the-vocabulary.md)"
            )
        return vocabulary().version
    return value


def _checked_many(column: Field, value: Any) -> tuple[str, ...]:
    if isinstance(value, str) or not all(isinstance(item, str) for item in value):
        raise VocabularyError(f"{column.name}: expected a tuple of codes, got something else")
    given: tuple[str, ...] = tuple(value)
    if len(set(given)) != len(given):
        raise VocabularyError(f"{column.name}: expected each value once, got one twice")
    if column.name == "coder_ids":
        if len(given) > _MOST_CODERS or not all(_CODER.fullmatch(coder) for coder in given):
            raise VocabularyError(
                "coder_ids: expected up to two pseudonyms of a-z, 0-9 and -, got something else"
            )
        return given
    for item in given:
        _check_code(column, item)
    return tuple(code for code in column.values if code in given)


def _check_code(column: Field, value: str) -> None:
    if column.code(value).tier == "S2":
        raise VocabularyError(
            f"{column.name}: this code belongs in the case file (S2) and may not stand in a "
            "statistical row; leave it out here"
        )


def _check_rules(row: StatRow) -> None:
    if not row.acts:
        raise VocabularyError("acts: expected at least one act, got none")
    if row.acts == ("FDT",):
        raise VocabularyError(
            "acts: FDT is coded in addition to what followed; add that act, "
            "or THR if the person got away"
        )
    if not row.fatal and ("KIL" in row.acts or "DEATH" in row.harm):
        raise VocabularyError("fatal: expected true, because acts or harm say that somebody died")
    if "NONE" in row.harm and len(row.harm) > 1:
        raise VocabularyError("harm: NONE stands alone, got other harm beside it")
    if _SMEAR not in row.acts and any(getattr(row, name) for name in SMEAR_COLUMNS):
        raise VocabularyError(
            "smear_platform and the other columns of a smear campaign stand beside the act SMR "
            "only; code that act, or leave them empty"
        )
    if row.source_list == "OWN" and "STAT" not in row.consent:
        raise VocabularyError(
            "consent: what was told to us is counted only with consent STAT, which is missing; "
            "keep the case and make no row"
        )
    given = row.consent_given_at
    for name in ("consent_expires_at", "consent_withdrawn_at"):
        ended = getattr(row, name)
        if ended is not None and (given is None or ended < given):
            raise VocabularyError(f"{name}: expected a quarter not before consent_given_at")


_MAY_BE_ABSENT: Final = frozenset(
    {
        "smear_employer_action",
        "smear_takedown",
        "judgement_id",
        "consent_given_at",
        "consent_expires_at",
        "consent_withdrawn_at",
    }
)


def _from_cell(column: Field, cell: str) -> Any:
    if len(cell) > _LONGEST_CELL:
        raise VocabularyError(f"{column.name}: {len(cell)} characters, at most {_LONGEST_CELL}")
    if column.kind == "multi-code" or column.name == "coder_ids":
        return tuple(cell.split(SEPARATOR)) if cell else ()
    if column.kind == "bool":
        if cell not in ("true", "false"):
            raise VocabularyError(f"{column.name}: expected true or false, got something else")
        return cell == "true"
    return cell


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return SEPARATOR.join(value) if isinstance(value, tuple) else str(value)
