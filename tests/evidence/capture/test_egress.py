"""The egress proxy: what passes, through which exit, and with how much."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest

from safelight.evidence.capture.egress import exits
from safelight.evidence.capture.egress.exits import Socks5
from safelight.evidence.capture.egress.proxy import Outcome
from tests.support.capture_site import Site, html, serving
from tests.support.egress import RULES, ask, connect


@dataclass
class FakeTor:
    """A SOCKS5 proxy that leads every name to one port of ours, and remembers who asked what."""

    leads_to: int
    asked: list[tuple[str, int]] = field(default_factory=list)
    users: list[bytes] = field(default_factory=list)
    port: int = 0

    def serve(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = listener.accept()
                with line:
                    self._one(line)

    def _one(self, line: socket.socket) -> None:
        with line.makefile("rb") as words:
            _, count = words.read(2)
            assert 2 in words.read(count)
            line.sendall(b"\x05\x02")
            words.read(1)
            self.users.append(words.read(words.read(1)[0]))
            words.read(words.read(1)[0])
            line.sendall(b"\x01\x00")
            kind = words.read(4)[3]
            host = words.read(words.read(1)[0] if kind == 3 else {1: 4, 4: 16}[kind])
            self.asked.append((host.decode("latin-1"), int.from_bytes(words.read(2), "big")))
            with socket.create_connection(("127.0.0.1", self.leads_to)) as onward:
                line.sendall(b"\x05\x00\x00\x01" + bytes(6))
                onward.sendall(line.recv(65536))
                while chunk := onward.recv(65536):
                    line.sendall(chunk)


@pytest.fixture
def site() -> Iterator[Site]:
    with serving(Site({"/a": html("<p>here</p>")})) as running:
        yield running


def test_a_name_goes_to_the_exit_and_is_never_looked_up_here(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def looked_up(*_: object, **__: object) -> None:
        raise AssertionError("a name was looked up outside the exit")

    monkeypatch.setattr(exits, "system_resolver", looked_up)
    real = asyncio.base_events.BaseEventLoop.getaddrinfo

    async def only_addresses(self: object, host: str, *rest: object, **more: object) -> object:
        assert host == "127.0.0.1", "a name was looked up outside the exit"
        return await real(self, host, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(asyncio.base_events.BaseEventLoop, "getaddrinfo", only_addresses)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        tor = FakeTor(site.port)
        threading.Thread(target=tor.serve, args=(listener,), daemon=True).start()
        way = Socks5("127.0.0.1", listener.getsockname()[1]).for_one_capture()
        request = b"GET http://page.example/a HTTP/1.1\r\nHost: page.example\r\n\r\n"
        found = ask(request, named=["http://page.example/a"], way=way)
        onion = ask(request.replace(b"example", b"onion"), named=["http://page.onion/"], way=way)
    assert found.answer.startswith(b"HTTP/1.1 200")
    assert onion.answer.startswith(b"HTTP/1.1 200")
    assert tor.asked == [("page.example", 80), ("page.onion", 80)]
    assert tor.users == [way.user.encode()] * 2
    assert found.journal[0].address == ""


def test_a_port_of_this_machine_is_reached_only_where_it_was_allowed(site: Site) -> None:
    url = f"http://127.0.0.1:{site.port}/a"
    request = f"GET {url} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    allowed = replace(RULES, loopback_ports=frozenset({site.port}))
    assert ask(request, named=[url], rules=allowed).answer.startswith(b"HTTP/1.1 200")
    refused = ask(request, named=[url])
    # Without a word: an answer of ours would be recorded as the site's.
    assert refused.answer == b""
    assert refused.journal[0].outcome is Outcome.REFUSED
    other = f"http://127.0.0.2:{site.port}/a"
    request = f"GET {other} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    assert ask(request, named=[other], rules=allowed).answer == b""
    assert site.asked == ["GET /a"]


def test_a_caseworker_can_narrow_the_hosts() -> None:
    narrowed = replace(RULES, hosts=("page.example",))
    for host, reason in (
        ("93.184.215.14", "not-allowed"),
        ("other.example", "not-allowed"),
        ("notpage.example", "not-allowed"),
    ):
        found = ask(connect(host), named=[f"https://{host}/"], rules=narrowed)
        assert [one.reason for one in found.journal] == [reason]


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"CONNECT x HTTP/1.1\r\n\r\n",
        b"CONNECT x:y HTTP/1.1\r\n\r\n",
        b"GET ftp://page.example/ HTTP/1.1\r\n\r\n",
        b"GET http://[::1/ HTTP/1.1\r\n\r\n",
        b"POST http://page.example/ HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"x" * 70_000 + b"\r\n\r\n",
    ],
)
def test_what_no_browser_writes_ends_quietly(request_bytes: bytes) -> None:
    assert not ask(request_bytes).answer.startswith(b"HTTP/1.1 200")
