"""Proof of work: each solution pays for one upload, once, at the price of the moment."""

from __future__ import annotations

import itertools
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from safelight.intake import flood_memory, work
from safelight.intake.flood_memory import FloodMemory
from safelight.intake.refusal import RefusedError
from safelight.intake.work import (
    CEILING_BITS,
    LIFETIME,
    REST_BITS,
    UNIT,
    Challenge,
    WorkError,
    check_work,
    new_challenge,
    price_bits,
    solved_work,
)


class Clock:
    """Stands in for the memory's clock."""

    def __init__(self) -> None:
        self.at = 10_000_000.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    memory, moved = FloodMemory(lock_file=None), Clock()
    monkeypatch.setattr(memory, "now", moved)
    monkeypatch.setattr(flood_memory, "_INHERITED", [memory])
    return moved


def refusal(header: str, size: int = 1) -> tuple[int, str]:
    with pytest.raises(RefusedError) as refused:
        check_work(header, size)
    return refused.value.status, refused.value.code


def many(units: int) -> None:
    """Arrivals that were paid for."""
    flood_memory.flood_memory().load(units, half_life=300.0)


def test_a_solution_pays_once(clock: Clock) -> None:
    header = solved_work(new_challenge(), size=1)
    assert check_work(header, 1) == REST_BITS
    assert refusal(header) == (409, "work-spent")


def test_a_solution_is_good_for_an_hour_and_no_longer(clock: Clock) -> None:
    early, late = (solved_work(new_challenge(), size=1) for _ in range(2))
    clock.at += LIFETIME - 1
    assert check_work(early, 1) == REST_BITS
    clock.at += 1
    assert refusal(late) == (410, "work-expired")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda header: "",
        lambda header: header[:-1],
        lambda header: header + " ",
        lambda header: header.replace(f"v1.{REST_BITS}.", "v1.01."),
        lambda header: header.replace("v1.", "v2."),
        lambda header: header.upper(),
        lambda header: header[:-17] + " " + "0" * 16,
        lambda header: header + "\n",
        lambda header: "9" * 100_000,
    ],
)
def test_what_is_no_solution_of_ours_is_refused(clock: Clock, spoil: Callable[[str], str]) -> None:
    header = solved_work(new_challenge(), size=1)
    assert refusal(spoil(header)) == (428, "work-needed")
    assert check_work(header, 1) == REST_BITS, "the refusals cost nothing"


def test_another_servers_challenge_is_refused(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    header = solved_work(new_challenge(), size=1)
    other = FloodMemory(lock_file=None)
    monkeypatch.setattr(other, "now", clock)
    monkeypatch.setattr(flood_memory, "_INHERITED", [other])
    assert refusal(header) == (428, "work-needed")


def test_twice_the_bytes_cost_twice_the_work(clock: Clock) -> None:
    sizes = {0: 8, 1: 8, UNIT: 8, UNIT + 1: 9, 2 * UNIT: 9, 2 * UNIT + 1: 10, 32 * UNIT: 13}
    assert {size: price_bits(size, bits=8, unit=UNIT) for size in sizes} == sizes
    challenge = new_challenge()
    # Enough for one unit, by chance seldom for 32.
    small = next(
        header
        for header in (solved_work(new_challenge(), size=1) for _ in itertools.count())
        if not work._solves(header[:-17], bytes.fromhex(header[-16:]), REST_BITS + 5)
    )
    assert refusal(small, 32 * UNIT) == (428, "work-needed")
    assert check_work(small, UNIT) == REST_BITS
    assert check_work(solved_work(challenge, size=4 * UNIT), 4 * UNIT) == REST_BITS + 2


def test_the_price_follows_what_arrived_lately_and_falls_again(clock: Clock) -> None:
    assert new_challenge().bits == REST_BITS
    many(430)  # as from thirty people with photos, all at once
    assert new_challenge().bits == REST_BITS
    many(430)
    assert new_challenge().bits == REST_BITS + 1
    many(3000)
    assert new_challenge().bits == REST_BITS + 4
    clock.at += 4 * 300
    assert new_challenge().bits == REST_BITS
    many(10**9)
    assert new_challenge().bits == CEILING_BITS


def test_the_operator_says_what_is_calm(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    many(1000)
    assert new_challenge().bits == REST_BITS + 2
    monkeypatch.setenv(work.UPLOADS_AN_HOUR, "36000")
    assert new_challenge().bits == REST_BITS


def test_the_price_rises_as_the_disk_fills(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SAFELIGHT_SERVER_DATA", str(tmp_path))
    mib, bits = 1024 * 1024, []
    for free in (1024 * mib, 1023 * mib, 300 * mib, 100 * mib, 0):
        seen = SimpleNamespace(free=free)
        monkeypatch.setattr(shutil, "disk_usage", lambda _path, seen=seen: seen)
        bits.append(new_challenge().bits - REST_BITS)
    assert bits == [0, 1, 2, 4, CEILING_BITS - REST_BITS]


def test_hoarded_cheap_challenges_are_worth_nothing_when_the_price_has_risen(
    clock: Clock,
) -> None:
    hoarded = [solved_work(new_challenge(), size=1) for _ in range(2)]
    many(800)  # one bit more is forgiven: somebody was computing when it rose
    assert new_challenge().bits == REST_BITS + 1
    assert check_work(hoarded[0], 1) == REST_BITS
    many(800)
    assert new_challenge().bits == REST_BITS + 2
    assert refusal(hoarded[1]) == (428, "work-needed")


def test_at_the_ceiling_no_challenge_is_ever_too_cheap(clock: Clock) -> None:
    many(10**9)
    dear = new_challenge()
    assert dear.bits == CEILING_BITS
    many(10**12)
    assert work._bits_now(flood_memory.flood_memory()) == dear.bits


def test_what_was_spent_is_forgotten_only_after_it_has_expired(clock: Clock) -> None:
    memory, mark = flood_memory.flood_memory(), b"12345678"
    # Expiries on both sides of the border between two tables.
    for ahead in (0, 1, LIFETIME // 2, LIFETIME - 1):
        expiry = int(clock.at) + ahead
        fingerprint = mark[:4] + ahead.to_bytes(4, "big")
        assert memory.spend(fingerprint, expiry=expiry, lifetime=LIFETIME)
        assert not memory.spend(fingerprint, expiry=expiry, lifetime=LIFETIME)
    for minutes in range(0, 180, 7):
        later = clock.at + minutes * 60
        expiry, fingerprint = int(later) + LIFETIME, b"step" + minutes.to_bytes(4, "big")
        assert memory.spend(fingerprint, expiry=expiry, lifetime=LIFETIME)
        assert not memory.spend(fingerprint, expiry=expiry, lifetime=LIFETIME)


def test_one_that_comes_after_its_table_was_given_on_counts_as_spent(clock: Clock) -> None:
    memory, now = flood_memory.flood_memory(), int(clock.at)
    assert memory.spend(b"recently", expiry=now + 2 * LIFETIME, lifetime=LIFETIME)
    assert not memory.spend(b"too late", expiry=now, lifetime=LIFETIME)
    assert not memory.spend(b"recently", expiry=now + 2 * LIFETIME, lifetime=LIFETIME)


def test_a_full_memory_refuses_instead_of_forgetting(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flood_memory, "_FULL", 3)
    spent = [solved_work(new_challenge(), size=1) for _ in range(4)]
    for header in spent[:3]:
        check_work(header, 1)
    assert refusal(spent[3]) == (503, "busy")
    clock.at += LIFETIME
    assert check_work(solved_work(new_challenge(), size=1), 1) == REST_BITS


def test_a_fork_shares_what_was_spent_and_the_price(tmp_path: Path) -> None:
    # Two workers stand side by side while one is renewed.
    with (tmp_path / "lock").open("wb") as lock:
        memory = FloodMemory(lock_file=lock.fileno())
        expiry = int(memory.now()) + 100
        told, tell = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                mine = sum(
                    memory.spend(n.to_bytes(8, "big"), expiry=expiry, lifetime=LIFETIME)
                    for n in range(1, 4001)
                )
                memory.load(5, half_life=300.0)
                os.write(tell, json.dumps(mine).encode())
            finally:
                os._exit(0)
        here = sum(
            memory.spend(n.to_bytes(8, "big"), expiry=expiry, lifetime=LIFETIME)
            for n in range(1, 4001)
        )
        os.waitpid(child, 0)
        there = json.loads(os.read(told, 100))
        assert here + there == 4000, "each was spent by exactly one of the two"
        assert memory.load(0, half_life=300.0) > 4


def test_a_challenge_reads_back_from_its_json_and_nothing_else_does(clock: Clock) -> None:
    challenge = new_challenge()
    assert Challenge.parse(json.dumps(challenge.as_json()).encode()) == challenge
    absurd = challenge.as_json() | {"bits": 40}
    for untrusted in (b"[]", b"{}", b"no JSON", b"[" * 100_000, json.dumps(absurd).encode()):
        with pytest.raises(WorkError, match="expected a challenge of at most 20 bits"):
            Challenge.parse(untrusted)


def test_a_challenge_tells_neither_the_hour_nor_how_long_the_machine_runs() -> None:
    clocks = [FloodMemory(lock_file=None).now() for _ in range(3)]
    assert max(clocks) - min(clocks) > 1000, "each server counts from a moment of its own"
