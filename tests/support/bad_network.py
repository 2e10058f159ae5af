"""A line as people have it: 400 kbit/s, 600 ms there and back, cut after 16 kB.

    with bad_network(port_of_the_server) as line:
        page.goto(line.url)          # from a browser started with line.program("chromium")

The browser lives in a network namespace of its own, whose only way out is a pair of
virtual interfaces, slowed in both directions by the kernel's token bucket (tc-tbf(8)). What
the kernel here cannot do, delay and cuts, is done by a small relay at the other end: it
delays each direction by half of the round trip, makes a connection cost one round trip
before its first byte, and ends a connection for good once it has carried the limit.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

KBIT_PER_SECOND = 400
ROUND_TRIP_SECONDS = 0.6
CUT_AFTER_BYTES = 16_000
_CHUNK = 2_048


@dataclass
class Line:
    """What has passed so far, and how to get onto it."""

    url: str
    namespace: str
    directory: Path
    connections: int = 0
    cut: int = 0
    longest: int = 0
    "Bytes of the connection that carried most, both directions together."
    carried: int = 0
    "Bytes of all connections, both directions together."

    def program(self, name: str) -> str:
        """Return a path that starts `name` inside the namespace; skip if it is not installed."""
        found = shutil.which(name)
        if found is None:
            pytest.skip(f"{name} is not installed; `make system-packages` installs it")
        script = self.directory / f"{name}-on-a-bad-line"
        script.write_text(f'#!/bin/sh\nexec ip netns exec {self.namespace} {found} "$@"\n', "ascii")
        script.chmod(0o700)
        return str(script)


class _Relay:
    """Joins connections of the namespace to the server, late and only for a while."""

    def __init__(self, line: Line, port: int, *, round_trip: float, cut_after: int) -> None:
        self._line = line
        self._port = port
        self._half = round_trip / 2
        self._cut_after = cut_after

    async def joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._line.connections += 1
        carried = [0]
        # What a handshake would have cost.
        await asyncio.sleep(2 * self._half)
        try:
            onwards = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            writer.transport.abort()
            return
        both = [writer.transport, onwards[1].transport]
        # Cancelled when the block ends: nobody reads any more, and asyncio would report it.
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(
                self._carry(reader, onwards[1], carried, both),
                self._carry(onwards[0], writer, carried, both),
            )
        self._line.longest = max(self._line.longest, carried[0])
        for end in both:
            end.close()

    async def _carry(
        self,
        source: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
        carried: list[int],
        both: list[asyncio.WriteTransport],
    ) -> None:
        loop = asyncio.get_running_loop()
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def deliver() -> None:
            while True:
                due, chunk = await under_way.get()
                await asyncio.sleep(max(0.0, due - loop.time()))
                if not chunk:
                    with contextlib.suppress(OSError):
                        sink.write_eof()
                    return
                sink.write(chunk)
                await sink.drain()

        delivering = asyncio.ensure_future(deliver())
        try:
            while not delivering.done():
                chunk = await source.read(_CHUNK)
                carried[0] += len(chunk)
                self._line.carried += len(chunk)
                if carried[0] > self._cut_after:
                    self._line.cut += 1
                    for end in both:
                        end.abort()
                    return
                under_way.put_nowait((loop.time() + self._half, chunk))
                if not chunk:
                    await delivering
                    return
        except OSError:
            for end in both:
                end.abort()
        finally:
            delivering.cancel()
            with contextlib.suppress(asyncio.CancelledError, OSError):
                await delivering


def _run(command: str) -> None:
    subprocess.run(command.split(), check=True, capture_output=True)


@contextlib.contextmanager
def bad_network(
    port: int,
    directory: Path,
    *,
    round_trip: float = ROUND_TRIP_SECONDS,
    cut_after: int = CUT_AFTER_BYTES,
) -> Iterator[Line]:
    """Lead a namespace's only line to 127.0.0.1:`port`; skip where the kernel does not allow it."""
    number = os.getpid() % 16_000
    namespace = f"safelight-{number}"
    here = address_of_the_line()
    there = f"{here.rpartition('.')[0]}.{number % 64 * 4 + 2}"
    outside, inside = f"sla{number}", f"slb{number}"
    slow = f"root tbf rate {KBIT_PER_SECOND}kbit burst 4kb latency 2s"
    try:
        _run(f"ip netns add {namespace}")
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("a network namespace needs root and iproute2; run as root to try bad lines")
    try:
        try:
            _run(f"ip link add {outside} type veth peer name {inside} netns {namespace}")
            _run(f"ip addr add {here}/30 dev {outside}")
            _run(f"ip link set {outside} up")
            _run(f"ip -n {namespace} addr add {there}/30 dev {inside}")
            _run(f"ip -n {namespace} link set {inside} up")
            _run(f"ip -n {namespace} link set lo up")
            _run(f"tc qdisc add dev {outside} {slow}")
            _run(f"ip netns exec {namespace} tc qdisc add dev {inside} {slow}")
        except subprocess.CalledProcessError as refused:
            pytest.skip(f"this kernel lacks a part of the line: {refused.cmd}")
        line = Line("", namespace, directory)
        with _relay(line, here, port, round_trip, cut_after) as relay_port:
            line.url = f"http://{here}:{relay_port}"
            yield line
    finally:
        subprocess.run(["ip", "netns", "del", namespace], check=False, capture_output=True)
        subprocess.run(["ip", "link", "del", outside], check=False, capture_output=True)


@contextlib.contextmanager
def cutting_line(port: int, directory: Path, *, cut_after: int = CUT_AFTER_BYTES) -> Iterator[Line]:
    """Lead another port of 127.0.0.1 to `port`, at full speed, with cuts; needs no right at all."""
    line = Line("", "", directory)
    with _relay(line, "127.0.0.1", port, 0.0, cut_after) as relay_port:
        line.url = f"http://127.0.0.1:{relay_port}"
        yield line


def address_of_the_line() -> str:
    """Return the host name by which the namespace of this process knows the server."""
    number = os.getpid() % 16_000
    return f"10.213.{number // 64}.{number % 64 * 4 + 1}"


@contextlib.contextmanager
def _relay(line: Line, address: str, port: int, round_trip: float, cut_after: int) -> Iterator[int]:
    loop = asyncio.new_event_loop()
    relay = _Relay(line, port, round_trip=round_trip, cut_after=cut_after)
    listening = loop.run_until_complete(asyncio.start_server(relay.joined, address, 0))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield int(listening.sockets[0].getsockname()[1])
    finally:
        asyncio.run_coroutine_threadsafe(_ended(listening), loop).result(timeout=10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=10)
        loop.close()


async def _ended(listening: asyncio.Server) -> None:
    """Close the door and end what is still under way."""
    listening.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
