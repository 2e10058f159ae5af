"""Threat: announced-ten-gigabytes: An upload that announces more than any envelope is refused at
once, before a byte of it is read or memory is taken for it.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from safelight.intake.addresses import address
from tests.support.live_server import LiveServer, live_server
from tests.support.raw_http import deposit_head, exchange, head, problem

pytestmark = pytest.mark.live
TEN_GIGABYTES = 10 * 10**9
MIB = 1024 * 1024


def resident(server: LiveServer) -> int:
    """Bytes of memory all processes of the server have."""
    pages = 0
    for pid in server.processes():
        pages += int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096


def test_ten_gigabytes_announced_are_refused_at_once_without_reading(tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        server.deposit(server.sealed(b"text"))
        before = resident(server)
        for announced in (TEN_GIGABYTES, 16 * MIB + 1, 10**18, 10**40):
            asked = deposit_head(server, "0" * 32, f"Content-Length: {announced}")
            # The body never comes: an answer means that nobody waited for it.
            status, body = exchange(server, asked)
            # Beyond 64 bits the HTTP layer itself refuses.
            assert status == 413 or (status == 400 and announced > 2**64)
            if status == 413:
                said = problem(body)
                assert said["problem"] == "too-large"
                assert str(16 * MIB) in said["expected"]
                assert str(announced) not in body.decode()
        form = (
            "Content-Type: application/x-www-form-urlencoded",
            f"Content-Length: {TEN_GIGABYTES}",
        )
        for path in (address("ru", "report"), address("ru", "receipt")):
            status, body = exchange(server, head(server, "POST", path, *form))
            assert status == 413
            assert "слишком длинно" in body.decode()
        assert server.deposit(server.sealed(b"text"))[0].status == 201
        assert resident(server) - before < 24 * MIB


def test_a_flood_that_keeps_sending_after_the_refusal_is_cut_off(tmp_path: Path) -> None:
    with live_server(tmp_path) as server, server.raw() as line:
        before = resident(server)
        line.sendall(deposit_head(server, "0" * 32, f"Content-Length: {TEN_GIGABYTES}"))
        sent = 0
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            while sent < 200 * MIB:
                sent += line.send(b"x" * MIB)
        assert sent < 200 * MIB, "the server went on reading"
        assert resident(server) - before < 24 * MIB
        assert server.deposit(server.sealed(b"text"))[0].status == 201


def test_many_slow_uploads_hold_no_more_than_they_sent(tmp_path: Path) -> None:
    with live_server(tmp_path) as server, contextlib.ExitStack() as lines:
        before = resident(server)
        for number in range(60):
            line = lines.enter_context(server.raw())
            asked = deposit_head(server, f"{number:032x}", f"Content-Length: {16 * MIB}")
            line.sendall(asked + b"x" * 1000)
        # Sixty times 16 MiB are announced; others are served meanwhile.
        assert server.deposit(server.sealed(b"text"))[0].status == 201
        assert server.request("GET", "/en/").status == 200
        assert resident(server) - before < 96 * MIB
