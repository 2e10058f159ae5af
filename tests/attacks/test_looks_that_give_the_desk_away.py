"""Threat: looks-that-give-the-desk-away: a hostile site knows who watches it by when it is looked
at: each day at the same hour, all links within a minute, or whenever somebody begins to work.

What stays: a look is seen to come while somebody works. The page says so.
"""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from safelight.campaigns.case_evidence import watching
from safelight.campaigns.case_evidence.schedules import Schedule, due_of
from tests.support.desk import TestDesk, desk
from tests.support.looks import LINK, alarm_with_consent, looked, scheduled, with_site

__all__ = ["desk"]
SECOND = "https://two.example/w?id=2"


def test_two_links_set_together_are_not_due_together() -> None:
    at = datetime(2026, 3, 1, 9, tzinfo=UTC)
    due = [
        due_of(Schedule(f"{n:016x}", LINK, 24, date(2026, 5, 1), "ru", "desk-1", at), [])
        for n in range(20)
    ]
    times = sorted(one for one in due if one is not None)
    assert len({one.replace(second=0) for one in times}) == 20
    assert times[-1] - times[0] > timedelta(hours=6)


def test_the_times_cannot_be_worked_out_from_the_address(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.campaigns.case_evidence.models import DueLook

    with_site(desk, monkeypatch)
    one, other = desk.take_in(alarm_with_consent(), alarm_with_consent(mailbox="1f" * 16))
    scheduled(desk, one)
    scheduled(desk, other)
    first, second = DueLook.objects.values_list("schedule", flat=True)
    assert first != second
    assert len(first) == 16, "64 bits of chance"


def test_nothing_is_looked_at_in_the_minute_of_unlocking_nor_two_at_once(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[tuple[float, float]] = []
    made: list[str] = []
    over = threading.Event()

    class Chance:
        def uniform(self, least: float, most: float) -> float:
            waited.append((least, most))
            if len(waited) > 3:
                over.set()
            return 0.001

        def shuffle(self, of: list[Any]) -> None:
            of.reverse()

    monkeypatch.setattr(watching, "_chance", Chance())
    monkeypatch.setattr(watching, "look_at_next", lambda *_a, **_k: made.append("one") or "")
    watching.start(desk.data)
    assert over.wait(20)
    watch = watching._held.watch
    watching.forget()
    assert watch is not None
    watch.thread.join(20)
    assert waited[0] == watching.PAUSE_AFTER_UNLOCKING
    assert waited[1:3] == [watching.PAUSE_BETWEEN] * 2, "a pause after each one"
    assert watching.PAUSE_AFTER_UNLOCKING[0] >= 60
    assert watching.PAUSE_AFTER_UNLOCKING[1] >= 600
    assert watching.PAUSE_BETWEEN[0] >= 30


def test_one_step_makes_one_look_in_no_order_and_never_beside_other_work(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.campaigns.case_evidence import runs

    site = with_site(desk, monkeypatch)
    [case_id] = desk.take_in(alarm_with_consent())
    scheduled(desk, case_id, LINK, SECOND)
    before = len(site.asked)
    assert looked(desk, later=timedelta(days=2))
    assert len(site.asked) == before + 1

    go, began = threading.Event(), threading.Event()
    runs.begin(case_id, "bundle", "", lambda: (began.set(), go.wait(20), None)[2])
    assert began.wait(20)
    at = datetime.now(UTC) + timedelta(days=2)
    made = watching.look_at_next(desk.data, stop=threading.Event(), refused={}, at=at)
    assert made == "", "a person's work comes first"
    go.set()
    assert runs.wait_until_idle(20)
    assert looked(desk, later=timedelta(days=2))


def test_a_look_takes_no_login_and_no_other_way_out(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.campaigns.case_evidence import capture_work

    site = with_site(desk, monkeypatch)
    seen: list[tuple[Any, str]] = []
    captures = site.capture
    monkeypatch.setattr(
        capture_work,
        "capture",
        lambda url, **how: (seen.append((how["login"], how["policy"].exit)), captures(url, **how))[
            1
        ],
    )
    [case_id] = desk.take_in(alarm_with_consent())
    scheduled(desk, case_id)
    assert looked(desk, later=timedelta(days=2))
    assert [login for login, _ in seen] == [(), ()]
    assert seen[0][1] == seen[1][1]


def test_the_page_says_what_looks_tell(desk: TestDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    with_site(desk, monkeypatch)
    [case_id] = desk.take_in(alarm_with_consent())
    scheduled(desk, case_id)
    desk.client.post("/language/ru")
    page = desk.client.get(f"/cases/{case_id}/evidence").text
    assert "Точного времени у просмотров нет" in page
    assert "Сайт всё равно может заметить" in page
