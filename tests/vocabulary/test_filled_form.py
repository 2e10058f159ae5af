"""A filled form becomes the same report in Python and in the browser (vectors/reports)."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from safelight.vocabulary.consent import ends_on, holding, last_day
from safelight.vocabulary.questions import question_set
from safelight.vocabulary.report import Report, ReportTooLargeError, ReportUnknownError
from tests.vocabulary.write_report_vectors import FOLDER, made_report, vectors

FILES = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))}
KINDS = {"too-long": ReportTooLargeError, "unknown": ReportUnknownError}


def test_the_vectors_are_what_the_writer_writes() -> None:
    written = json.loads(json.dumps(vectors()))
    assert written == FILES


@pytest.mark.parametrize("name", FILES)
def test_fields_become_the_bytes_of_the_vector(name: str) -> None:
    vector: dict[str, Any] = FILES[name]
    if vector["expect"] == "refused":
        with pytest.raises(KINDS[vector["problem"]]):
            made_report(vector)
    else:
        report = made_report(vector)
        assert report.to_bytes().decode() == vector["report"]
        assert Report.parse(vector["report"].encode()) == report


def test_conditions_name_earlier_questions_that_are_always_asked() -> None:
    # A style sheet cannot follow a chain; reading the data refuses one, and this is why.
    for form in ("what-happened", "smear-alarm", "letter"):
        questions = question_set(form)
        always = [question.id for question in questions.questions if question.only_if is None]
        for question in questions.questions:
            if question.only_if is not None:
                assert question.only_if.question in always
                assert question not in questions.asked({})
                answers = {question.only_if.question: question.only_if.codes[:1]}
                assert question in questions.asked(answers)


def test_a_consent_lasts_from_the_day_of_arrival_when_a_clock_ran_ahead() -> None:
    written, received = date(2026, 11, 22), date(2025, 11, 22)  # a year ahead
    consent = {"STAT": last_day(written, 1)}
    assert ends_on(consent, "STAT", written=written, received=received) == date(2026, 11, 22)
    times = {"written": written, "received": received}
    assert holding(consent, **times, on=date(2026, 11, 22)) == ("STAT",)
    assert holding(consent, **times, on=date(2026, 11, 23)) == ()


def test_a_consent_does_not_grow_on_a_long_way_to_the_desk() -> None:
    written, received = date(2026, 1, 10), date(2026, 6, 10)
    consent = {"STAT": last_day(written, 1)}
    assert ends_on(consent, "STAT", written=written, received=received) == date(2027, 1, 10)
