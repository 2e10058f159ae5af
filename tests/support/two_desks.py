"""Two desks of one team, each with its database; `sit` works at one of them.

def test_something(team: TwoDesks) -> None:
    team.sit(2); …; team.exchange()
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.desk import CHEAP, PASSPHRASE, TestDesk, desk_in


class TwoDesks:
    """`first` is the usual desk of tests; the second is called desk-2. More can be added."""

    def __init__(self, first: TestDesk, folder: Path) -> None:
        from safelight.desk.sqlcipher import held_key
        from safelight.journal.exchange import enrol

        self.first = first
        self.folder = folder
        self.keys: list[tuple[Path, bytes]] = [
            (first.files.database, bytes(held_key.held_key().key))
        ]
        self.verify_keys = [first.verify_key]
        self.names = ["desk-1"]
        self.recipients = [first.recipient]
        self.add("desk-2")
        self.sit(2)
        enrol("desk-1", self.verify_keys[0])
        self.sit(1)
        enrol("desk-2", self.verify_keys[1])

    def add(self, name: str) -> int:
        """Make another desk, known to nobody yet; return its number."""
        from safelight.desk.key_file import unwrapped_key
        from safelight.desk.setting_up import set_up

        data = self.folder / name
        public = set_up(data, name, PASSPHRASE, cost=CHEAP)
        return self.adopt(data, public, unwrapped_key(data / "desk.key.json", PASSPHRASE))

    def adopt(self, data: Path, public: Any, key: bytes) -> int:
        """Count in a desk that was made otherwise (restored); return its number."""
        self.keys.append((data / "desk.db", key))
        self.verify_keys.append(public.verify_key)
        self.names.append(public.name)
        self.recipients.append(public.recipient)
        return len(self.keys)

    def sit(self, at: int) -> None:
        """Work at desk number `at`, from 1."""
        from django.db import connections

        from safelight.desk.sqlcipher import held_key

        connections.close_all()
        held_key.hold(*self.keys[at - 1])

    def enrol(self, *numbers: int) -> None:
        """Let these desks know one another's keys."""
        from safelight.journal.exchange import enrol

        for at in numbers:
            self.sit(at)
            for other in numbers:
                if other != at:
                    enrol(self.names[other - 1], self.verify_keys[other - 1])

    def send(self, sender: int, receiver: int) -> Any:
        """Carry one batch; return what it did."""
        from safelight.casework.colleagues import take_in_batch
        from safelight.journal.batch import Batch
        from safelight.journal.exchange import batch_for, held_ends

        self.sit(receiver)
        ends = held_ends()
        self.sit(sender)
        carried = batch_for(ends).to_bytes()
        self.sit(receiver)
        return take_in_batch(Batch.parse(carried))

    def exchange(self, one: int = 1, other: int = 2) -> None:
        """Both hear each other; ends at desk `one`."""
        self.send(one, other)
        self.send(other, one)
        self.send(one, other)
        self.sit(one)


@pytest.fixture
def team(tmp_path: Path) -> Iterator[TwoDesks]:
    """Two desks in this test's temporary directory, working at the first."""
    with desk_in(tmp_path / "desk") as first:
        yield TwoDesks(first, tmp_path)
