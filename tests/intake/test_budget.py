"""Forms without script: taken at once while the budget lasts, then one after the other."""

from __future__ import annotations

import pytest

from safelight.intake import budget, flood_memory
from safelight.intake.budget import Admitted, Wait, admitted
from safelight.intake.flood_memory import FloodMemory
from tests.intake.test_work import Clock

AT_ONCE = 60
EACH = 60  # seconds for one form: the operator's option is 60 an hour


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    memory, moved = FloodMemory(lock_file=None), Clock()
    monkeypatch.setattr(memory, "now", moved)
    monkeypatch.setattr(flood_memory, "_INHERITED", [memory])
    monkeypatch.setenv(budget.FORMS_AN_HOUR, "60")
    return moved


def ask(ticket: str | None = None, *, size: int = 0) -> Admitted | Wait:
    return admitted(ticket, size=size)


def spend_all() -> None:
    for _ in range(AT_ONCE):
        assert ask() == Admitted()


def waits(decided: Admitted | Wait) -> Wait:
    assert isinstance(decided, Wait)
    return decided


def test_what_the_budget_holds_is_taken_at_once_and_the_next_waits(clock: Clock) -> None:
    spend_all()
    first, second = waits(ask()), waits(ask())
    assert (first.minutes, second.minutes) == (1, 2)


def test_a_ticket_is_taken_at_its_time_and_before_newcomers(clock: Clock) -> None:
    spend_all()
    held = [waits(ask()) for _ in range(5)]
    for minutes, mine in enumerate(held, start=1):
        assert mine.minutes == minutes
        clock.at += EACH - 1
        # Too early: the same place, and how long it still takes.
        assert ask(mine.ticket) == Wait(1, mine.ticket)
        clock.at += 1
        newcomer = waits(ask())
        assert newcomer.minutes >= len(held) - minutes + 1
        assert ask(mine.ticket) == Admitted()


def test_a_ticket_is_taken_once(clock: Clock) -> None:
    spend_all()
    mine = waits(ask())
    clock.at += EACH
    assert ask(mine.ticket) == Admitted()
    assert waits(ask(mine.ticket)).ticket != mine.ticket


def test_a_place_is_kept_for_half_an_hour(clock: Clock) -> None:
    spend_all()
    early, late = waits(ask()), waits(ask())
    clock.at += 2 * EACH + 1700
    spent = [ask() for _ in range(AT_ONCE)]
    assert any(isinstance(one, Wait) for one in spent)
    assert ask(late.ticket) == Admitted()
    clock.at += 200
    for _ in range(AT_ONCE):
        ask()
    assert isinstance(ask(early.ticket), Wait)


def test_a_forged_ticket_is_worth_nothing(clock: Clock) -> None:
    spend_all()
    mine = waits(ask())
    version, begins, cost, random, mac = mine.ticket.split(".")
    for forged in (
        "",
        "x" * 100_000,
        mine.ticket + "\n",
        ".".join([version, str(int(begins) - 3600), cost, random, mac]),
        ".".join([version, begins, cost, "0" * 16, mac]),
        ".".join([version, begins, "000", random, mac]),
    ):
        assert waits(ask(forged)).ticket != mine.ticket
    clock.at += EACH
    assert ask(mine.ticket) == Admitted()


def test_the_queue_ends_at_half_an_hour_and_gives_no_place_beyond(clock: Clock) -> None:
    spend_all()
    held = [waits(ask()) for _ in range(30)]
    assert held[-1].minutes == 30
    assert all(one.ticket for one in held)
    beyond = [waits(ask()) for _ in range(100)]
    assert {(one.minutes, one.ticket) for one in beyond} == {(30, "")}
    # Asking without a place lengthens nothing: the next place is free when one was served.
    clock.at += EACH
    assert waits(ask()).ticket


def test_an_empty_queue_fills_the_budget_again(clock: Clock) -> None:
    spend_all()
    clock.at += AT_ONCE * EACH
    spend_all()
    assert isinstance(ask(), Wait)


def test_bytes_count_as_forms(clock: Clock) -> None:
    for _ in range(AT_ONCE // 5):
        assert ask(size=2 * 1024 * 1024) == Admitted()
    assert isinstance(ask(), Wait)


def test_files_added_after_the_place_was_given_are_counted_too(clock: Clock) -> None:
    spend_all()
    mine = waits(ask())
    before = waits(ask()).minutes
    clock.at += EACH
    assert ask(mine.ticket, size=4 * 1024 * 1024) == Admitted()
    assert waits(ask()).minutes == before + 8


def test_thirty_people_with_photos_are_all_taken_at_once_with_the_defaults(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(budget.FORMS_AN_HOUR)
    assert [ask(size=2 * 1024 * 1024) for _ in range(30)] == [Admitted()] * 30


def test_a_ticket_tells_nothing_about_who_waits(clock: Clock) -> None:
    spend_all()
    version, begins, cost, random, mac = waits(ask(size=0)).ticket.split(".")
    assert (version, cost, len(random), len(mac)) == ("v1", "1", 16, 32)
    assert int(begins) == clock.at + EACH
