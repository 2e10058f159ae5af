"""The demo with its two programs running: a real server, a real desk, a made-up country."""

from __future__ import annotations

import http.client
import os
import re
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Final

from safelight.demo.children import Child, ChildError, free_port
from safelight.demo.folder import claimed_folder
from safelight.demo.keys import (
    PASSPHRASE,
    REVIEWER,
    REVIEWER_PASSPHRASE,
    DemoRoster,
    write_passphrase,
)
from safelight.demo.once import OWN_ENTRIES, SITE, Outcome, make_keys, publish, truth_name
from safelight.demo.progress import Progress
from safelight.demo.sending import deposit, sealed, send_without_script
from safelight.demo.simulation import Simulation, simulate
from safelight.demo.smear_alarm import alarm, allow_captures, posts_served, this_day
from safelight.demo.telling import Telling

# A busy or old machine takes a minute; a program that ends by itself is noticed at once.
_START_SECONDS: Final = 180.0
_LAUNCH_URL: Final = re.compile(r"http://127\.0\.0\.1:[0-9]+/open/\S+")
_ENDING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_LIVE_ENTRIES: Final = ("server", "desk", "roster.json", "passphrase")
# Left for the visitor: on the server, and in the desk's inbox without codes.
_LEFT_ON_SERVER: Final = 3
_LEFT_UNCODED: Final = 5
_ALARMS: Final = 1
# Sent through the plain form, as browsers without JavaScript do.
_WITHOUT_SCRIPT: Final = 4


@dataclass(frozen=True)
class Addresses:
    """Where the visitor goes: `desk` opens once."""

    server: str
    desk: str


@dataclass(frozen=True)
class Running:
    """Both programs, where they are, and what was published on the way."""

    addresses: Addresses
    children: tuple[Child, Child]
    outcome: Outcome

    def facts(self) -> dict[str, Any]:
        """For `--json`."""
        return self.outcome.facts() | {
            "server": self.addresses.server,
            "desk": self.addresses.desk,
            "waiting_on_server": _LEFT_ON_SERVER + _ALARMS,
            "waiting_in_inbox": _LEFT_UNCODED,
            "processes": {child.name: child.process_id for child in self.children},
        }

    def addresses_said(self, progress: Progress) -> list[str]:
        """The two addresses, each on a line of its own."""
        return [
            progress.say("ready"),
            f"  {self.addresses.server}   {progress.say('reporter_page')}",
            f"  {self.addresses.desk}   {progress.say('desk_page')}",
        ]

    def what_to_try(self, progress: Progress) -> str:
        return progress.say(
            "try_it",
            waiting=_LEFT_ON_SERVER + _ALARMS,
            uncoded=_LEFT_UNCODED,
            site=self.outcome.out / SITE / "index.html",
            truth=self.outcome.out / truth_name(progress.language),
            passphrase=PASSPHRASE,
            reviewer=REVIEWER,
            reviewer_passphrase=REVIEWER_PASSPHRASE,
        )


@contextmanager
def running_demo(
    data: Path,
    *,
    seed: int,
    size: str,
    port_server: int,
    port_desk: int,
    progress: Progress,
) -> Iterator[Running]:
    """Set everything up, yield what runs, and stop both programs on leaving."""
    with claimed_folder(data, (*OWN_ENTRIES, *_LIVE_ENTRIES)), ExitStack() as stack:
        with progress.step("country", seed=seed, size=size):
            simulation = simulate(seed, size)
        with progress.step("keys"):
            roster = make_keys(data)
            write_passphrase(data / "passphrase")
        port = free_port(port_server)
        with progress.step("server"):
            server = _started("server", _serve_arguments(data, roster, port), stack)
            server.answers(lambda: _answers(port, "/"), timeout=_START_SECONDS)
        outcome = _fill(data, simulation, roster, port, progress)
        place = stack.enter_context(posts_served())
        allow_captures(data / "desk", place)
        about = alarm(roster.recipients, place=place, language=progress.language, today=this_day())
        deposit(port, about)
        with progress.step("desk"):
            arguments = _desk_arguments(
                data, roster, port, free_port(max(port_desk, port + 1)), progress.language
            )
            desk = _started("desk", arguments, stack)
            url = desk.said(_LAUNCH_URL, timeout=_START_SECONDS)
        page = f"http://127.0.0.1:{port}/{progress.language}/"
        yield Running(Addresses(page, url), (server, desk), outcome)


def _fill(
    data: Path, simulation: Simulation, roster: DemoRoster, port: int, progress: Progress
) -> Outcome:
    """Send nearly everything, work through it on the desk, publish; then send the rest."""
    first, last = simulation.tellings[:-_LEFT_ON_SERVER], simulation.tellings[-_LEFT_ON_SERVER:]
    with progress.step("deposit", reports=len(first)):
        _send(port, first, roster)
    outcome = publish(
        data,
        simulation,
        desk=data / "desk",
        source=f"http://127.0.0.1:{port}",
        sent=len(first),
        leave_uncoded=_LEFT_UNCODED,
        progress=progress,
        letters=lambda: _letters(port, roster),
    )
    for telling in last:
        deposit(port, sealed(telling, roster.recipients))
    return outcome


def _letters(port: int, roster: DemoRoster) -> None:
    # Models can be imported only once the desk is unlocked.
    from safelight.demo.letters import letters_come_and_are_answered  # noqa: PLC0415

    letters_come_and_are_answered(port, roster)


def _send(port: int, tellings: tuple[Telling, ...], roster: DemoRoster) -> None:
    for place, telling in enumerate(tellings):
        if place < _WITHOUT_SCRIPT:
            send_without_script(port, telling)
        else:
            deposit(port, sealed(telling, roster.recipients))


def _serve_arguments(data: Path, roster: DemoRoster, port: int) -> list[str]:
    return [
        *("serve", "--data", str(data / "server"), "--roster", str(roster.file)),
        *("--root", roster.root_hex, "--port", str(port)),
    ]


def _desk_arguments(
    data: Path, roster: DemoRoster, server_port: int, port: int, language: str
) -> list[str]:
    return [
        *("desk", "run", "--demo", "--data", str(data / "desk"), "--port", str(port)),
        *("--server", f"http://127.0.0.1:{server_port}", "--roster", str(roster.file)),
        *("--root", roster.root_hex, "--passphrase-file", str(data / "passphrase")),
        *("--language", language),
    ]


def _started(name: str, arguments: list[str], stack: ExitStack) -> Child:
    # This process has entered the desk's Django project; the children choose their own.
    environment = {key: os.environ[key] for key in os.environ if key != "DJANGO_SETTINGS_MODULE"}
    child = Child(name, arguments, environment)
    stack.callback(child.stop)
    return child


def _answers(port: int, path: str, *, timeout: float = 5.0) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", path)
        return connection.getresponse().status < http.client.BAD_REQUEST
    except OSError:
        return False
    finally:
        connection.close()


def check_addresses(addresses: Addresses) -> None:
    """Fetch both; raises `ChildError` unless both answer. Uses up the desk's address."""
    for url in (addresses.server, addresses.desk):
        port, path = re.sub(r"^http://127\.0\.0\.1:", "", url).split("/", 1)
        if not _answers(int(port), f"/{path}", timeout=_START_SECONDS):
            raise ChildError(f"the address on port {port} was announced but does not answer")


def wait_for_the_end(children: tuple[Child, Child]) -> None:
    """Return when somebody ends the demo; raise `ChildError` when a program ends by itself."""
    try:
        while True:
            for child in children:
                child.check_running()
            time.sleep(0.3)
    except KeyboardInterrupt:
        return


@contextmanager
def ending_on_signals() -> Iterator[None]:
    """A closed terminal or a `kill` ends the demo as Ctrl-C does, so that no child is left.

    SIGINT as well: a shell that starts a program in the background has it ignored.
    """

    def end(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {name: signal.signal(name, end) for name in _ENDING}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
