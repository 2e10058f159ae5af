"""Threat: paid-flood: Ten thousand junk deposits an hour whose work was paid do not stop a real
one: the price rises only as far as an old phone can pay, and thirty people behind one
address pay no more than anybody.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from safelight.intake import flood_memory, work
from safelight.intake.flood_memory import FloodMemory
from safelight.intake.work import (
    CEILING_BITS,
    REST_BITS,
    Challenge,
    check_work,
    new_challenge,
    solved_work,
)
from tests.intake.test_work import Clock
from tests.support.live_server import live_server

JUNK_AN_HOUR = 10_000


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    memory, moved = FloodMemory(lock_file=None), Clock()
    monkeypatch.setattr(memory, "now", moved)
    monkeypatch.setattr(flood_memory, "_INHERITED", [memory])
    # Only the computing is taken out: prices stand six bits lower.
    monkeypatch.setenv(work.WORK_BITS, str(REST_BITS - 9))
    return moved


def test_through_an_hour_of_ten_thousand_the_price_stays_within_reach(clock: Clock) -> None:
    rises = []
    for number in range(JUNK_AN_HOUR):
        clock.at += 3600 / JUNK_AN_HOUR
        challenge = new_challenge()
        check_work(solved_work(challenge, size=1), 1)
        if number % 500 == 0:
            rises.append(challenge.bits - (REST_BITS - 9))
            assert check_work(solved_work(new_challenge(), size=1), 1) >= challenge.bits
    # Four times the price of a calm day: a quarter of a minute for the slowest phone.
    assert rises[0] == 0
    assert max(rises) == 2
    assert REST_BITS + max(rises) < CEILING_BITS
    clock.at += 1800
    assert new_challenge().bits == REST_BITS - 9


def test_thirty_people_behind_one_address_pay_the_price_of_a_calm_day(clock: Clock) -> None:
    # A training room: each a report and a photo, within ten minutes.
    for _ in range(30):
        clock.at += 20
        for size in (32 * 1024, *[work.UNIT] * 4):
            challenge = new_challenge()
            assert challenge.bits == REST_BITS - 9
            check_work(solved_work(challenge, size=size), size)


@pytest.mark.live
def test_real_reports_come_through_while_junk_is_paid_for(tmp_path: Path) -> None:
    rest = ("--uploads-an-hour", "600")
    with live_server(tmp_path, work_bits=2, arguments=rest) as server:
        junk = server.sealed(b"junk")
        stop, statuses = threading.Event(), []

        def flood() -> None:
            while not stop.is_set():
                statuses.append(server.deposit(junk)[0].status)

        flooding = [threading.Thread(target=flood) for _ in range(4)]
        for thread in flooding:
            thread.start()
        try:
            while len(statuses) < 150:
                time.sleep(0.05)
            begun, real = time.monotonic(), []
            for _ in range(3):
                answer, receipt = server.deposit(server.sealed(b"real"))
                real.append(receipt.mailbox_id.hex())
                assert answer.status == 201
            took = time.monotonic() - begun
            price = Challenge.parse(server.request("GET", "/work").body).bits
        finally:
            stop.set()
            for thread in flooding:
                thread.join()
        assert took < 15
        # Each bit doubles what the flooder pays; a challenge that was overtaken is refused.
        assert price >= 4
        assert set(statuses) <= {201, 428}
        listed = {one["mailbox"] for one in server.listed(server.keeper.desks[0])}
        assert set(real) <= listed
