"""Threat: tiny-flood: Ten thousand small junk posts are each refused, keep nothing, and leave a
server that still takes reports.
"""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path

import pytest

from safelight.intake.addresses import address
from tests.support.live_server import LiveServer, live_server
from tests.support.raw_http import deposit_head, head

pytestmark = pytest.mark.live
POSTS = 10_000
CLIENTS = 8


def junk(server: LiveServer) -> list[tuple[bytes, int]]:
    """Requests, and the status that each must get."""
    form = "Content-Type: application/x-www-form-urlencoded"
    return [
        (deposit_head(server, "0" * 32, "Content-Length: 1") + b"x", 400),
        (deposit_head(server, "0" * 32, "Content-Length: 0"), 400),
        (deposit_head(server, "0" * 32, "Content-Length: 100") + b"x" * 100, 400),
        (deposit_head(server, "0" * 32), 411),
        (head(server, "POST", "/mailbox/short", "Content-Length: 1") + b"x", 404),
        (head(server, "POST", "/collect/acknowledge", "Content-Length: 2") + b"{}", 401),
        (head(server, "POST", address("ru", "report"), "Content-Length: 1") + b"x", 415),
        (head(server, "POST", address("ru", "report"), form, "Content-Length: 0"), 422),
        (head(server, "PUT", "/en/", "Content-Length: 1") + b"x", 405),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 no HTTP at all\r\n\r\n", 400),
    ]


def test_ten_thousand_tiny_posts_are_refused_and_the_server_stays_up(tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        kinds, before = junk(server), server.processes()
        wrong: list[tuple[int, bytes]] = []
        seen: Counter[int] = Counter()
        lock = threading.Lock()

        def work(first: int) -> None:
            for number in range(first, POSTS, CLIENTS):
                # Mostly the cheapest junk; each of the other kinds a hundred times.
                kind = number // CLIENTS % 100
                request, status = kinds[kind if kind < len(kinds) else 0]
                with server.raw() as line:
                    line.sendall(request)
                    answer = line.recv(4096)
                got = int(answer[9:12] or b"0")
                with lock:
                    seen[got] += 1
                    if got != status:
                        wrong.append((status, answer[:60]))

        threads = [threading.Thread(target=work, args=(n,)) for n in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong[:5] == []
        assert sum(seen.values()) == POSTS
        assert server.processes() == before
        assert server.listed(server.keeper.desks[0]) == []
        assert server.deposit(server.sealed(b"text"))[0].status == 201
        # Ten thousand lines of log would be a flood of their own.
        assert len(server.logs()) < 2000
