"""The outcomes page: what was noted is counted, as of a day; gone with the lock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.desk import TestDesk, a_report, codes


def followed(desk: TestDesk, count: int = 12) -> list[str]:
    """Coded cases: every third was refused by the police, the others accepted."""
    from safelight.casework.coding import code_case

    ids = desk.take_in(*(a_report(mailbox=f"{n:032x}") for n in range(count)))
    for number, case_id in enumerate(ids):
        refused = number % 3 == 0
        code_case(case_id, codes(acts=("ROB",) if refused else ("THR",)))
        what = "F2_REPORT:REFUSED_TO_ACCEPT" if refused else "F2_REPORT:ACCEPTED"
        desk.client.post(f"/cases/{case_id}/facts", {"what": what, "when": "2026-04"})
    return ids


def test_the_page_counts_what_was_noted_and_counts_anew(desk: TestDesk) -> None:
    empty = desk.client.get("/outcomes/").text
    assert "No counted case was recorded by that day" in empty
    ids = followed(desk)
    page = desk.client.get("/outcomes/").text
    assert "<svg" in page
    assert "Cases: 12." in page
    assert "they refused to accept it: 4" in page
    assert "Numbers leave only through a release" in page
    desk.client.post(f"/cases/{ids[0]}/facts", {"what": "F2_REPORT:ACCEPTED", "when": "2026-05"})
    assert "they refused to accept it: 3" in desk.client.get("/outcomes/").text


def test_a_day_before_the_reports_came_has_no_cases(desk: TestDesk) -> None:
    followed(desk, 1)
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    assert "No counted case" in desk.client.get(f"/outcomes/?as_of={yesterday}").text
    for wrong in ("2199-01-01", "soon", "1"):
        answer = desk.client.get(f"/outcomes/?as_of={wrong}")
        assert answer.status_code == 200
        assert "This is no day up to today" in answer.text


@pytest.mark.parametrize(
    "by", ["act", "ground", "region", "age", "channel", "verification", "year"]
)
def test_cases_are_compared_by_each_stratum(desk: TestDesk, by: str) -> None:
    followed(desk, 3)
    page = desk.client.get(f"/outcomes/?by={by}").text
    assert 'th scope="row"' in page
    assert ">UNK<" not in page
    if by == "act":
        assert "robbery" in page.lower()
        one = desk.client.get("/outcomes/?by=act&value=ROB").text
        assert "Cases: 1." in one
        assert "Cases: 3." in desk.client.get("/outcomes/?by=act&value=%3Cscript%3E").text


def test_the_charts_speak_russian(desk: TestDesk) -> None:
    followed(desk, 3)
    desk.client.post("/language/ru")
    assert "Как далеко дошли дела" in desk.client.get("/outcomes/").text


def test_results_are_kept_until_the_journal_grows_and_dropped_with_the_lock() -> None:
    from safelight.desk.kept_numbers import forget, kept

    asked: list[int] = []

    def answer() -> int:
        asked.append(1)
        return len(asked)

    forget()
    assert [kept(7, "q", answer), kept(7, "q", answer), kept(7, "other", answer)] == [1, 1, 2]
    assert kept(8, "q", answer) == 3
    forget()
    assert kept(8, "q", answer) == 4


def test_locking_drops_what_was_kept(desk: TestDesk) -> None:
    from safelight.desk import kept_numbers

    followed(desk, 1)
    desk.client.get("/outcomes/")
    assert kept_numbers._kept.results
    desk.client.post("/lock")
    assert not kept_numbers._kept.results
