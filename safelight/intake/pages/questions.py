"""A question set as an HTML form, and a posted form as answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from safelight.vocabulary.codes import checked_language
from safelight.vocabulary.filled_form import CONSENT_FOR, answers_in
from safelight.vocabulary.questions import Question, QuestionSet
from safelight.vocabulary.report import cleaned_text

# More choices than this fill a phone's screen; a list to choose from is quicker.
_MOST_RADIOS: Final = 7
_MANY_ROWS_FROM: Final = 1000

# question id → what was typed or ticked, exactly as it came
Typed = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Option:
    """One choice as it is shown."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class Shown:
    """One question as the template needs it."""

    id: str
    name: str
    widget: str
    label: str
    help: str
    options: tuple[Option, ...]
    only_if: str
    part: str
    years: tuple[Option, ...]
    value: str
    rows: int
    longest: int
    answered: bool
    problem: str
    described_by: str


@dataclass(frozen=True)
class Problem:
    """A sentence for the person, and the question it is about ("" for the whole form)."""

    sentence: str
    at: str = ""


def typed_answers(posted: Typed, questions: QuestionSet) -> Typed:
    """Return what was sent for the questions of this form; other fields are dropped unread."""
    names = [*(question.id for question in questions.questions), CONSENT_FOR]
    return {name: posted[name] for name in names if name in posted}


def problems_with(typed: Typed, questions: QuestionSet) -> list[Problem]:
    """Return what the person can put right before the report can be sealed; empty if nothing."""
    answers = answers_in(typed, questions)
    if not any(answers.values()):
        first = questions.questions[0].id
        return [Problem(_("Nothing is filled in yet. Any one answer is enough."), first)]
    problems = []
    for question in questions.questions:
        answer = answers.get(question.id)
        if question.kind != "text" or not isinstance(answer, str):
            continue
        length = len(cleaned_text(answer))
        if length > question.max_length:
            over = length - question.max_length
            sentence = ngettext(
                "This text is %(over)d character too long (at most %(most)d).",
                "This text is %(over)d characters too long (at most %(most)d).",
                over,
            ) % {"over": over, "most": question.max_length}
            problems.append(Problem(sentence, question.id))
    return problems


def shown_questions(
    questions: QuestionSet,
    language: str,
    today: date,
    *,
    typed: Typed,
    problems: Sequence[Problem],
) -> list[Shown]:
    """Return every question with its choices for `today` and what was typed so far."""
    sentences = {problem.at: problem.sentence for problem in problems if problem.at}
    return [
        _shown(
            question,
            language,
            today,
            given=typed.get(question.id, ()),
            problem=sentences.get(question.id, ""),
            years=typed.get(CONSENT_FOR, ()),
        )
        for question in questions.questions
    ]


def _shown(
    question: Question,
    language: str,
    today: date,
    *,
    given: tuple[str, ...],
    problem: str,
    years: tuple[str, ...],
) -> Shown:
    choices = question.offered(today, language)
    help_text = question.help(language)
    described = [f"{question.id}-help"] * bool(help_text) + [f"{question.id}-problem"] * bool(
        problem
    )
    if question.kind == "text":
        widget = "text"
    elif question.kind in {"many", "consent"}:
        widget = "checkbox"
    else:
        widget = "radio" if len(choices) <= _MOST_RADIOS else "select"
    options = tuple(
        Option(code.value, code.label(language), code.value in given) for code in choices
    )
    return Shown(
        id=question.id,
        name=question.id,
        widget=widget,
        label=question.label(language),
        help=help_text,
        options=options,
        only_if=question.only_if.as_text() if question.only_if else "",
        part=question.part(language),
        years=_years(question, language, years),
        value=given[0] if given and widget == "text" else "",
        rows=10 if question.max_length >= _MANY_ROWS_FROM else 3,
        longest=question.max_length,
        answered=any(option.chosen for option in options),
        problem=problem,
        described_by=" ".join(described),
    )


def _years(question: Question, language: str, given: tuple[str, ...]) -> tuple[Option, ...]:
    chosen = next(iter(given), str(question.suggested_years))
    return tuple(
        Option(str(years), labels[checked_language(language)], str(years) == chosen)
        for years, labels in question.years.items()
    )
