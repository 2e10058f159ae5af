"""Threat: idle-uploads: Five hundred uploads that send nothing, or a byte a second, take no
thread and little memory, are cut in time, and everybody else is answered at once meanwhile.
"""

from __future__ import annotations

import contextlib
import secrets
import select
import socket as sockets
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from safelight.intake.addresses import address
from tests.attacks.test_announced_ten_gigabytes import resident
from tests.support.live_server import LiveServer, live_server
from tests.support.raw_http import head, problem
from tests.support.waiting import until

pytestmark = pytest.mark.live
KINDS = 7
LINES = 504
MIB = 1024 * 1024
# A second or two on a machine of its own; this one may run other tests.
PATIENCE = 10.0


def deposit(server: LiveServer, length: int) -> bytes:
    """The head of a deposit that was paid for: others are refused for that alone."""
    return head(
        server,
        "POST",
        f"/mailbox/{secrets.token_hex(16)}",
        "Content-Type: application/octet-stream",
        f"Safelight-Verifier: {'0' * 64}",
        f"Content-Length: {length}",
        f"Safelight-Work: {server.work(length)}",
    )


def form(server: LiveServer, length: int, kind: str) -> bytes:
    return head(
        server,
        "POST",
        address("ru", "report"),
        f"Content-Type: {kind}",
        f"Content-Length: {length}",
    )


def kinds(server: LiveServer) -> list[bytes]:
    """How somebody may begin an upload and then say nothing, or very little."""
    multipart = "multipart/form-data; boundary=x"
    return [
        deposit(server, 32 * 1024),
        deposit(server, 16 * MIB) + b"x" * 3000,
        form(server, 1000, "application/x-www-form-urlencoded"),
        form(server, 10 * MIB, multipart) + b"--x\r\nContent-Disposition: form-data; n",
        # Enough to begin a file on the disk.
        form(server, 10 * MIB, multipart) + b"x" * (70 * 1024),
        b"POST /ru/1 HTTP/1.1\r\nHost: localhost\r\nContent-",
        b"",
    ]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with live_server(tmp_path_factory.mktemp("server")) as running:
        yield running


def threads_of(server: LiveServer) -> int:
    found = [list(Path(f"/proc/{pid}/task").iterdir()) for pid in server.processes()]
    return max(map(len, found))


def timed(server: LiveServer, method: str, path: str, expected: int) -> float:
    begun = time.monotonic()
    assert server.request(method, path).status == expected, path
    return time.monotonic() - begun


def answers(lines: list[sockets.socket], *, within: float) -> list[bytes]:
    """Whatever the server says on each line until it closes it; fails if one stays open."""
    deadline, open_lines = time.monotonic() + within, list(lines)
    said = dict.fromkeys(lines, b"")
    while open_lines:
        left = deadline - time.monotonic()
        assert left > 0, f"{len(open_lines)} lines are still open"
        for line in select.select(open_lines, [], [], left)[0]:
            try:
                chunk = line.recv(65536)
            except ConnectionResetError:
                chunk = b""
            said[line] += chunk
            if not chunk:
                open_lines.remove(line)
    return [said[line] for line in lines]


def everybody_else_is_answered(server: LiveServer) -> None:
    pages = [
        ("/ru/", 200),
        (address("en", "receipt"), 200),
        ("/roster", 200),
        ("/work", 200),
        ("/0", 303),
    ]
    assert max(timed(server, "GET", path, status) for path, status in 3 * pages) < PATIENCE
    before = time.monotonic()
    assert server.deposit(server.sealed(b"text"))[0].status == 201
    assert time.monotonic() - before < PATIENCE


class Drip(threading.Thread):
    """One byte a second on many lines, and 330 bytes a second of a form on another one."""

    def __init__(self, lines: list[sockets.socket], slow: sockets.socket, body: bytes) -> None:
        super().__init__()
        self.lines, self.slow, self.body = lines, slow, body

    def run(self) -> None:
        # 25 s for the whole: longer than a silent line lives.
        for start in range(0, len(self.body), 330):
            for line in self.lines:
                with contextlib.suppress(OSError):
                    line.send(b"x")
            with contextlib.suppress(OSError):
                self.slow.sendall(self.body[start : start + 330])
            time.sleep(1.0)


def test_five_hundred_idle_and_dripping_uploads_delay_nobody_and_are_cut(
    server: LiveServer,
) -> None:
    server.deposit(server.sealed(b"text"))
    memory, threads = resident(server), threads_of(server)
    # Each deposit needs a challenge of its own.
    several = [kinds(server) for _ in range(LINES // KINDS)]
    beginnings = [one for each in several for one in each]
    with contextlib.ExitStack() as held:
        drips = [held.enter_context(server.raw()) for _ in range(20)]
        for line in drips:
            line.sendall(deposit(server, 32 * 1024))
        slow, body = held.enter_context(server.raw()), b"story=" + b"a" * 8200
        slow.sendall(form(server, len(body), "application/x-www-form-urlencoded"))
        dripping = Drip(drips, slow, body)
        dripping.start()
        begun = time.monotonic()
        idle = [held.enter_context(server.raw()) for _ in range(LINES)]
        for beginning, line in zip(beginnings, idle, strict=True):
            line.sendall(beginning)
        everybody_else_is_answered(server)
        assert threads_of(server) - threads <= 32 + 4, "idle lines have threads"
        assert resident(server) - memory < 64 * MIB
        assert time.monotonic() - begun < 15, "too slow to say that they were idle meanwhile"
        said = answers([*idle, *drips], within=40)
        dripping.join()
        assert slow.recv(12) != b"HTTP/1.1 408", "a slow line was cut"
    # A head that does not come is granian's affair (15 s); a body is ours (20 s).
    deposits = [one for n, one in enumerate(said[:LINES]) if n % KINDS in {0, 1}]
    forms = [one for n, one in enumerate(said[:LINES]) if n % KINDS in {2, 3, 4}]
    assert {one[:12] for one in [*deposits, *said[LINES:]]} == {b"HTTP/1.1 408"}
    assert problem(deposits[0].partition(b"\r\n\r\n")[2])["problem"] == "too-slow"
    assert {one[:10] for one in forms} == {b"HTTP/1.1 4"}
    assert "приходили слишком медленно" in forms[0].decode()
    everybody_else_is_answered(server)


def test_lines_that_hang_up_in_the_middle_leave_neither_file_nor_memory(
    server: LiveServer,
) -> None:
    server.deposit(server.sealed(b"text"))
    memory = resident(server)
    for _ in range(30):
        with server.raw() as line:
            beginning = form(server, 10 * MIB, "multipart/form-data; boundary=x")
            line.sendall(beginning + b"x" * MIB)
    until(lambda: not spools(server))
    assert spools(server) == []
    assert resident(server) - memory < 24 * MIB
    assert timed(server, "GET", "/ru/", 200) < PATIENCE


def spools(server: LiveServer) -> list[str]:
    """Files without a name that the server has open."""
    found = []
    for pid in server.processes():
        for handle in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                target = str(handle.readlink())
                if target.endswith("(deleted)") and str(server.data) in target:
                    found.append(target)
    return found


def test_what_waits_on_the_disk_is_unreadable(server: LiveServer) -> None:
    canary = f"canary-{secrets.token_hex(16)}".encode()
    with server.raw() as line:
        beginning = form(server, 10 * MIB, "multipart/form-data; boundary=x")
        line.sendall(beginning + canary * (3 * MIB // len(canary)))
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and held_on_disk(server)[0] < 2 * MIB:
            time.sleep(0.05)
        size, content = held_on_disk(server)
        assert size >= 2 * MIB, "nothing of it is on the disk, so nothing was tested"
        assert canary not in content


def held_on_disk(server: LiveServer) -> tuple[int, bytes]:
    content = b""
    for pid in server.processes():
        for handle in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                target = str(handle.readlink())
                if target.endswith("(deleted)") and str(server.data) in target:
                    content += handle.read_bytes()
    return len(content), content
