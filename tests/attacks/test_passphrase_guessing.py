"""Threat: passphrase-guessing: Somebody at the unlock page, or with a copied key file, tries
passphrases; each guess costs memory and time, weakened parameters unwrap nothing, and parallel
tabs gain nothing.
"""

from __future__ import annotations

import json
import threading

import pytest

from safelight.desk.key_file import (
    PRODUCTION_COST,
    WrongPassphraseError,
    unwrapped_key,
    write_key_file,
)
from tests.support.desk import CHEAP, PASSPHRASE, TestDesk, desk

__all__ = ["desk"]


def test_each_wrong_guess_at_the_page_waits_longer_up_to_half_a_minute(desk: TestDesk) -> None:
    waits: list[float] = []
    desk.launch.pause = waits.append
    desk.client.post("/lock")
    for _ in range(8):
        assert desk.client.post("/unlock", {"passphrase": "a wrong guess"}).status_code == 403
    assert waits == [1, 2, 4, 8, 16, 30, 30]
    assert desk.client.post("/unlock", {"passphrase": PASSPHRASE}).status_code == 302
    assert desk.launch.failed_unlocks == 0


def test_guesses_in_parallel_tabs_stand_in_line(desk: TestDesk) -> None:
    from django.db import connections

    inside, most = 0, 0

    def pause(_: float) -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        threading.Event().wait(0.02)
        inside -= 1

    desk.client.post("/lock")
    desk.launch.failed_unlocks = 1
    desk.launch.pause = pause

    def guess() -> None:
        client = desk.stranger()
        client.cookies = desk.client.cookies
        client.post("/unlock", {"passphrase": "a wrong guess"})
        connections.close_all()

    tabs = [threading.Thread(target=guess) for _ in range(5)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert most == 1
    assert desk.launch.failed_unlocks == 6


@pytest.mark.parametrize(
    "weakened", [{"memory_kib": 32}, {"passes": 1}, {"lanes": 1}, {"salt": "00" * 16}]
)
def test_a_key_file_with_weakened_parameters_does_not_open(
    desk: TestDesk, weakened: dict[str, object]
) -> None:
    cost = type(CHEAP)(memory_kib=64, passes=2, lanes=2)
    write_key_file(desk.files.key_file, bytes(32), PASSPHRASE, cost=cost)
    assert unwrapped_key(desk.files.key_file, PASSPHRASE) == bytes(32)
    document = json.loads(desk.files.key_file.read_text())
    document["kdf"] |= weakened
    desk.files.key_file.write_text(json.dumps(document))
    with pytest.raises(WrongPassphraseError):
        unwrapped_key(desk.files.key_file, PASSPHRASE)


def test_what_people_use_costs_at_least_64_mib_and_three_passes(desk: TestDesk) -> None:
    import inspect

    from safelight.desk import command

    assert PRODUCTION_COST.memory_kib >= 64 * 1024
    assert PRODUCTION_COST.passes >= 3
    assert "cost=PRODUCTION_COST" in inspect.getsource(command.init.callback)  # type: ignore[arg-type]
