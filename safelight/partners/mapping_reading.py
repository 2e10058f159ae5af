"""Reading the `fields` of a profile into rules, each checked against the vocabulary."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import fields
from typing import Final

from safelight.partners.dates import DateForm
from safelight.partners.mapping import (
    Always,
    AtImport,
    Band,
    Banded,
    FromColumn,
    FromField,
    Mapped,
    Period,
)
from safelight.partners.problems import ProfileError
from safelight.partners.yaml_part import Part
from safelight.vocabulary.schema import Field, VocabularyError, vocabulary
from safelight.vocabulary.stat_row import StatRow

_BAND: Final = re.compile(r"([0-9]{1,9})(?:-([0-9]{1,9})|(\+))?")
# Made at import, never taken from a list: it would tie our row to theirs.
_NEVER_MAPPED: Final = ("stat_id", "schema_version", "judgement_id", "coder_ids")


def required_fields() -> tuple[str, ...]:
    """Return the fields that a row cannot be without and that an import does not make itself."""
    needed = [field.name for field in fields(StatRow) if field.default is field.default_factory]
    return tuple(name for name in needed if name not in _NEVER_MAPPED)


def read_mapped(part: Part) -> tuple[Mapped, ...]:
    """Return the rules in the order they are applied: those that follow another field last."""
    rules = [_rule(name, part.part(name)) for name in part]
    part.finished()
    known = {rule.field for rule in rules}
    missing = [name for name in required_fields() if name not in known]
    if missing:
        raise ProfileError(f"{part.at}: no rule for {', '.join(missing)}")
    for rule in rules:
        if isinstance(rule, FromField) and rule.of not in known:
            raise ProfileError(f"{part.at}.{rule.field}: follows a field that is not mapped")
    return tuple(sorted(rules, key=lambda rule: isinstance(rule, FromField)))


def _rule(name: str, part: Part) -> Mapped:
    field = _field(name, at=part.at)
    rule: Mapped
    if part.has("always"):
        rule = Always(
            name, _one_or_many(part, "always", field), part.optional_text("because") or ""
        )
    elif part.has("column"):
        rule = _from_column(field, part)
    elif part.has("number"):
        rule = _banded(field, part)
    elif part.has("period_of"):
        rule = _period(field, part.part("period_of"))
    elif part.has("at_import"):
        part.one_of("at_import", ("quarter",))
        rule = AtImport(name)
        if field.period != "quarter":
            raise ProfileError(f"{part.at}: only a field that is a quarter can be at_import")
    elif part.has("from"):
        rule = _from_field(field, part)
    else:
        raise ProfileError(
            f"{part.at}: expected one of always, column, number, period_of, at_import, from"
        )
    part.finished()
    return rule


def _field(name: str, *, at: str) -> Field:
    try:
        field = vocabulary().field(name)
    except VocabularyError:
        raise ProfileError(f"{at}: not a field of the vocabulary; see docs/vocabulary.md") from None
    if field.derived or name in _NEVER_MAPPED:
        raise ProfileError(f"{at}: this field is made by Safelight and cannot be mapped")
    return field


def _checked(field: Field, values: Iterable[str], *, at: str) -> tuple[str, ...]:
    found = tuple(values)
    for value in found:
        if field.kind == "bool":
            if value not in ("true", "false"):
                raise ProfileError(f"{at}: expected true or false")
        elif field.codes and not field.has(value):
            raise ProfileError(f"{at}: {field.name} has no such code; see docs/vocabulary.md")
    if field.kind != "multi-code" and len(found) > 1:
        raise ProfileError(f"{at}: {field.name} holds one value only")
    return found


def _one_or_many(part: Part, key: str, field: Field) -> tuple[str, ...]:
    values = (part.text(key),) if part.is_text(key) else part.texts(key)
    return _checked(field, values, at=f"{part.at}.{key}")


def _from_column(field: Field, part: Part) -> FromColumn:
    codes: dict[str, tuple[str, ...]] = {}
    code_part = part.part("codes")
    for ours in code_part:
        _checked(field, (ours,), at=code_part.at)
        for theirs in code_part.texts(ours):
            codes[theirs] = (*codes.get(theirs, ()), ours)
    code_part.finished()
    unmapped: dict[str, str] = {}
    for entry in part.parts("unmapped"):
        because = entry.text("because")
        for theirs in entry.texts("values"):
            if theirs in codes or theirs in unmapped:
                raise ProfileError(f"{entry.at}: a value stands in two places of the mapping")
            unmapped[theirs] = because
        entry.finished()
    one_of_many = part.optional_text("one_of_many")
    if field.kind != "multi-code":
        _check_one_valued(field, part, codes, one_of_many)
    elif one_of_many is not None:
        raise ProfileError(f"{part.at}: one_of_many is for fields that hold one value")
    return FromColumn(
        field=field.name,
        column=part.text("column"),
        split=part.optional_text("split"),
        codes=codes,
        unmapped=unmapped,
        blank=_one_or_many(part, "blank", field) if part.has("blank") else (),
        one_of_many=one_of_many,
    )


def _check_one_valued(
    field: Field, part: Part, codes: dict[str, tuple[str, ...]], one_of_many: str | None
) -> None:
    if any(len(ours) > 1 for ours in codes.values()):
        raise ProfileError(f"{part.at}: {field.name} holds one value, a source value leads to two")
    if part.has("split") and one_of_many is None:
        raise ProfileError(f"{part.at}: a split cell may hold several; say one_of_many")
    if one_of_many is not None:
        _checked(field, (one_of_many,), at=f"{part.at}.one_of_many")


def _banded(field: Field, part: Part) -> Banded:
    bands = []
    band_part = part.part("bands")
    for key in band_part:
        found = _BAND.fullmatch(key)
        if found is None:
            raise ProfileError(f"{band_part.at}: expected bands such as 0, 2-4 or 5+")
        low = int(found[1])
        high = None if found[3] else int(found[2] or low)
        (value,) = _checked(field, (band_part.text(key),), at=band_part.at)
        bands.append(Band(low, high, value))
    band_part.finished()
    (blank,) = _checked(field, (part.text("blank"),), at=f"{part.at}.blank")
    return Banded(field.name, part.text("number"), tuple(bands), blank)


def _period(field: Field, part: Part) -> Period:
    if field.period is None:
        raise ProfileError(f"{part.at}: {field.name} is not a period")
    date_column = part.optional_text("date")
    forms = tuple(form.value for form in DateForm)
    period = Period(
        field=field.name,
        quarters=field.period == "quarter",
        date_column=date_column,
        date_form=DateForm(part.one_of("format", forms)) if date_column is not None else None,
        century_from=part.optional_text("century_from"),
        year_column=part.optional_text("year"),
        month_column=part.optional_text("month"),
    )
    part.finished()
    if (date_column is None) == (period.year_column is None):
        raise ProfileError(f"{part.at}: expected either date and format, or year (and month)")
    if period.date_form is DateForm.SHORT_ENGLISH and period.century_from is None:
        raise ProfileError(f"{part.at}: a two-digit year needs century_from")
    return period


def _from_field(field: Field, part: Part) -> FromField:
    of = _field(part.text("from"), at=part.at)
    codes: dict[str, tuple[str, ...]] = {}
    code_part = part.part("codes")
    for ours in code_part:
        _checked(field, (ours,), at=code_part.at)
        for theirs in _checked_many(of, code_part.texts(ours), at=code_part.at):
            codes[theirs] = (*codes.get(theirs, ()), ours)
    code_part.finished()
    otherwise = _one_or_many(part, "otherwise", field) if part.has("otherwise") else ()
    return FromField(field.name, of.name, codes, otherwise)


def _checked_many(field: Field, values: Iterable[str], *, at: str) -> tuple[str, ...]:
    return tuple(_checked(field, (value,), at=at)[0] for value in values)
