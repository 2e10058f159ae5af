"""Shifts: two hours at a stretch, twelve in seven days, whatever one begins and forgets to end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safelight.casework.letters.shifts import WEEK, Limits, shift_now, shifts_of, worked
from tests.casework.letters.writing import ROOT_HEX, a_letter, policy, signed_rules
from tests.support.desk import TestDesk, desk_in

USUAL = Limits(shift=120, week=720, rest=30)
BEGIN = datetime(2026, 3, 14, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def at(minutes: int) -> datetime:
    return BEGIN + minutes * MINUTE


def test_a_shift_that_nobody_ends_is_over_after_two_hours_and_a_break_gives_the_next() -> None:
    marks = [(BEGIN, True)]
    assert shift_now(marks, at(119), limits=USUAL).left == MINUTE
    over = shift_now(marks, at(120), limits=USUAL)
    assert not over.is_running
    assert (over.may_begin, over.next_minutes) == (at(150), 120)


def test_ending_and_beginning_again_at_once_makes_no_second_shift() -> None:
    marks = [(BEGIN, True), (at(110), False), (at(115), True)]
    assert shift_now(marks, at(124), limits=USUAL).left == MINUTE
    assert not shift_now(marks, at(125), limits=USUAL).is_running
    rested = [*marks[:2], (at(140), True)]
    assert shift_now(rested, at(141), limits=USUAL).left == 119 * MINUTE


def test_twelve_hours_in_seven_days_are_the_most_and_the_page_says_when_it_goes_on() -> None:
    marks = [(at(24 * 60 * day), True) for day in range(6)]
    now = shift_now(marks, at(24 * 60 * 6), limits=USUAL)
    assert now.week == timedelta(hours=12)
    assert not now.is_running
    assert now.may_begin == BEGIN + WEEK + 15 * MINUTE
    assert now.next_minutes == 15
    assert shifts_of([*marks, (at(24 * 60 * 6), True)], limits=USUAL) == shifts_of(
        marks, limits=USUAL
    )


@settings(max_examples=80)
@given(
    st.lists(st.tuples(st.integers(0, 9 * 24 * 60), st.booleans()), max_size=60),
    st.integers(0, 10 * 24 * 60),
)
def test_nobody_works_more_than_the_limits_whatever_is_pressed(
    presses: list[tuple[int, bool]], moment: int
) -> None:
    marks = [(at(minute), begins) for minute, begins in sorted(presses)]
    shifts = shifts_of(marks, limits=USUAL)
    assert worked(shifts, at(moment)) <= timedelta(hours=12)
    stretch, before = timedelta(), None
    for shift in shifts:
        if before is not None and shift.begun - before >= timedelta(minutes=30):
            stretch = timedelta()
        stretch, before = stretch + (shift.ended - shift.begun), shift.ended
        assert stretch <= timedelta(hours=2)


def test_work_on_letters_needs_a_shift_and_what_protects_people_does_not(desk: TestDesk) -> None:
    from safelight.casework.letters import answering, on_shift

    (case_id,) = desk.take_in(a_letter())
    with pytest.raises(on_shift.ShiftError, match="no shift runs"):
        answering.take(case_id, seen_with="", policy=policy())
    on_shift.begin_shift(policy())
    answering.take(case_id, seen_with="", policy=policy())
    on_shift.end_shift(policy())
    entry = answering.draft(case_id, text="черновик", status="")
    with pytest.raises(on_shift.ShiftError):
        answering.offer(case_id, entry=entry, policy=policy())
    answering.escalate(case_id, sign="danger-to-life", note="", policy=policy(), language="en")
    answering.hand_over(case_id, to="", urgent=True, note="")


def test_a_shift_that_is_used_up_is_refused_with_the_time_of_the_next(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.casework.letters import on_shift

    short = policy(shift_minutes=5, week_minutes=5)
    on_shift.begin_shift(short)
    assert on_shift.own_shift(short).is_running
    later = datetime.now(UTC) + timedelta(minutes=6)
    assert not on_shift.own_shift(short, later).is_running

    class Later(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:
            return later

    monkeypatch.setattr(on_shift, "datetime", Later)
    with pytest.raises(on_shift.ShiftError, match=r"nobody burns out\. The next may begin on"):
        on_shift.begin_shift(short)


def test_the_page_begins_and_ends_a_shift_under_the_signed_rules(tmp_path: object) -> None:
    from pathlib import Path

    from django.core.files.uploadedfile import SimpleUploadedFile

    with desk_in(Path(str(tmp_path)) / "d", root=ROOT_HEX) as desk:
        file = SimpleUploadedFile("rules", signed_rules(shift_minutes=45))
        assert desk.client.post("/letters/rules", {"rules": file}).status_code == 302
        assert "Minutes at most: 45" in desk.client.get("/letters/").text
        desk.client.post("/letters/shift", {"shift": "begin"})
        assert "Minutes left:" in desk.client.get("/letters/").text
        desk.client.post("/letters/shift", {"shift": "end"})
        assert "Begin a shift" in desk.client.get("/letters/").text
