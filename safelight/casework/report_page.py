"""What a page shows of a report and of a case's history, in the page's language.

What the reporter wrote is passed on as text and marked as theirs; templates escape it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.functional import Promise

from safelight.casework.cases import report_of
from safelight.casework.models import Case
from safelight.casework.wording import KINDS, LANGUAGES, REASONS, SET_ASIDE
from safelight.journal.chain import entries
from safelight.journal.entry import Entry
from safelight.vocabulary.codes import Language
from safelight.vocabulary.questions import Question, period_label, question_set
from safelight.vocabulary.report import Answer, Report
from safelight.vocabulary.schema import vocabulary


@dataclass(frozen=True, slots=True)
class ShownAnswer:
    """One question and its answer: `choices` are our labels, `own_words` a stranger's text."""

    question: str
    choices: tuple[str, ...] = ()
    own_words: str = ""

    @property
    def skipped(self) -> bool:
        """Whether the person left this question out."""
        return not self.choices and not self.own_words


@dataclass(frozen=True, slots=True)
class ShownSummary:
    """One line of the inbox."""

    case_id: str
    received_on: date
    language: Any
    acts: tuple[str, ...]
    may_be_counted: bool
    reason: Any


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """One line of a case's history."""

    at: datetime
    desk: str
    what: Any
    detail: Any
    number: int


def answers_shown(report: Report, language: str) -> list[ShownAnswer]:
    """Return every question of the report's form with its answer, in the form's order."""
    questions = question_set(report.form, report.form_version).questions
    return [_shown(question, report, language) for question in questions]


def _shown(question: Question, report: Report, language: str) -> ShownAnswer:
    label = question.label(language)
    if question.kind == "consent":
        answer: Answer = tuple(report.consent)
    else:
        answer = report.answers.get(question.id, "")
    if question.kind == "text":
        return ShownAnswer(label, own_words=str(answer))
    values = (answer,) if isinstance(answer, str) else answer
    return ShownAnswer(
        label,
        choices=tuple(
            _label(question, value, language, report.written) for value in values if value
        ),
    )


def _label(question: Question, value: str, language: str, written: date) -> str:
    for code in (*question.codes, *question.offered(written)):
        if code.value == value:
            return code.label(language)
    return period_label(value, language)  # one that was not offered that day; Report checked it


def summary_shown(case: Case, language: Language | str) -> ShownSummary:
    """Return a case's line in the inbox: codes only, no words of the reporter."""
    report = report_of(case)
    acts = vocabulary().field("acts")
    coded = report.answers.get("acts", ())
    return ShownSummary(
        case.case_id,
        case.received_on,
        LANGUAGES.get(report.language, report.language),
        tuple(acts.code(value).label(language) for value in coded),
        "STAT" in report.consent,
        REASONS.get(case.reason, ""),
    )


def history_shown(case_id: str) -> list[ShownEntry]:
    """Return what the journal says about a case, the latest last."""
    return entries_shown(list(entries(subject=case_id)))


def entries_shown(
    found: Sequence[Entry], kinds: Mapping[str, str | Promise] = KINDS
) -> list[ShownEntry]:
    """Return entries as lines: what happened in the words of `kinds`, and why if known."""
    reasons = {**REASONS, **SET_ASIDE}
    return [
        ShownEntry(
            entry.at,
            entry.desk,
            kinds.get(entry.kind, entry.kind),
            reasons.get(str(entry.body.get("reason", "")), ""),
            entry.seq,
        )
        for entry in found
    ]
