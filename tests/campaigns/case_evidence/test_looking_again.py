"""Pages of a case that the desk looks at again by itself, until a day."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from safelight.campaigns.case_evidence.schedules import Schedule, due_of
from tests.support.desk import TestDesk
from tests.support.looks import (
    LINK,
    alarm_with_consent,
    captured_once,
    form,
    looked,
    put_on,
    scheduled,
    with_site,
)

DAY = timedelta(days=1)
SET_AT = datetime(2026, 3, 1, 9, tzinfo=UTC)


@dataclass
class Look:
    asked_at: datetime
    state: str = "COMPLETE"


def daily(**changes: object) -> Schedule:
    facts = {"every_hours": 24, "until": date(2026, 5, 1), "at": SET_AT} | changes
    return Schedule("5f" * 8, LINK, language="ru", desk="desk-1", **facts)  # type: ignore[arg-type]


def test_what_was_missed_while_the_desk_was_shut_is_made_up_for_once() -> None:
    first = due_of(daily(), [])
    assert first is not None
    assert SET_AT < first < SET_AT + 1.25 * DAY
    opened = SET_AT + 10 * DAY
    following = due_of(daily(), [Look(opened)])
    assert following is not None
    assert opened + 0.75 * DAY <= following <= opened + 1.25 * DAY


def test_a_look_that_broke_off_is_made_again_once_and_then_waits_its_time() -> None:
    at = SET_AT + DAY
    again = due_of(daily(), [Look(at, "ASKED")])
    assert again == at + timedelta(minutes=30)
    after = due_of(daily(), [Look(at, "ASKED"), Look(again, "ASKED")])
    assert after is not None
    assert after >= again + 0.75 * DAY, "a page that brings the desk down does not do so each time"


@pytest.mark.parametrize("day", [date(2026, 3, 1), date(2026, 3, 2)])
def test_nothing_is_due_after_the_last_day(day: date) -> None:
    schedule = daily(every_hours=24 * 30, until=day)
    assert due_of(schedule, []) is None
    assert due_of(daily(until=date(2026, 4, 1)), []) is not None


def test_the_page_takes_numbers_and_days_that_fit_and_keeps_what_was_asked_otherwise(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.campaigns.case_evidence.deciding import standing

    with_site(desk, monkeypatch)
    [case_id] = desk.take_in(alarm_with_consent())
    captured_once(desk, case_id)
    address = f"/cases/{case_id}/evidence/schedule"
    for wrong in (
        {"number": "0"},
        {"number": "31"},
        {"number": "1000", "unit": "hours"},
        {"number": "٣"},
        {"number": "1", "unit": "minutes"},
        {"days": -1},
        {"days": 181},
    ):
        refused = desk.client.post(address, form(**wrong))
        assert refused.status_code == 422, wrong
        assert f'value="{LINK}" checked' in refused.text
        assert "<details open><summary>Set which addresses are looked at again" in refused.text
    broken = desk.client.post(address, form() | {"until": "soon"})
    assert broken.status_code == 422
    for urls in ((), ("https://two.example/w?id=2",), ("file:///etc/passwd",)):
        assert desk.client.post(address, form() | {"again": urls}).status_code == 422
    assert standing(case_id)[1].schedules == ()

    assert desk.client.post(address, form(number="6", unit="hours")).status_code == 302
    page = desk.client.get(f"/cases/{case_id}/evidence").text
    assert "every 6 h</strong> until" in page
    assert "Next look about" in page
    assert desk.client.post(address, form(number="2")).status_code == 302
    assert [one.stands for one in standing(case_id)[1].schedules] == [False, True]
    one = standing(case_id)[1].schedules[1].schedule
    end = f"/cases/{case_id}/evidence/schedule/{one}/end"
    assert desk.client.post(end).status_code == 302
    assert desk.client.post(end).status_code == 422
    assert "ended by desk-1" in desk.client.get(f"/cases/{case_id}/evidence").text


@pytest.mark.parametrize(
    ("text", "status", "said"),
    [
        ("Заголовок\nАдрес удалён\n", 200, "Edited: the text is another one"),
        ("нет", 404, "REMOVED: the site says that it is gone"),
        (None, 200, "Could not be reached: removed, blocked, or a bad moment"),
        ("Заголовок\nВот его адрес\n", 200, ""),
    ],
)
def test_a_look_that_is_due_is_made_and_today_says_what_it_found_until_somebody_read_it(
    desk: TestDesk,
    monkeypatch: pytest.MonkeyPatch,
    text: str | None,
    status: int,
    said: str,
) -> None:
    from safelight.campaigns.case_evidence.deciding import standing

    site = with_site(desk, monkeypatch)
    [case_id] = desk.take_in(alarm_with_consent())
    scheduled(desk, case_id)
    assert looked(desk, later=timedelta(hours=17)) == "", "not before three quarters of the time"
    site.text, site.status = text, status
    name = looked(desk, later=2 * DAY)
    assert name
    assert [url for url, _ in site.asked] == [LINK, LINK]
    assert site.asked[1][1] == site.asked[0][1], "the same way out, the same limits"

    first = standing(case_id)[1].captures[0].capture
    today = desk.client.get("/today/").text
    page = desk.client.get(f"/cases/{case_id}/evidence").text
    assert LINK not in today, "which page it was stands behind the opening of the case"
    if said:
        assert f'compare/{first}/{name}"><strong>{said}</strong>' in today
        assert f"<strong>{said}</strong>" in page
        compared = desk.client.get(f"/cases/{case_id}/evidence/compare/{first}/{name}").text
        assert said.lower() in compared.lower()
    else:
        assert "Looks in which the text was the same: 1" in today
        assert "Looks in which the text was the same (1)" in page
    read = f"/cases/{case_id}/evidence/looks/read"
    assert desk.client.post(read, {"upto": name}).status_code == 302
    assert (
        case_id
        not in desk.client.get("/today/")
        .text.split("Whose tasks")[0]
        .split("were looked at again")[-1]
        or "were looked at again" not in desk.client.get("/today/").text
    )


def test_after_a_bad_moment_a_page_is_compared_with_the_last_one_that_came(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = with_site(desk, monkeypatch)
    [case_id] = desk.take_in(alarm_with_consent())
    captured_once(desk, case_id)
    kept, site.text = site.text, None
    captured_once(desk, case_id)
    page = f"/cases/{case_id}/evidence"
    assert "the way out, or the site behind it, did not answer" in desk.client.get(page).text
    site.text = kept
    captured_once(desk, case_id)
    shown = desk.client.get(page).text
    assert "the same as before" in shown
    assert "leads to another address" not in shown


def test_what_is_seen_with_a_login_is_not_compared_with_what_is_seen_without(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from safelight.campaigns.case_evidence import runs

    site = with_site(desk, monkeypatch)
    [case_id] = desk.take_in(alarm_with_consent())
    page = f"/cases/{case_id}/evidence"
    desk.client.get(page)
    cookies = b'[{"name": "sid", "value": "a-long-value", "domain": ".one.example", "path": "/"}]'
    login = SimpleUploadedFile("cookies.json", cookies)
    answer = desk.client.post(f"{page}/capture", {"urls": LINK, "cookies": login})
    assert answer.status_code == 302, answer.text
    assert runs.wait_until_idle(60)
    desk.client.post(f"{page}/schedule", form())
    site.text, site.status = "Войдите", 403
    assert looked(desk, later=2 * DAY)
    shown = desk.client.get(page).text
    assert "nothing to compare it with" in shown.lower()
    assert "withheld: the site" not in shown


def test_a_desk_that_was_killed_in_the_middle_makes_that_look_again(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.campaigns.case_evidence.deciding import standing
    from safelight.campaigns.case_evidence.models import DueLook
    from safelight.campaigns.case_evidence.scheduling import begin_look, due_now
    from safelight.casework.projecting import rebuild

    with_site(desk, monkeypatch)
    [case_id] = desk.take_in(alarm_with_consent())
    scheduled(desk, case_id)
    at = datetime.now(UTC) + 2 * DAY
    put_on(monkeypatch, 2 * DAY)
    [(schedule, _)] = due_now(at)
    assert begin_look(case_id, schedule, at=at) is not None
    # Here the power went. What is on the disk is the journal, and its tables.
    before = list(DueLook.objects.values())
    rebuild()
    assert list(DueLook.objects.values()) == before
    assert looked(desk, later=2 * DAY) == "", "not at once: another program may be at it"
    assert looked(desk, later=2 * DAY + timedelta(minutes=31))
    states = [one.state for one in standing(case_id)[1].captures]
    assert states == ["COMPLETE", "ASKED", "COMPLETE"]
    assert looked(desk, later=2 * DAY + timedelta(minutes=90)) == "", "once"


def test_ten_missed_looks_are_one_look(desk: TestDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    site = with_site(desk, monkeypatch)
    [case_id] = desk.take_in(alarm_with_consent())
    scheduled(desk, case_id)
    put_on(monkeypatch, 10 * DAY)
    made = [looked(desk, later=10 * DAY) for _ in range(3)]
    assert [bool(one) for one in made] == [True, False, False]
    assert len(site.asked) == 2


def test_a_desk_that_goes_on_under_another_name_makes_no_looks_of_the_one_before(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.desk.backups.new_chain import continue_under

    site = with_site(desk, monkeypatch)
    [case_id] = desk.take_in(alarm_with_consent())
    scheduled(desk, case_id, ago=3 * DAY)
    assert "Looks that are due: 1" in desk.client.get("/today/").text
    continue_under(desk.data, "desk-9")
    assert looked(desk) == ""
    assert "Looks that are due" not in desk.client.get("/today/").text
    assert "set it here" in desk.client.get(f"/cases/{case_id}/evidence").text
    assert len(site.asked) == 1


def test_a_clock_that_had_run_ahead_does_not_end_the_looks(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_site(desk, monkeypatch)
    [case_id] = desk.take_in(alarm_with_consent())
    scheduled(desk, case_id, ago=-20 * DAY, days=180)
    assert looked(desk), "what was set seems to lie in the future"


def test_a_locked_desk_looks_at_nothing_and_an_unlocked_one_goes_on(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.campaigns.case_evidence import runs, watching
    from safelight.desk.unlocking import unlock_for
    from tests.support.desk import PASSPHRASE

    site = with_site(desk, monkeypatch)
    asked = threading.Event()
    site.meanwhile = asked.set
    [case_id] = desk.take_in(alarm_with_consent())
    scheduled(desk, case_id, ago=3 * DAY)
    monkeypatch.setattr(watching, "PAUSE_AFTER_UNLOCKING", (0.0, 0.01))
    monkeypatch.setattr(watching, "PAUSE_BETWEEN", (0.01, 0.02))
    asked.clear()
    desk.client.post("/lock")
    assert watching._held.watch is None
    assert runs.is_idle()
    assert not asked.is_set()

    unlock_for(desk.launch, PASSPHRASE)
    watch = watching._held.watch
    assert watch is not None
    assert asked.wait(30)
    desk.client.post("/lock")
    watch.thread.join(30)
    assert not watch.thread.is_alive()


def test_an_accident_in_one_look_does_not_end_the_others(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from safelight.campaigns.case_evidence import watching

    calls: list[int] = []
    again = threading.Event()

    def broken(*_: object, **__: object) -> str:
        calls.append(1)
        if len(calls) > 1:
            again.set()
        raise ZeroDivisionError("words of a stranger")

    monkeypatch.setattr(watching, "look_at_next", broken)
    monkeypatch.setattr(watching, "PAUSE_AFTER_UNLOCKING", (0.0, 0.01))
    monkeypatch.setattr(watching, "PAUSE_BETWEEN", (0.01, 0.02))
    watching.start(desk.data)
    assert again.wait(20)
    again.clear()
    # Nor one where it closes what it opened: the disk can fail there too.
    monkeypatch.setattr(watching.connections, "close_all", broken)
    assert again.wait(20)
    watch = watching._held.watch
    watching.forget()
    assert watch is not None
    watch.thread.join(20)
    assert not watch.thread.is_alive()
    assert "ZeroDivisionError" in caplog.text
    assert "stranger" not in caplog.text


def test_looks_pause_and_end_with_their_case(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.campaigns.case_evidence.models import DueLook, LookFound
    from safelight.casework.cases import set_aside, take_back
    from safelight.casework.followup.deciding import end_consent
    from safelight.casework.withdrawals import WITHDRAWN, destroy_case
    from safelight.journal.content_keys import finish_erasure

    with_site(desk, monkeypatch)
    [case_id, agreed, other] = desk.take_in(
        alarm_with_consent(),
        alarm_with_consent(mailbox="1f" * 16),
        alarm_with_consent(mailbox="2f" * 16),
    )
    scheduled(desk, case_id)
    set_aside(case_id, "duplicate")
    assert looked(desk, later=2 * DAY) == ""
    assert "Paused: the case is set aside" in desk.client.get(f"/cases/{case_id}/evidence").text
    take_back(case_id)
    assert looked(desk, later=2 * DAY)
    destroy_case(case_id, why=WITHDRAWN, proof="")
    finish_erasure()
    assert not DueLook.objects.filter(case_id=case_id).exists()
    assert not LookFound.objects.filter(case_id=case_id).exists()
    assert looked(desk, later=4 * DAY) == ""

    scheduled(desk, agreed)
    end_consent(agreed, "EVIDENCE")
    assert looked(desk, later=2 * DAY) == ""
    page = desk.client.get(f"/cases/{agreed}/evidence").text
    assert "consent to keeping evidence is over, or was taken back" in page
    scheduled(desk, other)
    assert looked(desk, later=2 * DAY), "of this one nobody took anything back"


def test_a_decision_that_changes_no_look_that_is_due_writes_none_of_them(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import connection, transaction
    from django.test.utils import CaptureQueriesContext

    from safelight.campaigns.case_evidence.models import DueLook
    from safelight.casework.projecting import project

    with_site(desk, monkeypatch)
    [case_id] = desk.take_in(alarm_with_consent())
    scheduled(desk, case_id)

    def written() -> int:
        with CaptureQueriesContext(connection) as asked, transaction.atomic():
            project(case_id)
        told = (one["sql"] for one in asked.captured_queries)
        written = (sql for sql in told if sql.startswith(("INSERT", "UPDATE")))
        return sum(DueLook._meta.db_table in sql for sql in written)

    before = list(DueLook.objects.values())
    assert (len(before), written()) == (1, 0)
    DueLook.objects.update(every_hours=1)
    assert written() == 1
    assert list(DueLook.objects.values()) == before


def test_a_case_for_two_people_is_not_looked_at_by_one_desk(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import transaction

    from safelight.campaigns.case_evidence.models import DueLook
    from safelight.casework.projecting import project
    from safelight.journal.apart import MARKED
    from safelight.journal.chain import append
    from safelight.journal.content_keys import keys_of, set_apart
    from safelight.journal.held_open import hold_open

    site = with_site(desk, monkeypatch)
    [case_id] = desk.take_in(alarm_with_consent())
    scheduled(desk, case_id)
    assert DueLook.objects.count() == 1
    keys = keys_of([case_id])
    monkeypatch.setattr("safelight.casework.team.two_person.settle", lambda *_: None)
    with transaction.atomic():
        append(MARKED, {"first": ["desk-1"], "second": ["desk-2"]}, subject=case_id)
        set_apart([case_id])
        project(case_id)
    assert DueLook.objects.count() == 0
    hold_open(case_id, keys, seconds=60)
    assert looked(desk, later=2 * DAY) == ""
    assert len(site.asked) == 1


def test_without_a_way_out_nothing_is_looked_at_and_today_says_so(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = with_site(desk, monkeypatch)
    [case_id] = desk.take_in(alarm_with_consent())
    scheduled(desk, case_id, ago=3 * DAY)
    (desk.data / "evidence.yaml").unlink()
    assert looked(desk) == ""
    assert "Looks that are due: 1" in desk.client.get("/today/").text
    assert "nothing is looked at" in desk.client.get("/today/").text
    page = desk.client.get(f"/cases/{case_id}/evidence").text
    assert "A look is due, and no way out is chosen" in page
    assert len(site.asked) == 1
    (desk.data / "evidence.yaml").write_text("exit: direct\n")
    assert "They are made one by one" in desk.client.get("/today/").text
    assert looked(desk)


def test_looks_by_themselves_do_not_put_off_the_day_a_case_is_asked_about(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.casework.followup.models import FollowedCase

    with_site(desk, monkeypatch)
    [case_id] = desk.take_in(alarm_with_consent(consent=()))
    scheduled(desk, case_id)
    before = FollowedCase.objects.get(case_id=case_id).review_on
    put_on(monkeypatch, 5 * DAY)
    assert looked(desk, later=5 * DAY)
    assert FollowedCase.objects.get(case_id=case_id).review_on == before
    captured_once(desk, case_id)
    assert FollowedCase.objects.get(case_id=case_id).review_on != before, "what a person does, does"


def test_a_bundle_has_ticked_what_came_and_neither_failures_nor_the_same_again(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.campaigns.case_evidence.deciding import standing

    site = with_site(desk, monkeypatch)
    [case_id] = desk.take_in(alarm_with_consent())
    scheduled(desk, case_id)
    assert looked(desk, later=2 * DAY)
    site.text = "другой"
    captured_once(desk, case_id)
    site.text = None
    captured_once(desk, case_id)
    page = desk.client.get(f"/cases/{case_id}/evidence").text
    first, same, edited, failed = (one.capture for one in standing(case_id)[1].captures)
    ticked = {
        name: f'name="items" value="{name}" checked' in page
        for name in (first, same, edited, failed)
    }
    assert ticked == {first: True, same: False, edited: True, failed: False}
    assert f'name="items" value="{failed}"' in page, "it can be ticked"


def test_times_between_looks_are_never_twice_the_same() -> None:
    """A program that comes each day at nine is known by that."""
    schedule = daily(until=date(2027, 1, 1))
    looks: list[Look] = []
    for _ in range(60):
        due = due_of(schedule, looks)
        assert due is not None
        looks.append(Look(due))
    gaps = [later.asked_at - one.asked_at for one, later in pairwise(looks)]
    assert len(set(gaps)) == len(gaps)
    assert all(0.75 * DAY <= gap <= 1.25 * DAY for gap in gaps)
    assert len({look.asked_at.hour for look in looks}) > 12, "at every hour of the day"


def test_a_week_of_a_site_that_is_away_does_not_fill_the_pages(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import transaction

    from safelight.campaigns.case_evidence.deciding import standing
    from safelight.campaigns.case_evidence.models import LookFound

    site = with_site(desk, monkeypatch)
    [case_id] = desk.take_in(alarm_with_consent())
    scheduled(desk, case_id, number="1", unit="hours")
    site.text = None
    assert looked(desk, later=timedelta(hours=2))
    gone = more_looks(desk, case_id, 24)[10]
    with transaction.atomic():
        LookFound.objects.filter(capture=gone).update(became="removed")
    today = desk.client.get("/today/").text
    section = today.split("Pages that were looked at again")[1].split("</section>")[0]
    assert section.count("<strong>") == 5
    assert gone in section, "what is gone is not among those that are only counted"
    assert "More of this case, not listed here: 20" in section
    page = desk.client.get(f"/cases/{case_id}/evidence").text
    assert "Older ones, listed with the captures:" in page
    unread = page.split("I have read this")[0].split('id="looks"')[1]
    assert unread.count("<strong>") == 20
    read = {"upto": standing(case_id)[1].captures[-1].capture}
    desk.client.post(f"/cases/{case_id}/evidence/looks/read", read)
    read_all = desk.client.get("/today/").text
    assert "Pages that were looked at again" not in read_all, "also those that were only counted"


def more_looks(desk: TestDesk, case_id: str, count: int) -> list[str]:
    """Looks to which no page came, as the desk writes them."""
    from django.db import transaction

    from safelight.campaigns.case_evidence import kinds
    from safelight.campaigns.case_evidence.deciding import standing
    from safelight.casework.projecting import project
    from safelight.journal.chain import append

    [schedule] = standing(case_id)[1].schedules
    names = [f"{n:016x}" for n in range(count)]
    ended = {"state": "FAILED", "final_url": "", "gaps": [], "parts": []}
    with transaction.atomic():
        for name in names:
            begun = {"capture": name, "schedule": schedule.schedule, "before": ""}
            append(kinds.LOOK_BEGUN, {}, subject=case_id, content=begun)
            append(kinds.LOOK_ENDED, {}, subject=case_id, content=ended | {"capture": name})
        project(case_id)
    return names


def test_what_another_desk_captured_is_not_ticked_by_itself(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.campaigns.case_evidence.deciding import ask_capture
    from safelight.desk.backups.new_chain import continue_under

    with_site(desk, monkeypatch)
    [case_id] = desk.take_in(alarm_with_consent())
    other = "https://trap.example/1"
    ask_capture(case_id, other)
    continue_under(desk.data, "desk-9")
    captured_once(desk, case_id)
    page = desk.client.get(f"/cases/{case_id}/evidence").text
    assert f'name="again" value="{LINK}" checked' in page
    assert f'name="again" value="{other}">' in page
