"""The clocks of a case: until when something must be done, and when it is looked at again."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from safelight.casework.followup.clock import deadline_of, review_of
from tests.casework.followup.cases import act, an_alarm, days, follow_up, today
from tests.support.desk import TestDesk, a_report

DAY = date(2026, 3, 14)
OPENED = datetime(2026, 3, 14, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("answers", "until"),
    [
        ({"deadline": "TODAY"}, datetime(2026, 3, 14, 12, tzinfo=UTC)),
        ({"deadline": "TOMORROW"}, datetime(2026, 3, 15, 5, tzinfo=UTC)),
        ({"deadline": "WEEK"}, datetime(2026, 3, 21, 5, tzinfo=UTC)),
        ({"deadline": "NO"}, OPENED + timedelta(hours=24)),
        ({}, OPENED + timedelta(hours=24)),
        ({"danger": "NOW", "deadline": "WEEK"}, OPENED + timedelta(hours=1)),
        ({"danger": "SOON", "deadline": "TODAY"}, datetime(2026, 3, 14, 12, tzinfo=UTC)),
    ],
)
def test_the_deadline_is_the_earliest_that_the_answers_say(
    answers: dict[str, Any], until: datetime
) -> None:
    report = a_report(form="smear-alarm", written=DAY, answers=answers)
    assert deadline_of(report, received_on=DAY, opened_at=OPENED) == until


def test_a_clock_that_runs_ahead_wins_no_time() -> None:
    report = a_report(
        form="smear-alarm", written=DAY + timedelta(days=9), answers={"deadline": "TOMORROW"}
    )
    found = deadline_of(report, received_on=DAY, opened_at=OPENED)
    assert found == datetime(2026, 3, 15, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "on", "rule"),
    [
        ({}, DAY + timedelta(days=1095), "usual"),
        ({"form": "letter"}, DAY + timedelta(days=365), "letter"),
        ({"state": "set-aside", "reason": "flood"}, DAY + timedelta(days=30), "junk"),
        ({"state": "set-aside", "reason": "duplicate"}, DAY + timedelta(days=180), "aside"),
        ({"consents": {"STAT": DAY}}, DAY + timedelta(days=1), "consent"),
        ({"consents": {"STAT": date(2050, 1, 1)}}, DAY + timedelta(days=1095), "usual"),
        (
            {"consents": {"STAT": DAY, "EVIDENCE": DAY + timedelta(days=9)}},
            DAY + timedelta(days=10),
            "consent",
        ),
        ({"consents": {"STAT": DAY}, "kept_until": date(2030, 1, 1)}, date(2030, 1, 1), "kept"),
    ],
)
def test_a_case_is_due_by_the_first_rule_or_when_its_consents_are_over(
    changes: dict[str, Any], on: date, rule: str
) -> None:
    usual: dict[str, Any] = {
        "state": "new",
        "reason": "",
        "form": "what-happened",
        "last_event": DAY,
        "consents": {},
        "kept_until": None,
    }
    review = review_of(**(usual | changes))
    assert (review.on, review.rule) == (on, rule)


def test_an_alarm_stands_above_the_inbox_until_somebody_says_that_it_is_met(
    desk: TestDesk,
) -> None:
    case_id, _other = desk.take_in(an_alarm(), a_report(mailbox="1a" * 16))
    inbox = desk.client.get("/cases/").text
    assert "nobody has taken it" in inbox
    assert "not answered yet" in inbox
    assert "Педсовет" not in inbox, "what the person wrote waits for an opening"
    page = desk.client.get(f"/cases/{case_id}/").text
    assert page.index("Urgent") < page.index("Педсовет") < page.index('id="coding"')
    assert "no word from us yet" in page
    assert "Task: find a lawyer or another helper" in page
    act(desk, case_id, "task", kind="refer", due=days(1), back="case")
    act(desk, case_id, "deadline", at=f"{days(2)}T09:30")
    case = follow_up(case_id)
    assert case.urgent_until == datetime.combine(
        today() + timedelta(days=2), datetime.min.time(), UTC
    ) + timedelta(hours=9, minutes=30)
    page = desk.client.get(f"/cases/{case_id}/").text
    assert "set by hand" in page
    assert "Task: find a lawyer" not in page, "it is a task already"
    act(desk, case_id, "met")
    assert "urgent-box" not in desk.client.get("/cases/").text
    assert "urgent-box" not in desk.client.get(f"/cases/{case_id}/").text


def test_reading_a_case_keeps_it_no_longer(desk: TestDesk) -> None:
    from safelight.casework.followup.models import FollowedCase

    (case_id,) = desk.take_in(a_report())
    before = FollowedCase.objects.get().review_on
    desk.client.get(f"/cases/{case_id}/")
    act(desk, case_id, "keep", until=days(5000 - 1400), because="суд")
    assert FollowedCase.objects.get().review_on == today() + timedelta(days=3600)
    assert before is not None


def test_only_what_is_due_can_be_destroyed_and_then_it_is_for_good(desk: TestDesk) -> None:
    from safelight.casework.followup.models import FollowedCase
    from safelight.journal.verifying import verify

    case_id, other = desk.take_in(a_report(), a_report(mailbox="1a" * 16))
    desk.client.get(f"/cases/{case_id}/")
    page = f"/cases/{case_id}/destroy"
    assert desk.client.get(page).status_code == 400
    assert desk.client.post(page, {"destroy": case_id}).status_code == 400
    act(desk, case_id, "keep", until=days(0), because="решить сегодня")
    assert "To be looked at again" in desk.client.get("/today/").text
    assert case_id in desk.client.get("/today/").text
    assert desk.client.post(page, {"destroy": other}).status_code == 200, "asks again"
    assert desk.client.post(page, {"destroy": case_id}).status_code == 302
    assert FollowedCase.objects.filter(case_id=case_id).count() == 0
    closed = desk.client.get(f"/cases/{case_id}/").text
    assert "The time of this case was over" in closed
    assert "Меня заманили" not in closed
    verify()
