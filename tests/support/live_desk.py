"""The real desk as a process, listed in the roster of a real server.

with server_and_desk(tmp_path) as (server, desk):
    browser.visit(desk.url)
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from safelight.sealing.roster import Roster, RosterDesk
from tests.support.live_server import Keeper, LiveServer, live_server, today
from tests.support.processes import ended_afterwards

PASSPHRASE = "correct horse battery staple"  # a published example, so nobody's passphrase


@dataclass(frozen=True)
class LiveDesk:
    """A running `safelight desk run`. `url` opens it once."""

    data: Path
    passphrase_file: Path
    url: str


def _safelight(*arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "safelight", *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"safelight {arguments[0]} {arguments[1]}: {done.stderr}")
    return dict(json.loads(done.stdout))


def made_desk(directory: Path, name: str = "desk-1") -> tuple[Path, Path, RosterDesk]:
    """Set up a desk by its command; return its data, passphrase file and line in a roster."""
    directory.mkdir(parents=True, exist_ok=True)
    data, passphrase = directory / "desk", directory / "passphrase"
    passphrase.write_text(PASSPHRASE + "\n", encoding="utf-8")
    passphrase.chmod(0o600)
    public = _safelight(
        *("desk", "init", "--data", str(data), "--name", name),
        *("--passphrase-file", str(passphrase), "--json"),
    )
    listed = RosterDesk(
        name=public["name"],
        recipient=public["recipient"],
        verify_key_hex=public["verify_key"],
        valid_from=today() - timedelta(days=1),
        valid_until=today() + timedelta(days=90),
    )
    return data, passphrase, listed


def keeper_of(*desks: RosterDesk) -> Keeper:
    """A root key and a roster with these desks, whose secrets only the desks have."""
    roster = Roster(
        version=1,
        issued=today() - timedelta(days=1),
        expires=today() + timedelta(days=60),
        desks=desks,
    )
    return Keeper(Ed25519PrivateKey.generate(), (), roster)


@contextlib.contextmanager
def running_desk(
    data: Path, passphrase_file: Path, arguments: Sequence[str] = ()
) -> Iterator[LiveDesk]:
    """Run the desk, unlocked, until the block ends."""
    log = data.parent / "desk-stderr.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "safelight", "desk", "run", "--data", str(data)),
                *("--passphrase-file", str(passphrase_file), "--json", *arguments),
            ],
            stdout=subprocess.PIPE,
            stderr=errors,
            stdin=subprocess.DEVNULL,
        )
        with ended_afterwards(process, seconds=15):
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                raise RuntimeError(f"the desk did not start: {log.read_text(errors='replace')}")
            yield LiveDesk(data, passphrase_file, json.loads(line)["url"])


@contextlib.contextmanager
def server_and_desk(directory: Path) -> Iterator[tuple[LiveServer, LiveDesk]]:
    """A server whose roster lists one desk, and that desk, both running."""
    data, passphrase, listed = made_desk(directory / "caseworker")
    with (
        live_server(directory / "server", keeper=keeper_of(listed)) as server,
        running_desk(
            data,
            passphrase,
            [
                *("--server", server.url, "--roster", str(server.roster_file)),
                *("--root", server.keeper.root_hex),
            ],
        ) as desk,
    ):
        yield server, desk
