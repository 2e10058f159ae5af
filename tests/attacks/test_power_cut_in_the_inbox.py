"""Threat: power-cut-in-the-inbox: The desk dies (power, kill -9, seizure) between any two steps
of fetching and opening; nothing acknowledged is lost, and the next run ends in the same state.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.desk import TestDesk, a_report, desk_in

Fail = Callable[[str], None]


class PowerCutError(Exception):
    """Raised where the power goes; nothing in the program may catch it and go on."""


class PretendServer:
    """Stands in for `MailServer`: holds envelopes until each has been acknowledged."""

    def __init__(self, envelopes: list[bytes], fail: Fail) -> None:
        self.held = {f"{number:016x}": sealed for number, sealed in enumerate(envelopes)}
        self.fail = fail

    def pages(self) -> Any:
        from safelight.casework.mail_server import Page, Waiting

        lines = tuple(
            Waiting(number + 1, name, len(sealed), "0f" * 16, "", None)
            for number, (name, sealed) in enumerate(list(self.held.items()))
        )
        yield Page(lines, (), more=False)

    def sealed_bytes(self, waiting: Any) -> bytes:
        self.fail("before the bytes")
        return self.held[waiting.envelope_id]

    def acknowledge_withdrawals(self, mailboxes: list[str]) -> None:
        pass

    def acknowledge(self, ids: list[str]) -> None:
        self.fail("before the acknowledgement")
        for name in list(ids):
            del self.held[name]
        self.fail("after the acknowledgement")


STEPS = [
    "before the bytes",
    "before the store",
    "after the store",
    "before opening",
    "before the case's entry",
    "after opening",
    "before the acknowledgement",
    "after the acknowledgement",
]


def final_state(desk: TestDesk) -> tuple[list[str], list[tuple[str, str]]]:
    from safelight.casework.cases import report_of
    from safelight.casework.models import Case, ReceivedEnvelope
    from safelight.journal.verifying import verify

    verify()
    return (
        sorted(str(report_of(case).answers["story"]) for case in Case.objects.all()),
        sorted(ReceivedEnvelope.objects.values_list("digest", "state")),
    )


def _wire(monkeypatch: pytest.MonkeyPatch, server: PretendServer, fail: Fail) -> None:
    from safelight.casework import cases, inbox

    real_store, real_open, real_append = inbox._store, inbox._open_one, cases.append

    def store(untrusted: bytes, **more: Any) -> Any:
        fail("before the store")
        result = real_store(untrusted, **more)
        fail("after the store")
        return result

    def open_one(digest: str, identities: Any) -> Any:
        fail("before opening")
        result = real_open(digest, identities)
        fail("after opening")
        return result

    def append(kind: str, body: Any, **more: Any) -> Any:
        if kind == "case.made":
            fail("before the case's entry")
        return real_append(kind, body, **more)

    monkeypatch.setattr(inbox, "MailServer", lambda *_: server)
    monkeypatch.setattr(inbox, "_store", store)
    monkeypatch.setattr(inbox, "_open_one", open_one)
    monkeypatch.setattr(cases, "append", append)


@pytest.mark.parametrize("nth", [1, 2])
@pytest.mark.parametrize("step", STEPS)
def test_a_cut_at_any_step_ends_in_the_same_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, nth: int
) -> None:
    with desk_in(tmp_path / "desk") as desk:
        from safelight.casework import inbox

        monkeypatch.setattr(inbox, "_ACKNOWLEDGE_AT_ONCE", 2)
        stories = [f"report {number}" for number in range(4)]
        envelopes = [desk.sealed(a_report(answers={"story": story})) for story in stories]
        envelopes[2] = envelopes[2][:-9] + bytes(9)  # one of them is damaged
        armed, seen = True, 0

        def fail(here: str) -> None:
            nonlocal armed, seen
            if armed and here == step:
                seen += 1
                if seen == nth:
                    armed = False
                    raise PowerCutError

        server = PretendServer(envelopes, fail)
        _wire(monkeypatch, server, fail)
        with pytest.raises(PowerCutError):
            inbox.fetch("http://127.0.0.1:1")
        here = set(inbox.ReceivedEnvelope.objects.values_list("digest", flat=True))
        assert len(here) + len(server.held) >= len(envelopes), "lost on both sides"
        inbox.fetch("http://127.0.0.1:1")
        assert server.held == {}
        cases, states = final_state(desk)
        assert cases == ["report 0", "report 1", "report 3"]
        assert [state for _, state in states].count("opened") == 3
        assert [state for _, state in states].count("set-aside") == 1


# A real kill -9, in a process of its own, right after the sealed bytes were committed.
KILLED = """
import os, signal, sys
from pathlib import Path
from safelight.desk.django_start import start_django
start_django()
from safelight.desk.sqlcipher import held_key
held_key.hold(Path(sys.argv[1]) / "desk.db", bytes.fromhex(sys.stdin.readline().strip()))
from safelight.casework import inbox
inbox._open_one = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
inbox.take_in(path.read_bytes() for path in sorted(Path(sys.argv[2]).iterdir()))
"""


def test_a_killed_process_loses_nothing_it_had_stored(tmp_path: Path) -> None:
    with desk_in(tmp_path / "desk") as desk:
        from safelight.casework.arrivals import Arrivals
        from safelight.casework.inbox import open_stored
        from safelight.desk.sqlcipher.held_key import held_key

        stick = tmp_path / "stick"
        stick.mkdir()
        for number in range(3):
            sealed = desk.sealed(a_report(answers={"story": f"report {number}"}))
            (stick / f"{number}.age").write_bytes(sealed)
        killed = subprocess.run(
            [sys.executable, "-c", KILLED, str(desk.data), str(stick)],
            input=bytes(held_key().key).hex() + "\n",
            text=True,
            capture_output=True,
            check=False,
            timeout=60,
            env=dict(os.environ),
        )
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        for file in stick.iterdir():
            file.unlink()
        assert open_stored() == Arrivals(cases=3)
        assert final_state(desk)[0] == ["report 0", "report 1", "report 2"]
