"""What a page shows of a report and of a case's history, in the page's language.

What the reporter wrote is passed on as text and marked as theirs; templates escape it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from safelight.casework.folding import CaseNow, Turn, entry_name
from safelight.casework.models import Case
from safelight.casework.opening import OPENED, purposes
from safelight.casework.wording import (
    ANSWER_STATES,
    DESTROYED,
    KINDS,
    LANGUAGES,
    LOCKED,
    METADATA,
    REASONS,
    RULES,
    SET_ASIDE,
    STATUSES,
)
from safelight.journal.content import Told
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
    """One line of the inbox. Of a withdrawn case nothing but its id and its day is left."""

    case_id: str
    received_on: date
    language: Any
    acts: tuple[str, ...]
    may_be_counted: bool
    reason: Any
    form: str = ""
    lane: str = ""
    has_news: bool = False
    state: str = ""


@dataclass(frozen=True, slots=True)
class ShownTurn:
    """One thing said in a conversation, with our words for its codes."""

    turn: Turn
    is_ours: bool
    status: Any
    state: Any
    metadata: Any
    undo: str


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """One line of a case's history. `undo` names the entry if it can be taken back now."""

    at: datetime
    desk: str
    what: Any
    detail: Any
    number: int
    is_undone: bool = False
    is_passed_over: bool = False
    undo: str = ""


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


def summary_shown(
    case: Case, summary: Mapping[str, Any] | None, language: Language | str, *, counts: bool
) -> ShownSummary:
    """Return a case's line in the inbox: codes only, no words of the reporter.

    `counts`: whether the person agrees to be counted today.
    """
    acts = vocabulary().field("acts")
    known = summary or {}
    form = known.get("form", "")
    return ShownSummary(
        case.case_id,
        case.received_on,
        LANGUAGES.get(known.get("language", ""), ""),
        tuple(acts.code(value).label(language) for value in known.get("acts", ())),
        counts or not known,
        REASONS.get(case.reason) or DESTROYED.get(case.reason) or LOCKED.get(case.reason, ""),
        form=question_set(form).title(language) if form else "",
        lane=case.lane,
        has_news=case.has_news,
        state=case.state,
    )


def conversation_shown(now: CaseNow, undoable: Told | None) -> list[ShownTurn]:
    """Return what was said after the report, the first first."""
    undo = entry_name(undoable.entry) if undoable else ""
    return [
        ShownTurn(
            turn,
            turn.who != "reporter",
            STATUSES.get(turn.status, ""),
            ANSWER_STATES.get(turn.state, ""),
            METADATA.get(turn.metadata, ""),
            undo if turn.entry and turn.entry == undo else "",
        )
        for turn in now.conversation
    ]


def history_shown(story: Sequence[Told], now: CaseNow, undoable: Told | None) -> list[ShownEntry]:
    """Return what the journal says about a case, the latest last."""
    undo = entry_name(undoable.entry) if undoable else ""
    shown = []
    for one in story:
        name = entry_name(one.entry)
        shown.append(
            ShownEntry(
                one.entry.at,
                one.entry.desk,
                KINDS.get(one.entry.kind, one.entry.kind),
                _detail(one.entry, one.content or {}),
                one.entry.seq,
                is_undone=name in now.undone,
                is_passed_over=name in now.passed_over,
                undo=name if name == undo else "",
            )
        )
    return shown


def entries_shown(
    found: Sequence[Entry], kinds: Mapping[str, str | Promise] = KINDS
) -> list[ShownEntry]:
    """Return entries as lines: what happened in the words of `kinds`, and why if known."""
    return [
        ShownEntry(
            entry.at, entry.desk, kinds.get(entry.kind, entry.kind), _detail(entry, {}), entry.seq
        )
        for entry in found
    ]


def _detail(entry: Entry, content: Mapping[str, Any]) -> Any:
    if entry.kind == "case.lane" and "lane" in content:
        return RULES.get(str(content["lane"]), "")
    if entry.kind == OPENED:
        return _purpose(content)
    reasons = {**REASONS, **SET_ASIDE, **DESTROYED}
    code = content.get("reason") or entry.body.get("reason") or entry.body.get("why") or ""
    return reasons.get(str(code), "")


def openings_shown(story: Sequence[Told]) -> list[ShownEntry]:
    """Return who opened a case and what for, the latest last."""
    return [
        ShownEntry(
            one.entry.at,
            one.entry.desk,
            KINDS[OPENED],
            _purpose(one.content or {}),
            one.entry.seq,
        )
        for one in story
        if one.entry.kind == OPENED
    ]


def _purpose(content: Mapping[str, Any]) -> str:
    language = get_language() or "en"
    labels = {one.value: one.label(language) for one in purposes()}
    return labels.get(str(content.get("purpose", ""))) or str(content.get("sentence", ""))


def alarms_shown(found: Sequence[Entry]) -> list[dict[str, Any]]:
    """Return alarms about reading in bulk, each with its time and a sentence."""
    sentence = _(
        "on %(desk)s more than %(cases)s cases were opened within %(minutes)s minutes, and it "
        "locked itself. If nobody can say why, somebody was reading who should not."
    )
    return [
        {
            "at": entry.at,
            "sentence": sentence
            % {
                "desk": entry.desk,
                # Any desk of the team can write one, and may leave these out.
                "cases": entry.body.get("cases", "?"),
                "minutes": entry.body.get("minutes", "?"),
            },
        }
        for entry in found
    ]
