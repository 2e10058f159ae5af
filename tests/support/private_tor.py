"""A whole Tor network on loopback, so that the onion service is tried for real.

    with private_tor(tmp_path) as network:
        onion = network.publish(torrc_lines)      # a host with its own hidden service
        proxy = network.socks_port                # a client for browsers

One directory authority, relays, an onion host and a client, each the same `tor` that an
operator runs, in the mode that tor(1) calls TestingTorNetwork: short voting intervals,
private addresses allowed. Nothing of it knows or reaches the public network.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.processes import free_port

_RELAYS = 4
# A consensus takes about 20 s, a descriptor about as long; a busy machine needs more.
_PATIENCE_SECONDS = 180.0


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed; `make system-packages` installs it")
    return found


@dataclass
class PrivateTor:
    """A running network. `socks_port` is the client's, which a browser uses as its proxy."""

    directory: Path
    authority: str = ""
    socks_port: int = 0
    _running: list[subprocess.Popen[bytes]] = field(default_factory=list, repr=False)

    def start(self) -> None:
        """Start authority, relays and client; return when the client has built a circuit."""
        self._start_authority()
        for number in range(_RELAYS):
            self._run(
                f"relay{number}",
                [f"ORPort 127.0.0.1:{free_port()}", f"Nickname relay{number}", "ExitRelay 0"],
            )
        self.socks_port = free_port()
        self._run("client", [f"SocksPort 127.0.0.1:{self.socks_port}", "ClientOnly 1"])
        self._wait_for("client", "Bootstrapped 100%")

    def publish(self, service_lines: Sequence[str], service_directory: Path) -> str:
        """Start a host with `service_lines` of a torrc; return its .onion name once published."""
        self._run("host", list(service_lines))
        self._wait_for("host", "Bootstrapped 100%")
        name_file = service_directory / "hostname"
        self._wait(name_file.is_file, "the onion host made no name")
        return name_file.read_text("ascii").strip()

    def logs(self) -> str:
        return "".join(
            f"--- {log.parent.name}\n{log.read_text('utf-8', errors='replace')[-2000:]}"
            for log in sorted(self.directory.glob("*/log"))
        )

    def stop(self) -> None:
        for process in self._running:
            process.terminate()
        for process in self._running:
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _start_authority(self) -> None:
        place = self.directory / "authority"
        keys = place / "keys"
        keys.mkdir(parents=True, mode=0o700)
        place.chmod(0o700)
        dir_port, or_port = free_port(), free_port()
        subprocess.run(
            [
                _program("tor-gencert"),
                "--create-identity-key",
                "-m",
                "12",
                "-a",
                f"127.0.0.1:{dir_port}",
                "--passphrase-fd",
                "0",
            ],
            cwd=keys,
            input=b"a network that lives for a minute\n",
            capture_output=True,
            check=True,
        )
        certificate = (keys / "authority_certificate").read_text("ascii")
        identity = re.search(r"^fingerprint ([0-9A-F]{40})$", certificate, re.MULTILINE)
        assert identity is not None
        own = [
            f"ORPort 127.0.0.1:{or_port}",
            f"DirPort 127.0.0.1:{dir_port}",
            "Nickname authority",
            "AuthoritativeDirectory 1",
            "V3AuthoritativeDirectory 1",
            "ContactInfo nobody@localhost",
            "ExitRelay 0",
            "TestingV3AuthInitialVotingInterval 5",
            "TestingV3AuthInitialVoteDelay 2",
            "TestingV3AuthInitialDistDelay 2",
            "V3AuthVotingInterval 10",
            "V3AuthVoteDelay 2",
            "V3AuthDistDelay 2",
            "TestingMinTimeToReportBandwidth 0",
            "TestingDirAuthVoteExit *",
            "TestingDirAuthVoteHSDir *",
            "TestingDirAuthVoteGuard *",
            "MinUptimeHidServDirectoryV2 0",
        ]
        torrc = self._torrc("authority", own)
        # The relay's own fingerprint is known only after its keys exist.
        listed = subprocess.run(
            [
                *(_program("tor"), "-f", str(torrc), "--list-fingerprint", "--quiet"),
                *("--DirAuthority", f"authority 127.0.0.1:{dir_port} {'A' * 40}"),
            ],
            capture_output=True,
            text=True,
            check=True,
        )
        fingerprint = "".join(listed.stdout.split()[1:])
        self.authority = (
            f"DirAuthority authority orport={or_port} v3ident={identity.group(1)} "
            f"127.0.0.1:{dir_port} {fingerprint}"
        )
        self._run("authority", own)

    def _torrc(self, name: str, lines: Sequence[str]) -> Path:
        place = self.directory / name
        place.mkdir(exist_ok=True, mode=0o700)
        common = [
            "TestingTorNetwork 1",
            f"DataDirectory {place}",
            f"Log notice file {place / 'log'}",
            "Address 127.0.0.1",
            "AssumeReachable 1",
            "PathsNeededToBuildCircuits 0.25",
            "ShutdownWaitLength 0",
            # Nobody may take 9050, where the machine's own tor may listen.
            *([] if any(line.startswith("SocksPort") for line in lines) else ["SocksPort 0"]),
        ]
        if self.authority:
            common.append(self.authority)
        torrc = place / "torrc"
        torrc.write_text("\n".join([*common, *lines]) + "\n", "ascii")
        return torrc

    def _run(self, name: str, lines: Sequence[str]) -> None:
        torrc = self._torrc(name, lines)
        self._running.append(
            subprocess.Popen(
                [_program("tor"), "-f", str(torrc), "--defaults-torrc", "/dev/null", "--quiet"],
                stdin=subprocess.DEVNULL,
            )
        )

    def _wait_for(self, name: str, sentence: str) -> None:
        log = self.directory / name / "log"
        self._wait(
            lambda: log.is_file() and sentence in log.read_text("utf-8", errors="replace"),
            f"{name} never said {sentence!r}",
        )

    def _wait(self, done: object, otherwise: str) -> None:
        assert callable(done)
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not done():
            assert time.monotonic() < deadline, f"{otherwise}\n{self.logs()}"
            time.sleep(0.2)


@contextlib.contextmanager
def private_tor(directory: Path) -> Iterator[PrivateTor]:
    """Run a network in `directory` until the block ends."""
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    network = PrivateTor(directory)
    try:
        network.start()
        yield network
    finally:
        network.stop()
