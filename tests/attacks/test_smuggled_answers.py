"""Threat: smuggled-answers: A forged report answers what nobody was asked, or agrees without an
end; such an answer does not exist on any desk, and a consent beyond the longest choice is refused.
"""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from safelight.vocabulary.consent import holding
from safelight.vocabulary.report import Report, ReportShapeError, ReportUnknownError

TODAY = date(2026, 11, 22)


def forged(**changes: Any) -> bytes:
    content = {
        "format": "safelight-report/1",
        "form": {"id": "smear-alarm", "version": "1"},
        "language": "en",
        "written": TODAY.isoformat(),
        "sealed_by": "browser",
        "answers": {"deadline": "NO"},
        "consent": {"STAT": "2027-11-22"},
        "reply_to": None,
        "mailbox": None,
        "withdrawal": None,
        "message_key": None,
        "roster": None,
    }
    return json.dumps(content | changes).encode()


def test_an_answer_behind_a_condition_that_does_not_hold_does_not_exist() -> None:
    answers = {"deadline": "NO", "deadline_what": "smuggled", "employer_did": "DISMISSED"}
    report = Report.parse(forged(answers=answers))
    assert dict(report.answers) == {"deadline": "NO"}
    assert b"smuggled" not in report.to_bytes()
    asked = Report.parse(forged(answers=answers | {"deadline": "TODAY"}))
    assert asked.answers["deadline_what"] == "smuggled"


@pytest.mark.parametrize(
    ("consent", "kind"),
    [
        ({"STAT": "2126-11-22"}, ReportShapeError),
        ({"STAT": "9999-12-31"}, ReportShapeError),
        ({"STAT": "always"}, ReportShapeError),
        ({"STAT": None}, ReportShapeError),
        ({"STAT": "2026-11-21"}, ReportShapeError),
        (["STAT"], ReportShapeError),
        ({"EVERYTHING": "2027-11-22"}, ReportUnknownError),
        ({"PUBLISH_LETTER": "2027-11-22"}, ReportUnknownError),
    ],
)
def test_a_consent_without_an_end_or_to_what_was_not_asked_is_refused(
    consent: Any, kind: type[Exception]
) -> None:
    assert dict(Report.parse(forged()).consent) == {"STAT": date(2027, 11, 22)}
    with pytest.raises(kind):
        Report.parse(forged(consent=consent))


def test_a_day_that_has_not_come_makes_no_consent_longer() -> None:
    ahead = Report.parse(forged(written="2090-01-01", consent={"STAT": "2100-01-01"}))
    ten_years_and_more = date(2036, 12, 1)
    held = holding(ahead.consent, written=ahead.written, received=TODAY, on=ten_years_and_more)
    assert held == ()
    assert holding(ahead.consent, written=ahead.written, received=TODAY, on=TODAY) == ("STAT",)
