"""Question sets: what a person is asked, as data that any form can render.

`data/questions/<id>.yaml` is the newest version; older ones that pocket forms still
carry stay beside it as `<id>.<version>.yaml`. Every question can be skipped.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import Any, Final, Literal, cast

from safelight.vocabulary.codes import (
    Code,
    Language,
    VocabularyError,
    checked_language,
    checked_period,
    frozen,
)
from safelight.vocabulary.reading import read_codes, read_data, read_labels
from safelight.vocabulary.schema import vocabulary

QuestionKind = Literal["one", "many", "text", "consent"]
QUESTION_KINDS: Final = ("one", "many", "text", "consent")

_FORM_ID: Final = re.compile(r"[a-z][a-z-]{0,39}")
_VERSION: Final = re.compile(r"[0-9]{1,4}")
_QUESTION_KEYS: Final = frozenset(
    [
        "kind",
        "field",
        "en",
        "ru",
        "help",
        "part",
        "choices",
        "leave_out",
        "only_if",
        "max_length",
        "recent_half_years",
        "earlier_years",
        "sorted_by_label",
        "years",
        "suggested_years",
    ]
)
_QUESTION_ID: Final = re.compile(r"[a-z][a-z_]{0,19}")


@dataclass(frozen=True, slots=True)
class Condition:
    """A question is asked only if one of `codes` was chosen at an earlier, unconditional one."""

    question: str
    codes: tuple[str, ...]

    def holds(self, answers: Mapping[str, str | Sequence[str]]) -> bool:
        chosen = answers.get(self.question, "")
        return any(code in self.codes for code in ([chosen] if isinstance(chosen, str) else chosen))

    def as_text(self) -> str:
        """Return "question=code code": what pages carry, for the style sheet and the script."""
        return f"{self.question}={' '.join(self.codes)}"


@dataclass(frozen=True, slots=True)
class Question:
    """One question; `id` is the name of its form control.

    `codes` are its fixed choices. A question about time also offers periods, which
    move with the calendar: render `offered(today)`, and check answers with `accepts`.
    `max_length` counts characters of a text, after line ends are made "\\n". `part` is
    the heading of a group of questions that starts here. `years` belong to consent: for
    how long it may be given, with `suggested_years` chosen at first.
    """

    id: str
    kind: QuestionKind
    field: str | None
    labels: Mapping[Language, str]
    helps: Mapping[Language, str]
    codes: tuple[Code, ...]
    max_length: int
    recent_half_years: int
    earlier_years: int
    sorted_by_label: bool
    only_if: Condition | None = None
    parts: Mapping[Language, str] = dataclasses.field(default_factory=dict)
    years: Mapping[int, Mapping[Language, str]] = dataclasses.field(default_factory=dict)
    suggested_years: int = 0

    def label(self, language: str) -> str:
        return self.labels[checked_language(language)]

    def help(self, language: str) -> str:
        """Return the sentence under the label, or "" where there is none."""
        return self.helps.get(checked_language(language), "")

    def part(self, language: str) -> str:
        """Return the heading that stands before this question, or "" where there is none."""
        return self.parts.get(checked_language(language), "")

    def offered(self, today: date, language: str | None = None) -> tuple[Code, ...]:
        """Return the choices to show on `today`: newest period first, then the fixed codes.

        With a `language`, a long list such as the regions comes in its alphabet;
        what is not the name of a place (a district, ABROAD, UNK) stays at the end.
        """
        if language is None or not self.sorted_by_label:
            return (*self._periods(today), *self.codes)
        named = [code for code in self.codes if code.value != code.group]
        others = [code for code in self.codes if code.value == code.group]
        return (*sorted(named, key=lambda code: code.label(language)), *others)

    def accepts(self, untrusted: str) -> bool:
        """Say whether this is a possible choice, on whatever day it was made."""
        if any(code.value == untrusted for code in self.codes):
            return True
        if not self.recent_half_years:
            return False
        try:
            checked_period("half-year", untrusted, name=self.id)
        except VocabularyError:
            return False
        return True

    def _periods(self, today: date) -> tuple[Code, ...]:
        if not self.recent_half_years:
            return ()
        newest = today.year * 2 + (today.month > 6)
        halves = range(newest, newest - self.recent_half_years, -1)
        oldest_year = halves[-1] // 2
        years = range(oldest_year - 1, oldest_year - 1 - self.earlier_years, -1)
        return (
            *(_half_year(half // 2, half % 2 + 1) for half in halves),
            *(_whole_year(year) for year in years),
        )


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """The questions of one form, in the order they are asked."""

    id: str
    version: str
    titles: Mapping[Language, str]
    questions: tuple[Question, ...]

    def title(self, language: str) -> str:
        return self.titles[checked_language(language)]

    def asked(self, answers: Mapping[str, str | Sequence[str]]) -> tuple[Question, ...]:
        """Return the questions that are asked of somebody who gave `answers`.

        The one place that decides it: an answer to any other question does not exist
        (vectors/reports). Pages hide with a style sheet, the browser's script does the same.
        """
        return tuple(
            question
            for question in self.questions
            if question.only_if is None or question.only_if.holds(answers)
        )

    def question(self, question_id: str) -> Question:
        for question in self.questions:
            if question.id == question_id:
                return question
        raise VocabularyError(
            f"expected a question of {self.id} version {self.version}, got another id"
        )


@cache
def question_set(form: str, version: str | None = None) -> QuestionSet:
    """Return a form, its newest version unless another is named, or raise `VocabularyError`."""
    if _FORM_ID.fullmatch(form) is None or (
        version is not None and _VERSION.fullmatch(version) is None
    ):
        raise VocabularyError("expected the id and version of a form, got something else")
    for name in (form, f"{form}.{version}"):
        try:
            data = read_data(f"questions/{name}")
        except FileNotFoundError:
            continue
        if version in (None, data["version"]):
            return _read_set(form, data)
    raise VocabularyError(
        "expected a form of this release, got another id or version; "
        "a newer Safelight may know it (docs/how-to/change-the-vocabulary.md)"
    )


def _read_set(form: str, data: Mapping[str, Any]) -> QuestionSet:
    questions = tuple(_read_question(name, entry) for name, entry in data["questions"].items())
    _check_conditions(questions)
    return QuestionSet(form, data["version"], read_labels(data, at=form), questions)


def _read_question(name: str, entry: Mapping[str, Any]) -> Question:
    kind, asked_field = entry["kind"], entry.get("field")
    unknown = set(entry) - _QUESTION_KEYS
    if _QUESTION_ID.fullmatch(name) is None or kind not in QUESTION_KINDS or unknown:
        raise VocabularyError(f"question {name}: bad id or kind, or keys that nobody reads")
    choices = read_codes(entry.get("choices", {}), at=f"question {name}")
    if asked_field is not None:
        listed = vocabulary().field(asked_field)
        if entry.get("choices") == "all":
            raise VocabularyError(f"question {name}: leave `choices` out to offer every code")
        if not choices and listed.codes:
            left_out = set(entry.get("leave_out", ()))
            choices = tuple(
                code for code in listed.codes if code.tier != "S2" and code.value not in left_out
            )
        for choice in choices:
            if listed.codes:
                listed.code(choice.value)
    helps, part = entry.get("help"), entry.get("part")
    return Question(
        id=name,
        kind=cast("QuestionKind", kind),
        field=asked_field,
        labels=read_labels(entry, at=f"question {name}"),
        helps=read_labels(helps, at=f"help of {name}") if helps else frozen({}),
        codes=choices,
        max_length=int(entry.get("max_length", 0)),
        recent_half_years=int(entry.get("recent_half_years", 0)),
        earlier_years=int(entry.get("earlier_years", 0)),
        sorted_by_label=entry.get("sorted_by_label") == "true",
        only_if=_read_condition(name, entry["only_if"]) if "only_if" in entry else None,
        parts=read_labels(part, at=f"part of {name}") if part else frozen({}),
        years=MappingProxyType(
            {
                int(years): read_labels(labels, at=f"years of {name}")
                for years, labels in entry.get("years", {}).items()
            }
        ),
        suggested_years=int(entry.get("suggested_years", 0)),
    )


def _read_condition(name: str, entry: Mapping[str, Any]) -> Condition:
    if len(entry) != 1:
        raise VocabularyError(f"question {name}: only_if names one earlier question and its codes")
    ((question, codes),) = entry.items()
    return Condition(question, tuple(codes))


def _check_conditions(questions: Sequence[Question]) -> None:
    # A style sheet cannot follow a chain, so that a page and a desk would disagree.
    earlier: dict[str, Question] = {}
    for question in questions:
        if question.only_if is None:
            earlier[question.id] = question
            continue
        on = earlier.get(question.only_if.question)
        if (
            on is None
            or on.kind not in ("one", "many")
            or question.kind == "consent"
            or not all(on.accepts(code) for code in question.only_if.codes)
        ):
            raise VocabularyError(
                f"question {question.id}: only_if needs an earlier question with choices, itself "
                "without a condition, and codes that it has; consent is always asked"
            )


def period_label(period: str, language: str) -> str:
    """Say a year or a half-year as people do, also one that is not offered any more."""
    year, _, half = checked_period("half-year", period, name="period").partition("-H")
    return (_half_year(int(year), int(half)) if half else _whole_year(int(year))).label(language)


def _whole_year(year: int) -> Code:
    return Code(str(year), frozen({"ru": f"{year} год", "en": str(year)}))


def _half_year(year: int, half: int) -> Code:
    ru = f"{'январь–июнь' if half == 1 else 'июль–декабрь'} {year}"
    en = f"{'January–June' if half == 1 else 'July–December'} {year}"
    return Code(f"{year}-H{half}", frozen({"ru": ru, "en": en}))
