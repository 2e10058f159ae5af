"""Coding rows by a profile's rules, and remembering what the rules did not know."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from safelight.partners.findings import UnknownCode
from safelight.partners.mapping import Always, Answer, Cells, FromColumn, FromField, Mapped
from safelight.partners.profile import RecordsLayout
from safelight.vocabulary.schema import vocabulary

_MOST_DIFFERENT: Final = 2_000
_FIRST_SHOWN: Final = 5
_MOST_SHOWN: Final = 100
# A code, not a sentence: short, one line, and nothing a terminal or spreadsheet acts on.
_LOOKS_LIKE_A_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ,.&/()'-]{0,59}")

Values = Mapping[str, tuple[str, ...]]


@dataclass(slots=True)
class _Unknown:
    rows: int = 0
    first_rows: list[int] = field(default_factory=list)


class _Remembering:
    """A rule with the answers it has given: the same few cells come again and again."""

    def __init__(self, rule: Mapped, many: Collection[str]) -> None:
        self.rule = rule
        self.field = rule.field
        self.many = rule.field in many
        self._columns = rule.columns()
        self._answers: dict[tuple[str, ...], Answer] = {}

    def answer(self, cells: Cells) -> Answer:
        key = tuple([cells[name] for name in self._columns])
        answer = self._answers.get(key)
        if answer is None:
            answer = self.rule.answer(cells, {})
            if len(self._answers) < _MOST_DIFFERENT:
                self._answers[key] = answer
        return answer


class Coder:
    """Codes rows one after another.

    Rows that are coded alike share one mapping, so that a long list stays small in memory.
    """

    def __init__(self, rules: Sequence[Mapped], layout: RecordsLayout) -> None:
        many = {field.name for field in vocabulary().fields if field.kind == "multi-code"}
        self._constant = {rule.field: rule.values for rule in rules if isinstance(rule, Always)}
        self._following = tuple(rule for rule in rules if isinstance(rule, FromField))
        self._rules = tuple(
            _Remembering(rule, many) for rule in rules if not isinstance(rule, Always | FromField)
        )
        self._layout = layout
        self._unknown: dict[tuple[str, str], _Unknown] = {}
        self.unknown_beyond = 0
        self._alike: dict[tuple[tuple[str, ...], ...], Values] = {}

    def code_row(self, row: int, cells: Cells) -> str | None:
        """Note what the rules do not know on this row; return a column they cannot read."""
        unreadable = None
        for rule in self._rules:
            answer = rule.answer(cells)
            unreadable = unreadable or answer.unreadable
            for column, value in answer.unknown:
                self._note_unknown(row, column, value)
        return unreadable

    def code_incident(
        self, decided: Cells, variants: Sequence[Cells]
    ) -> tuple[Values, set[tuple[str, str]]]:
        """Return the fields of an incident, and (field, value) of what has no code of ours.

        One-valued fields follow the decided cells; a field that may hold several codes
        keeps those of every variant. Fields that follow another field come last.
        """
        values = dict(self._constant)
        unmapped: set[tuple[str, str]] = set()
        for rule in self._rules:
            answer = rule.answer(decided)
            values[rule.field] = answer.values
            if len(variants) == 1:
                if answer.unmapped:
                    unmapped.update((rule.field, value) for value in answer.unmapped)
                continue
            several = [rule.answer(cells) for cells in variants]
            unmapped.update((rule.field, v) for given in several for v in given.unmapped)
            if rule.many:
                values[rule.field] = tuple(
                    dict.fromkeys(value for given in several for value in given.values)
                )
        for follower in self._following:
            values[follower.field] = follower.answer(decided, values).values
        return self._shared(values), unmapped

    def because(self, field_name: str, value: str) -> str:
        """Return why the profile has no code for a value it knows."""
        for remembering in self._rules:
            if isinstance(remembering.rule, FromColumn) and remembering.field == field_name:
                return remembering.rule.unmapped[value]
        raise KeyError(field_name)

    def _shared(self, values: dict[str, tuple[str, ...]]) -> Values:
        key = tuple(values.values())
        shared = self._alike.get(key)
        if shared is None:
            shared = self._alike[key] = MappingProxyType(values)
        return shared

    def _note_unknown(self, row: int, column: str, value: str) -> None:
        found = self._unknown.get((column, value))
        if found is None:
            if len(self._unknown) >= _MOST_DIFFERENT:
                # A column of free text under a code column's name: enough is known by now.
                self.unknown_beyond += 1
                return
            found = self._unknown[column, value] = _Unknown()
        found.rows += 1
        if len(found.first_rows) < _FIRST_SHOWN:
            found.first_rows.append(row)

    def unknown_codes(self) -> tuple[UnknownCode, ...]:
        """Return the values no rule knew, the most frequent first; shown only where allowed."""
        ordered = sorted(
            self._unknown.items(), key=lambda item: (-item[1].rows, item[1].first_rows)
        )
        return tuple(
            UnknownCode(
                column=column,
                value=value if self.may_show(column, value) else None,
                length=len(value),
                rows=found.rows,
                first_rows=tuple(found.first_rows),
            )
            for (column, value), found in ordered[:_MOST_SHOWN]
        )

    def unknown_total(self) -> int:
        """Return how many rows hold a value that no rule knew."""
        return sum(found.rows for found in self._unknown.values()) + self.unknown_beyond

    def may_show(self, column: str, value: str) -> bool:
        """Say whether a value of a column may be printed (see `Column.show_values`)."""
        return (
            self._layout.column(column).show_values
            and _LOOKS_LIKE_A_CODE.fullmatch(value) is not None
        )
