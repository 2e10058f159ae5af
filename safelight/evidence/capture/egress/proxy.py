"""The egress proxy of one capture: the only thing that its browser can reach.

HTTP CONNECT and plain forwarding on one listening socket. What it lets through: hosts that the
page's own requests named (`admit`), public ones, on allowed ports. A browser's own errands
(updates, clocks, safe browsing) are never named by a page, so they are refused without a list of
them. Everything that was asked for is in `journal`.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from safelight.evidence.capture.egress.addresses import HostRefused, checked_host
from safelight.evidence.capture.egress.exits import Exit, Streams

_LONGEST_HEAD: Final = 64 * 1024
_HEAD_SECONDS: Final = 20.0
_IDLE_SECONDS: Final = 90.0
# A browser may begin to connect a moment before we hear of the request that needs it.
_NAMED_WITHIN: Final = 1.0
_CHUNK: Final = 64 * 1024
_HOP: Final = frozenset(
    {"connection", "keep-alive", "proxy-connection", "proxy-authorization", "te", "upgrade"}
)


class Outcome(StrEnum):
    """How a connection went."""

    OPENED = "opened"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"


@dataclass
class Connection:
    """One connection that was asked for. `reason` is a code; `address` what was reached."""

    host: str
    port: int
    named: bool
    outcome: Outcome
    reason: str = ""
    address: str = ""
    received: int = 0


@dataclass(frozen=True)
class EgressRules:
    """What one capture may reach.

    `hosts`: only these and hosts below them, or None for every public host that the page names.
    `ports`: allowed ports. `loopback_ports`: ports of 127.0.0.1 that are reached all the same,
    for trying a capture on a page of one's own. `most_bytes`: of all that is received.
    `most_connections`: opened and refused together.
    """

    hosts: tuple[str, ...] | None
    ports: frozenset[int]
    loopback_ports: frozenset[int]
    most_bytes: int
    most_connections: int

    def checked(self, host: str, port: int, *, onions: bool) -> str:
        """Return the host as it may be connected to, or raise `HostRefused`."""
        if host == "127.0.0.1" and port in self.loopback_ports:
            return host
        checked = checked_host(host, onions=onions)
        if port not in self.ports:
            raise HostRefused("port")
        if self.hosts is not None and not any(
            checked == one or checked.endswith("." + one) for one in self.hosts
        ):
            raise HostRefused("not-allowed")
        return checked


@dataclass
class EgressProxy:
    """Serves one capture. `on_full` is called once, when `most_bytes` are used up."""

    rules: EgressRules
    exit: Exit
    on_full: Callable[[], None]
    journal: list[Connection] = field(default_factory=list)
    received: int = 0
    _named: set[tuple[str, int]] = field(default_factory=set)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _full: bool = False

    def admit(self, url: str) -> None:
        """A request of the page names this host. Whether it may be reached is asked later."""
        with contextlib.suppress(ValueError):
            parts = urlsplit(url)
            secure = parts.scheme in {"https", "wss"}
            port = parts.port or (443 if secure else 80)
            self._named.add(((parts.hostname or "").removesuffix("."), port))
            self._changed.set()
            self._changed = asyncio.Event()

    def address_of(self, host: str, port: int) -> str:
        """The address that a host was last reached at, or ""."""
        found = self._last(host, port, Outcome.OPENED)
        return found.address if found else ""

    def reason_of(self, host: str, port: int) -> str:
        """Why a host was last refused or not reached, or ""."""
        found = self._last(host, port, Outcome.REFUSED) or self._last(
            host, port, Outcome.UNREACHABLE
        )
        return found.reason if found else ""

    def reached(self) -> dict[str, tuple[str, ...]]:
        """Each host that was reached, with its addresses as far as they are known."""
        found: dict[str, dict[str, None]] = {}
        for one in self.journal:
            if one.outcome is Outcome.OPENED:
                known = found.setdefault(one.host, {})
                known |= {one.address: None} if one.address else {}
        return {host: tuple(known) for host, known in sorted(found.items())}

    def _last(self, host: str, port: int, outcome: Outcome) -> Connection | None:
        wanted = (host.removesuffix("."), port, outcome)
        for one in reversed(self.journal):
            if (one.host.removesuffix("."), one.port, one.outcome) == wanted:
                return one
        return None

    @contextlib.asynccontextmanager
    async def serving(self, listener: socket.socket) -> AsyncIterator[None]:
        """Serve `listener` until the block ends; then every connection is cut."""
        server = await asyncio.start_server(self._accept, sock=listener, limit=_LONGEST_HEAD)
        try:
            yield
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._answer(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            pass  # The browser hung up or wrote what no browser writes: nothing to record.
        except asyncio.CancelledError:
            pass  # Only we end these tasks, and Python 3.11's streams cannot bear one that says so.
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(_HEAD_SECONDS):
            untrusted = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = untrusted[:-4].split("\r\n")
        method, target, _ = first.split(" ")
        if method == "CONNECT":
            host, _, port = target.rpartition(":")
            path = ""
        else:
            parts = urlsplit(target)
            if parts.scheme != "http" or not parts.hostname:
                return
            host, port = parts.hostname, str(parts.port or 80)
            path = target[target.index(parts.netloc) + len(parts.netloc) :] or "/"
        connection = Connection(host.strip("[]").lower(), int(port), False, Outcome.REFUSED)
        upstream = await self._open(connection)
        if upstream is None and method != "CONNECT":
            # Any answer of ours would be recorded as the site's: none is the only true one.
            return
        if upstream is None:
            refused = connection.outcome is Outcome.REFUSED
            writer.write(
                (b"HTTP/1.1 403 Forbidden" if refused else b"HTTP/1.1 502 Bad Gateway")
                + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            )
            await writer.drain()
            return
        try:
            if method == "CONNECT":
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                await self._tunnel(connection, (reader, writer), upstream)
            else:
                await self._forward(
                    connection, (reader, writer), upstream, f"{method} {path}", lines
                )
        finally:
            upstream[1].close()

    async def _open(self, connection: Connection) -> Streams | None:
        if len(self.journal) >= self.rules.most_connections or self._full:
            return None
        self.journal.append(connection)
        try:
            connection.named = await self._is_named(connection.host, connection.port)
            host = self._allowed(connection)
            if host == "127.0.0.1":
                streams = await asyncio.open_connection(host, connection.port)
                connection.address = host
            else:
                streams, connection.address = await self.exit.connect(host, connection.port)
        except HostRefused as refused:
            connection.reason = refused.reason
            return None
        except OSError:
            connection.outcome, connection.reason = Outcome.UNREACHABLE, "no-answer"
            return None
        connection.outcome = Outcome.OPENED
        return streams

    def _allowed(self, connection: Connection) -> str:
        if not connection.named:
            raise HostRefused("not-named-by-the-page")
        return self.rules.checked(connection.host, connection.port, onions=self.exit.onions)

    async def _is_named(self, host: str, port: int) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_NAMED_WITHIN):
                while (host.removesuffix("."), port) not in self._named:
                    await self._changed.wait()
                return True
        return False

    async def _tunnel(self, connection: Connection, browser: Streams, upstream: Streams) -> None:
        up = asyncio.create_task(self._copy(browser[0], upstream[1], None))
        down = asyncio.create_task(self._copy(upstream[0], browser[1], connection))
        try:
            # A tunnel with one end gone is of no use to TLS.
            await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            up.cancel()
            down.cancel()
            await asyncio.gather(up, down, return_exceptions=True)

    async def _forward(
        self,
        connection: Connection,
        browser: Streams,
        upstream: Streams,
        request: str,
        lines: list[str],
    ) -> None:
        """One request and its answer; a second one on this connection could name another host."""
        kept = [line for line in lines if line.partition(":")[0].strip().lower() not in _HOP]
        length = 0
        for line in lines:
            name, _, value = line.partition(":")
            if name.lower() == "transfer-encoding":
                return  # Browsers send lengths through an HTTP/1.1 proxy.
            if name.lower() == "content-length":
                length = int(value)
        head = [f"{request} HTTP/1.1", *kept, "Connection: close", "", ""]
        upstream[1].write("\r\n".join(head).encode("latin-1"))
        sending = asyncio.create_task(self._copy(browser[0], upstream[1], None, most=length))
        try:
            await self._answer_head(upstream[0], browser[1])
            await self._copy(upstream[0], browser[1], connection)
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)

    async def _answer_head(
        self, upstream: asyncio.StreamReader, browser: asyncio.StreamWriter
    ) -> None:
        async with asyncio.timeout(_IDLE_SECONDS):
            head = (await upstream.readuntil(b"\r\n\r\n")).decode("latin-1")
        status, *lines = head[:-4].split("\r\n")
        kept = [line for line in lines if line.partition(":")[0].strip().lower() not in _HOP]
        browser.write("\r\n".join([status, *kept, "Connection: close", "", ""]).encode("latin-1"))

    async def _copy(
        self,
        source: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
        counted: Connection | None,
        *,
        most: int | None = None,
    ) -> None:
        left = most
        while left is None or left > 0:
            async with asyncio.timeout(_IDLE_SECONDS):
                chunk = await source.read(_CHUNK if left is None else min(left, _CHUNK))
            if not chunk:
                return
            if left is not None:
                left -= len(chunk)
            if counted is not None:
                self._count(counted, len(chunk))
                if self._full:
                    return
            sink.write(chunk)
            await sink.drain()

    def _count(self, connection: Connection, size: int) -> None:
        connection.received += size
        self.received += size
        if self.received > self.rules.most_bytes and not self._full:
            self._full = True
            self.on_full()
            for task in self._tasks:
                if task is not asyncio.current_task():
                    task.cancel()
