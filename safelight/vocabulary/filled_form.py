"""From the fields of a form, as any browser sends them, to answers and consent.

Twin of `filledForm` in browser/src/vocabulary/filled_form.ts; vectors/reports hold both to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from safelight.vocabulary.consent import last_day
from safelight.vocabulary.questions import Question, QuestionSet
from safelight.vocabulary.report import Answer, ReportUnknownError

# The name of the field that says for how many years the ticked purposes are agreed to.
CONSENT_FOR: Final = "consent_for"


def answers_in(fields: Mapping[str, Sequence[str]], questions: QuestionSet) -> dict[str, Answer]:
    """Return what was answered, in the shape of `Report.answers`, hidden questions left out."""
    answers: dict[str, Answer] = {}
    for question in questions.questions:
        given = _given(fields, question)
        if question.kind != "consent" and given:
            answers[question.id] = given if question.kind == "many" else given[0]
    asked = {question.id for question in questions.asked(answers)}
    return {name: answer for name, answer in answers.items() if name in asked}


def consent_in(
    fields: Mapping[str, Sequence[str]], questions: QuestionSet, written: date
) -> dict[str, date]:
    """Return each ticked purpose with the last day it holds, or raise `ReportUnknownError`."""
    for question in questions.questions:
        ticked = _given(fields, question) if question.kind == "consent" else ()
        if ticked:
            last = last_day(written, _years(fields, question))
            return dict.fromkeys(ticked, last)
    return {}


def _given(fields: Mapping[str, Sequence[str]], question: Question) -> tuple[str, ...]:
    return tuple(value for value in fields.get(question.id, ()) if value.strip())


def _years(fields: Mapping[str, Sequence[str]], question: Question) -> int:
    chosen = next(iter(fields.get(CONSENT_FOR, ())), str(question.suggested_years))
    for years in question.years:
        if str(years) == chosen:
            return years
    raise ReportUnknownError("consent_for: expected one of its choices, got another")
