"""Threat: looks-that-another-desk-orders: whoever took over a colleague's desk writes entries that
make this desk visit an address of theirs, put off or end its own looks unseen, or tell a false end.

The journal of a team comes from every desk; a schedule and its looks count from one desk alone.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.looks import LINK, alarm_with_consent, looked, scheduled, with_site
from tests.support.two_desks import TwoDesks, team

__all__ = ["team"]
TRAP = "https://trap.example/for-this-desk"


def orders(case_id: str, kind: str, content: dict[str, Any]) -> None:
    """What a desk that was taken over writes; its own pages would not."""
    from safelight.casework.cases import decide

    decide(case_id, kind, content)


def a_schedule(url: str, **other: Any) -> dict[str, Any]:
    until = (datetime.now(UTC) + timedelta(days=20)).date().isoformat()
    said = {"schedule": "ab" * 8, "url": url, "every_hours": 1, "until": until, "language": "ru"}
    return said | other


def test_only_the_desk_that_set_a_schedule_looks(
    team: TwoDesks, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.campaigns.case_evidence import kinds
    from safelight.campaigns.case_evidence.deciding import standing
    from safelight.campaigns.case_evidence.models import DueLook, LookFound

    site = with_site(team.first, monkeypatch)
    [case_id] = team.first.take_in(alarm_with_consent())
    scheduled(team.first, case_id)
    team.exchange()

    team.sit(2)
    [mine] = standing(case_id)[1].schedules
    orders(case_id, kinds.SCHEDULED, a_schedule(TRAP))
    assert [row.schedule for row in DueLook.objects.all()] == ["ab" * 8]
    # As if this desk had just looked, and had found nothing; and as if the look had failed.
    begun = {"capture": "cd" * 8, "schedule": mine.schedule, "before": ""}
    orders(case_id, kinds.LOOK_BEGUN, begun)
    first = standing(case_id)[1].captures[0].capture
    read: dict[str, Any] = {"capture": first, "schedule": "ab" * 8, "before": ""}
    orders(case_id, kinds.LOOK_BEGUN, read)
    team.exchange()

    team.sit(1)
    evidence = standing(case_id)[1]
    assert [one.schedule for one in evidence.captures] == [""], "the capture is nobody's look"
    assert [row.schedule for row in DueLook.objects.all()] == [mine.schedule]
    assert looked(team.first, later=timedelta(days=2))
    assert looked(team.first, later=timedelta(hours=17)) == "", "the next one in its time"
    assert {url for url, _ in site.asked} == {LINK}
    assert LookFound.objects.count() == 1

    team.exchange()
    team.sit(2)
    assert not LookFound.objects.exists(), "Today of another desk says what that desk's looks found"
    assert [one.schedule for one in standing(case_id)[1].captures] == ["", mine.schedule]


def test_a_capture_under_way_is_not_ended_by_another_desk(
    team: TwoDesks, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.campaigns.case_evidence import kinds
    from safelight.campaigns.case_evidence.deciding import ask_capture, note_capture, standing

    [case_id] = team.first.take_in(alarm_with_consent())
    name = ask_capture(case_id, LINK)
    team.exchange()
    team.sit(2)
    ended = {"capture": name, "state": "FAILED", "final_url": "", "gaps": [], "parts": []}
    orders(case_id, kinds.CAPTURED, ended)
    team.exchange()
    assert standing(case_id)[1].captures[0].state == "ASKED"
    note_capture(case_id, name, state="PARTIAL", final_url=LINK, gaps=[], parts=[])
    assert standing(case_id)[1].captures[0].state == "PARTIAL"


def test_who_ended_a_schedule_stands_on_the_page_of_the_desk_that_set_it(
    team: TwoDesks, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.campaigns.case_evidence import kinds
    from safelight.campaigns.case_evidence.models import DueLook

    site = with_site(team.first, monkeypatch)
    [case_id] = team.first.take_in(alarm_with_consent())
    scheduled(team.first, case_id)
    team.exchange()
    team.sit(2)
    orders(case_id, kinds.SCHEDULED, a_schedule(LINK))  # the same address takes its place
    team.exchange()
    assert not DueLook.objects.exists()
    assert looked(team.first, later=timedelta(days=2)) == ""
    assert len(site.asked) == 1
    page = team.first.client.get(f"/cases/{case_id}/evidence").text
    assert "ended by desk-2" in page
    assert "Only the desk that set it looks" in page


def test_a_desk_that_left_the_team_writes_no_looks_and_says_no_error_for_ever(
    team: TwoDesks, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    from safelight.campaigns.case_evidence import watching
    from safelight.casework.team.roles import RoleError

    site = with_site(team.first, monkeypatch)
    [case_id] = team.first.take_in(alarm_with_consent())
    scheduled(team.first, case_id)

    asked: list[str] = []

    def no_role(kind: str) -> None:
        asked.append(kind)
        raise RoleError("this desk may not write that; ask the keeper")

    monkeypatch.setattr("safelight.casework.team.roles.require", no_role)
    at, refused = datetime.now(UTC) + timedelta(days=2), dict[str, float]()
    for _ in range(3):
        made = watching.look_at_next(
            team.first.data, stop=threading.Event(), refused=refused, at=at
        )
        assert made == ""
    assert asked == ["evidence.look-begun"], "asked once, and left alone for an hour"
    assert len(site.asked) == 1


def test_a_schedule_that_does_not_fit_changes_nothing(team: TwoDesks) -> None:
    from safelight.campaigns.case_evidence import kinds
    from safelight.campaigns.case_evidence.deciding import standing

    [case_id] = team.first.take_in(alarm_with_consent())
    for broken in (
        {"every_hours": 0},
        {"every_hours": 10**9},
        {"every_hours": True},
        {"every_hours": "24"},
        {"until": "9999-99-99"},
        {"until": 5},
        {"schedule": "../x"},
    ):
        orders(case_id, kinds.SCHEDULED, a_schedule(LINK) | broken)
        assert standing(case_id)[1].schedules == (), broken
    orders(case_id, kinds.SCHEDULED, a_schedule(LINK))
    assert len(standing(case_id)[1].schedules) == 1
    assert team.first.client.get(f"/cases/{case_id}/evidence").status_code == 200


def story_of(*said: tuple[str, int, str, dict[str, Any]], at: datetime | None = None) -> Any:
    """What evidence a case has after these entries of desks: (desk, clock, kind, content)."""
    from safelight.campaigns.case_evidence.standing import evidence_of
    from safelight.casework.folding import CaseNow
    from safelight.journal.content import Told
    from safelight.journal.entry import Entry

    when = at or datetime.now(UTC)
    entries = (
        Told(Entry(desk, clock, clock, "0" * 64, when, kind, "ab" * 8, {}), content)
        for desk, clock, kind, content in said
    )
    return evidence_of(CaseNow("ab" * 8, when.date()), entries)


def test_an_entry_that_claims_to_be_older_takes_no_name_of_a_schedule() -> None:
    """A desk that was silent for long may still write entries that stand before ours."""
    from safelight.campaigns.case_evidence import kinds

    begun = {"capture": "cd" * 8, "schedule": "ab" * 8, "before": ""}
    evidence = story_of(
        ("desk-2", 3, kinds.SCHEDULED, a_schedule(TRAP)),
        ("desk-2", 4, kinds.LOOK_BEGUN, begun | {"capture": "ef" * 8}),
        ("desk-1", 50, kinds.SCHEDULED, a_schedule(LINK)),
        ("desk-1", 60, kinds.LOOK_BEGUN, begun),
    )
    mine = evidence.schedule("ab" * 8, desk="desk-1")
    assert mine.url == LINK
    assert mine.stands
    assert [(one.url, one.desk) for one in evidence.looks_of(mine)] == [(LINK, "desk-1")]


def test_a_thousand_schedules_of_another_desk_are_twenty_and_leave_room_for_ours(
    team: TwoDesks, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.campaigns.case_evidence import kinds, scheduling
    from safelight.campaigns.case_evidence.deciding import standing
    from safelight.campaigns.case_evidence.schedules import MOST_EVER, MOST_STANDING

    def many(*urls: str) -> Any:
        given = (a_schedule(url, schedule=f"{n:016x}") for n, url in enumerate(urls))
        return story_of(*(("desk-2", n, kinds.SCHEDULED, a) for n, a in enumerate(given, 1)))

    assert len(many(*(f"{TRAP}/{n}" for n in range(1000))).schedules) == MOST_STANDING
    assert len(many(*([TRAP] * 1000)).schedules) == MOST_EVER, "each takes the place of another"

    with_site(team.first, monkeypatch)
    [case_id] = team.first.take_in(alarm_with_consent())
    scheduled(team.first, case_id)
    team.exchange()
    team.sit(2)
    for n in range(MOST_STANDING):
        orders(case_id, kinds.SCHEDULED, a_schedule(f"{TRAP}/{n}", schedule=f"{n:016x}"))
    team.exchange()
    team.sit(1)
    until = datetime.now(UTC).date() + timedelta(days=9)
    assert scheduling.set_schedules(case_id, [LINK], every_hours=48, until=until, language="ru")
    assert [one.every_hours for one in standing(case_id)[1].schedules if one.desk == "desk-1"] == [
        24,
        48,
    ]


def test_a_time_at_the_end_of_time_breaks_no_page_and_no_desk_looks_for_years() -> None:
    from safelight.campaigns.case_evidence import kinds
    from safelight.campaigns.case_evidence.schedules import LONGEST_DAYS, due_of

    now = datetime.now(UTC)
    asked = ("desk-2", 1, kinds.SCHEDULED, a_schedule(TRAP, until="9999-12-31", every_hours=48))
    [bounded] = story_of(asked).schedules
    assert bounded.until == now.date() + timedelta(days=LONGEST_DAYS)
    last = datetime(9999, 12, 31, 20, tzinfo=UTC)
    assert story_of(asked, at=last).schedules == ()
    begun = {"capture": "cd" * 8, "schedule": "ab" * 8, "before": ""}
    looks = story_of(asked, ("desk-2", 2, kinds.LOOK_BEGUN, begun)).looks_of(bounded)
    assert due_of(bounded, looks) is not None
    assert due_of(bounded, [replace(looks[0], state="COMPLETE", asked_at=last)]) is None
