"""The question sets as data for the pocket form, read from the vocabulary when it is built.

Labels are pairs [en, ru]; keys that would be empty are left out: every byte travels on
phones. `browser/src/pocket/questions.ts` reads this.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from safelight.vocabulary.codes import Code, Language
from safelight.vocabulary.questions import Question, QuestionSet, question_set

# The three doors, in the order in which they are offered.
FORMS: Final = ("what-happened", "smear-alarm", "letter")


def question_sets_as_data() -> list[dict[str, Any]]:
    """Return the newest version of every form the pocket form offers, ready for JSON."""
    return [_set_as_data(question_set(form)) for form in FORMS]


def _set_as_data(questions: QuestionSet) -> dict[str, Any]:
    return {
        "id": questions.id,
        "version": questions.version,
        "title": _pair(questions.titles),
        "questions": [_question_as_data(question) for question in questions.questions],
    }


def _question_as_data(question: Question) -> dict[str, Any]:
    data: dict[str, Any] = {
        "id": question.id,
        "kind": question.kind,
        "label": _pair(question.labels),
        "help": _pair(question.helps) if question.helps else None,
        "part": _pair(question.parts) if question.parts else None,
        "only_if": question.only_if.as_text() if question.only_if else None,
        "longest": question.max_length,
        "half_years": question.recent_half_years,
        "earlier_years": question.earlier_years,
        "years": [[years, *_pair(labels)] for years, labels in question.years.items()],
        "suggested_years": question.suggested_years,
    }
    codes = question.codes
    if question.sorted_by_label:
        # The names of places come in each language's alphabet; the others stay at the end.
        named = [code for code in codes if code.value != code.group]
        codes = (*named, *(code for code in codes if code.value == code.group))
        data["alphabetic"] = len(named)
    data["codes"] = [_code_as_data(code) for code in codes]
    return {key: value for key, value in data.items() if value}


def _code_as_data(code: Code) -> list[str]:
    return [code.value, code.label("en"), code.label("ru")]


def _pair(labels: Mapping[Language, str]) -> list[str]:
    return [labels["en"], labels["ru"]]
