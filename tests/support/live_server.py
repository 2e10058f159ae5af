"""The real server as its own process group, with a roster whose secrets only the test has.

    with live_server(tmp_path) as server:
        server.deposit(server.sealed(b"text"))

Nothing of Django is loaded into the test's process, so server and desk tests can
run side by side. TCP on a free port by default; `socket=True` for a Unix socket.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import secrets
import signal
import socket as sockets
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from safelight.intake.work import Challenge, solved_work
from safelight.sealing.desk_request import sign_request
from safelight.sealing.opening import HybridIdentity
from safelight.sealing.receipt import Receipt
from safelight.sealing.roster import Roster, RosterDesk, sign_roster
from safelight.sealing.seal import seal_bytes

# A start takes about a second; a machine that runs other tests may need far longer.
START_SECONDS = 90.0
# Half of a start is compiling Django's sources wherever bytecode is not kept beside them.
_BYTECODE = tempfile.TemporaryDirectory(prefix="safelight-test-bytecode-")


def server_environment(**more: str) -> dict[str, str]:
    """The environment for a server's process, which shares compiled sources with the next one."""
    kept = {name: v for name, v in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": _BYTECODE.name} | more


def today() -> date:
    return datetime.now(UTC).date()


@dataclass(frozen=True)
class DeskKeys:
    """What a desk has: the identity that opens, and the key that signs its requests."""

    name: str
    identity: HybridIdentity
    signing_key: Ed25519PrivateKey

    @classmethod
    def generate(cls, name: str) -> DeskKeys:
        return cls(name, HybridIdentity.generate(), Ed25519PrivateKey.generate())

    def listed(
        self, *, valid_from: date | None = None, valid_until: date | None = None
    ) -> RosterDesk:
        return RosterDesk(
            name=self.name,
            recipient=self.identity.recipient().encode(),
            verify_key_hex=self.signing_key.public_key().public_bytes_raw().hex(),
            valid_from=valid_from or today() - timedelta(days=30),
            valid_until=valid_until or today() + timedelta(days=90),
        )


@dataclass(frozen=True)
class Keeper:
    """The root key, and a roster of the given desks."""

    root: Ed25519PrivateKey
    desks: tuple[DeskKeys, ...]
    roster: Roster

    @classmethod
    def with_desks(cls, *names: str) -> Keeper:
        desks = tuple(DeskKeys.generate(name) for name in names or ("desk-1",))
        roster = Roster(
            version=3,
            issued=today() - timedelta(days=1),
            expires=today() + timedelta(days=60),
            desks=tuple(desk.listed() for desk in desks),
        )
        return cls(Ed25519PrivateKey.generate(), desks, roster)

    @property
    def root_hex(self) -> str:
        return self.root.public_key().public_bytes_raw().hex()

    def signed(self, **changes: Any) -> bytes:
        """The roster, signed; with `changes` to its fields."""
        return sign_roster(replace(self.roster, **changes), self.root)


@dataclass(frozen=True)
class Answer:
    """One HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")

    def json(self) -> Any:
        return json.loads(self.body)


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


@dataclass
class LiveServer:
    """A running `safelight serve`. `url` is empty on a Unix socket."""

    directory: Path
    keeper: Keeper
    socket: Path | None
    arguments: tuple[str, ...] = ()
    url: str = ""
    port: int = 0
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)
    _starts: int = 0

    @property
    def data(self) -> Path:
        return self.directory / "data"

    @property
    def roster_file(self) -> Path:
        return self.directory / "roster.json"

    @property
    def temporary(self) -> Path:
        """The only directory this server is told to put temporary files in."""
        return self.directory / "temporary"

    def start(self) -> None:
        """Start, and return when the server answers; raise with its last words if it does not."""
        self._starts += 1
        self.temporary.mkdir(exist_ok=True)
        listen = ["--socket", str(self.socket)] if self.socket else ["--port", str(self.port)]
        with self._log("out").open("wb") as out, self._log("err").open("wb") as err:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "safelight",
                    "serve",
                    "--json",
                    "--data",
                    str(self.data),
                    "--roster",
                    str(self.roster_file),
                    "--root",
                    self.keeper.root_hex,
                    *listen,
                    *self.arguments,
                ],
                stdout=out,
                stderr=err,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                env=server_environment(TMPDIR=str(self.temporary)),
            )
        self.wait_until_it_answers()

    def wait_until_it_answers(self, *, good: bool = True) -> None:
        """Return at the first (good) answer; raise with the server's last words if none comes."""
        assert self.process is not None
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended: {self.logs()}")
            if not self.url and not self.socket and self._log("out").stat().st_size:
                facts = json.loads(self._log("out").read_bytes())
                self.url = facts["address"]
                self.port = int(self.url.rpartition(":")[2])
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.url or self.socket:
                    status = self.request("GET", "/roster").status
                    # One whose database is in trouble answers too, by saying so.
                    if status == 200 or not good:
                        return
            time.sleep(0.02)
        self.kill()
        raise RuntimeError(f"the server did not answer: {self.logs()}")

    def _log(self, name: str) -> Path:
        return self.directory / f"std{name}-{self._starts}.log"

    def logs(self) -> str:
        """Everything any start of this server wrote to its two streams."""
        files = sorted(self.directory.glob("std*.log"))
        return "".join(path.read_text("utf-8", errors="replace") for path in files)

    def processes(self) -> list[int]:
        """Every process of the server's group, the launcher and its worker."""
        assert self.process is not None
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                with contextlib.suppress(OSError):
                    after_name = (entry / "stat").read_text().rpartition(")")[2].split()
                    if int(after_name[2]) == self.process.pid and after_name[0] != "Z":
                        found.append(int(entry.name))
        return found

    def renew_worker(self) -> None:
        """Replace the worker as happens every ten minutes.

        Return when the old one has ended and the new one answers: on a port each listens for
        itself, and a machine that is busy may end the old one first.
        """
        assert self.process is not None
        old = set(self.processes()) - {self.process.pid}
        self.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + START_SECONDS
        while old & set(self.processes()):
            assert time.monotonic() < deadline, self.logs()
            time.sleep(0.05)
        self.wait_until_it_answers(good=False)

    def kill(self) -> None:
        """`kill -9` of the whole group: nothing gets to tidy up."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def stop(self) -> None:
        """Ask the server to end; kill it if it does not."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            # Longer than the server gives a worker that does not end by itself (60 s): rarely,
            # one that is told to stop while it starts waits that long.
            self.process.wait(timeout=75)
        finally:
            self.kill()

    def connection(self, timeout: float = 60.0) -> http.client.HTTPConnection:
        if self.socket:
            return _UnixConnection(self.socket, timeout)
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def raw(self, timeout: float = 60.0) -> sockets.socket:
        """A connected socket, for requests that no HTTP client would send."""
        connection = self.connection(timeout)
        connection.connect()
        return connection.sock

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        connection = self.connection()
        try:
            connection.request(method, path, body=body, headers=dict(headers or {}))
            response = connection.getresponse()
            found = {name.lower(): value for name, value in response.getheaders()}
            answer = Answer(response.status, found, response.read())
        finally:
            connection.close()
        if answer.status == 303 and answer.headers["location"].startswith("/"):
            # As a browser does: the answer to a form leads on to the words.
            encodings = {k: v for k, v in (headers or {}).items() if k == "Accept-Encoding"}
            return self.request("GET", answer.headers["location"], headers=encodings)
        return answer

    def sealed(self, content: bytes) -> bytes:
        """`content` as an envelope to today's desks: stands in for the browser."""
        return seal_bytes(content, self.keeper.roster.recipients(today()))

    def work(self, size: int) -> str:
        """A header that pays for one upload of `size` bytes."""
        challenge = Challenge.parse(self.request("GET", "/work").body)
        return solved_work(challenge, size=size)

    def deposit(
        self, sealed: bytes, receipt: Receipt | None = None, **headers: str
    ) -> tuple[Answer, Receipt]:
        used = receipt or Receipt.generate()
        sent = {
            "Content-Type": "application/octet-stream",
            "Safelight-Verifier": used.verifier.hex(),
            "Safelight-Work": self.work(len(sealed)),
        } | {name.replace("_", "-"): value for name, value in headers.items()}
        return self.request("POST", f"/mailbox/{used.mailbox_id.hex()}", sealed, sent), used

    def post_form(
        self, path: str, fields: Sequence[tuple[str, str]], headers: Mapping[str, str] | None = None
    ) -> Answer:
        """What a browser without JavaScript sends."""
        from urllib.parse import urlencode

        return self.request(
            "POST",
            path,
            urlencode(fields).encode(),
            {"Content-Type": "application/x-www-form-urlencoded"} | dict(headers or {}),
        )

    def insert_envelopes(self, count: int) -> None:
        """Put small rows straight into the database: for what is only about their number."""
        with contextlib.closing(sqlite3.connect(self.data / "mailboxes.sqlite3")) as database:
            for _ in range(count):
                key, mailbox = secrets.randbits(62), secrets.randbits(62)
                database.execute(
                    "INSERT INTO intake_mailbox (key, mailbox_id, verifier, sha256, day, last_day, "
                    "fetched, withdrawn, proof) VALUES (?, ?, '', '', ?, ?, 0, 0, '')",
                    (mailbox, secrets.token_hex(16), today().isoformat(), today().isoformat()),
                )
                database.execute(
                    "INSERT INTO intake_heldenvelope (key, mailbox_id, size, sha256, day, first) "
                    "VALUES (?, ?, 1, '', ?, 1)",
                    (key, mailbox, today().isoformat()),
                )
            database.commit()

    def ask_as(
        self, desk: DeskKeys, method: str, path: str, body: bytes = b"", **changes: Any
    ) -> Answer:
        """A signed desk request. `changes` may give another `now`."""
        now = changes.get("now", datetime.now(UTC))
        signed = sign_request(method, path, body, desk=desk.name, key=desk.signing_key, now=now)
        return self.request(method, path, body or None, {"Authorization": signed})

    def listed(self, desk: DeskKeys) -> list[dict[str, Any]]:
        """Everything waiting for `desk`, over as many pages as it takes."""
        found: list[dict[str, Any]] = []
        while True:
            after = found[-1]["seq"] if found else 0
            answer = self.ask_as(desk, "GET", f"/collect?after={after}")
            assert answer.status == 200, answer.text
            found += answer.json()["envelopes"]
            if not answer.json()["more"]:
                return found

    def acknowledge(self, desk: DeskKeys, ids: Sequence[str]) -> Answer:
        return self.ask_as(
            desk, "POST", "/collect/acknowledge", json.dumps({"ids": list(ids)}).encode()
        )


@contextlib.contextmanager
def live_server(
    directory: Path,
    *,
    keeper: Keeper | None = None,
    socket: bool = False,
    arguments: Sequence[str] = (),
    work_bits: int = 4,
) -> Iterator[LiveServer]:
    """Run the server in `directory` (made if missing) until the block ends.

    Uploads cost next to nothing unless `work_bits` says otherwise, and never become dearer.
    """
    directory.mkdir(parents=True, exist_ok=True)
    used = keeper or Keeper.with_desks()
    # A Unix socket's path has room for 107 bytes; pytest's directories can be longer.
    place = Path(os.path.relpath(directory)) / "s" if socket else None
    price = ("--work-bits", str(work_bits), "--uploads-an-hour", "100000000")
    server = LiveServer(directory, used, place, (*price, *arguments))
    server.roster_file.write_bytes(used.signed())
    server.start()
    try:
        yield server
    finally:
        server.stop()
