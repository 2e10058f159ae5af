"""Write vectors/reports: filled forms and the bytes they become, for both languages.

`python -m tests.vocabulary.write_report_vectors` after a change of format or form.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from safelight.vocabulary.filled_form import answers_in, consent_in
from safelight.vocabulary.questions import question_set
from safelight.vocabulary.report import Report

FOLDER = Path(__file__).resolve().parents[2] / "vectors" / "reports"
Fields = Sequence[tuple[str, str]]

FACTS: dict[str, Any] = {
    "reply_to": "age1pq1" + "q" * 1952,
    "mailbox": "0123456789abcdef" * 2,
    "withdrawal": "fedcba9876543210" * 4,
    "message_key": "0f1e2d3c4b5a6978" * 4,
    "roster": 3,
}

GOOD: dict[str, tuple[str, str, str, str, Fields]] = {
    "good-one-answer": (
        "one answer, every other question skipped",
        *("what-happened", "ru", "2026-11-22"),
        [("danger", ""), ("story", "Это случилось вечером."), ("consent_for", "3")],
    ),
    "good-in-the-forms-order": (
        "several choices arrive in the order of the form, however they were sent",
        *("what-happened", "en", "2026-11-22"),
        [("story", "x"), ("acts", "ROB"), ("acts", "THR"), ("when", "2026-H1")],
    ),
    "good-consent-until": (
        "each purpose that is ticked holds for the years that were chosen",
        *("what-happened", "en", "2026-11-22"),
        [("acts", "THR"), ("consent", "STAT"), ("consent", "EVIDENCE"), ("consent_for", "10")],
    ),
    "good-consent-for-the-suggested-years": (
        "without a choice of years the suggested ones hold",
        *("what-happened", "en", "2026-11-22"),
        [("acts", "THR"), ("consent", "STAT")],
    ),
    "good-leap-day": (
        "a year after 29 February is 28 February",
        *("letter", "en", "2028-02-29"),
        [("letter", "x"), ("consent", "PUBLISH_LETTER"), ("consent_for", "1")],
    ),
    "good-condition-holds": (
        "a conditional question is asked, because the earlier one was answered so",
        *("smear-alarm", "ru", "2026-11-22"),
        [("deadline", "TOMORROW"), ("deadline_what", "Собрание в девять."), ("where", "VK")],
    ),
    "good-hidden-answer-is-left-out": (
        "the earlier answer was changed: what was typed where nobody asks any more is not sent",
        *("smear-alarm", "ru", "2026-11-22"),
        [("deadline", "NO"), ("deadline_what", "Собрание в девять."), ("employer_did", "TALK")],
    ),
    "good-condition-on-one-of-several": (
        "one of several ticked choices is enough for a condition",
        *("what-happened", "en", "2026-11-22"),
        [("acts", "THR"), ("acts", "EXT"), ("demand", "money"), ("lured_where", "VK")],
    ),
    "good-what-hides-in-text": (
        "text is kept without what hides in it: line ends, controls, marks that reorder",
        *("letter", "ru", "2026-11-22"),
        [("letter", " a\r\nb\u202ec\x00 и\u0306\u2028d ")],
    ),
}

# what, problem, form, fields; nothing may be sealed from these
REFUSED: dict[str, tuple[str, str, str, Fields]] = {
    "refused-text-too-long": (
        "one character more than the question takes",
        *("too-long", "smear-alarm"),
        [("deadline", "WEEK"), ("deadline_what", "я" * 401)],
    ),
    "refused-all-too-long": (
        "each text fits, all together do not",
        *("too-long", "what-happened"),
        [("story", "\u4e16" * 6000), ("contact", "x")],
    ),
    "refused-consent-without-end": (
        "years that the form does not offer",
        *("unknown", "what-happened"),
        [("acts", "THR"), ("consent", "STAT"), ("consent_for", "99")],
    ),
}


def _form(form: str) -> dict[str, Any]:
    """What a page says about its form, so that a test needs no page."""
    questions = question_set(form)
    return {
        "form": form,
        "version": questions.version,
        "kinds": {question.id: question.kind for question in questions.questions},
        "conditions": {
            question.id: question.only_if.as_text()
            for question in questions.questions
            if question.only_if
        },
        "longest": {
            question.id: question.max_length
            for question in questions.questions
            if question.kind == "text"
        },
        "suggested_years": next(q.suggested_years for q in questions.questions if q.years),
    }


def as_fields(pairs: Fields) -> dict[str, tuple[str, ...]]:
    """Group values by name, as a server reads a posted form."""
    return {name: tuple(v for n, v in pairs if n == name) for name, _value in pairs}


def made_report(vector: dict[str, Any]) -> Report:
    """The report that a vector's fields become, or a `ReportError`."""
    questions = question_set(vector["form"], vector["version"])
    fields = as_fields([(name, value) for name, value in vector["fields"]])
    written = date.fromisoformat(vector["today"])
    return Report(
        form=vector["form"],
        form_version=vector["version"],
        language=vector["language"],
        written=written,
        sealed_by="browser",
        answers=answers_in(fields, questions),
        consent=consent_in(fields, questions, written),
        **vector["facts"],
    )


def vectors() -> dict[str, dict[str, Any]]:
    """Every vector by its file's name."""
    found: dict[str, dict[str, Any]] = {}
    for name, (what, form, language, today, fields) in GOOD.items():
        vector = {
            "what": what,
            "expect": "ok",
            **_form(form),
            "language": language,
            "today": today,
            "fields": fields,
            "facts": FACTS,
        }
        found[name] = vector | {"report": made_report(vector).to_bytes().decode()}
    for name, (what, problem, form, fields) in REFUSED.items():
        found[name] = {
            "what": what,
            "expect": "refused",
            "problem": problem,
            **_form(form),
            "language": "en",
            "today": "2026-11-22",
            "fields": fields,
            "facts": FACTS,
        }
    return found


if __name__ == "__main__":
    for name, vector in vectors().items():
        text = json.dumps(vector, ensure_ascii=True, indent=1)
        (FOLDER / f"{name}.json").write_text(text + "\n", encoding="ascii")
