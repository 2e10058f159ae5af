"""From what somebody in the simulated country tells to the `Report` our form would make of it."""

from __future__ import annotations

from typing import Final

from safelight.demo.telling import Telling
from safelight.vocabulary.consent import last_day
from safelight.vocabulary.questions import Question, question_set
from safelight.vocabulary.report import Answer, Report

FORM: Final = "what-happened"
# The longest the form offers, so that the country's early years are counted as well.
YEARS: Final = 10
_STORY: Final = "story"


def report_of(
    telling: Telling, *, sealed_by: str = "browser", mailbox: str | None = None
) -> Report:
    """The report, with the answers that the form has a question for; the rest is not asked."""
    form = question_set(FORM)
    return Report(
        form=form.id,
        form_version=form.version,
        language=telling.language,
        written=telling.written,
        sealed_by=sealed_by,
        answers=answers_of(telling),
        consent=dict.fromkeys(telling.consent, last_day(telling.written, YEARS)),
        mailbox=mailbox,
    )


def answers_of(telling: Telling) -> dict[str, Answer]:
    """Answers by question id; a question nobody answered is not in it."""
    answers: dict[str, Answer] = {}
    for question in question_set(FORM).questions:
        if question.kind == "text":
            if question.id == _STORY and telling.narrative:
                answers[question.id] = telling.narrative
        elif question.kind in ("one", "many") and question.field is not None:
            chosen = _chosen(question, telling)
            if question.kind == "many" and chosen:
                answers[question.id] = chosen
            elif question.kind == "one" and chosen and chosen[0] != "UNK":
                answers[question.id] = chosen[0]
    return answers


def _chosen(question: Question, telling: Telling) -> tuple[str, ...]:
    field = "oblast" if question.field == "region" else str(question.field)
    codes = telling.codes.get(field, ())
    return tuple(code for code in codes if question.accepts(code))
