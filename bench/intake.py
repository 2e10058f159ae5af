"""Deposits a second and server CPU a deposit, beside a bare application on the same granian.

    python bench/intake.py [--deposits 1500]

Three servers run in turn in one run and get the same requests from the same client:
the real one; `echo`, which reads the body and answers (what granian and the client
cost); and `fsync`, which also appends it to a file and waits for the disk (what
durability costs anybody). Ratios against them mean something on any machine;
deposits a second mean little, as the client takes its share of the same cores.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# The bare server is this file too, and must load nothing of Safelight's application.
# ruff: noqa: PLC0415

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

CONCURRENCY = (1, 32, 200)
TICKS = os.sysconf("SC_CLK_TCK")


def bare(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """The peer: reads the body, writes it down if asked by the path, answers."""
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    if environ["PATH_INFO"].startswith("/fsync"):
        handle = os.open(os.environ["BENCH_FILE"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(handle, body)
        os.fsync(handle)
        os.close(handle)
    start_response("201 Created", [("Content-Length", "2"), ("Connection", "close")])
    return [b"ok"]


def serve_bare(port: int) -> None:
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings
    from granian.server import Server

    from safelight.server.starting import BLOCKING_THREADS

    Server(
        "intake:bare",
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=BLOCKING_THREADS,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(keep_alive=False),
        websockets=False,
        log_enabled=False,
    ).serve()


@dataclass(frozen=True)
class Measured:
    """One server at one concurrency. Seconds and milliseconds."""

    deposits_a_second: float
    cpu_ms: float
    median_ms: float
    slowest_percent_ms: float


def cpu_seconds(group: int) -> float:
    """CPU of every process whose group is `group`, as far as it still lives."""
    total = 0
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[2]) == group:
                total += int(fields[11]) + int(fields[12])
    return total / TICKS


async def load(port: int, requests: list[bytes], concurrency: int) -> list[float]:
    """Send every request on its own connection; return the seconds each took."""
    waiting, took = list(reversed(requests)), []

    async def client() -> None:
        while waiting:
            request = waiting.pop()
            started = time.perf_counter()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request)
            answer = await reader.read()
            writer.close()
            took.append(time.perf_counter() - started)
            if b" 201 " not in answer[:20]:
                raise RuntimeError(f"refused: {answer[:200]!r}")

    await asyncio.gather(*(client() for _ in range(concurrency)))
    return took


def measured(port: int, group: int, requests: list[bytes], concurrency: int) -> Measured:
    asyncio.run(load(port, requests[:20], 1))  # threads and caches are warm
    before, started = cpu_seconds(group), time.perf_counter()
    took = asyncio.run(load(port, requests[20:], concurrency))
    elapsed, cpu = time.perf_counter() - started, cpu_seconds(group) - before
    return Measured(
        len(took) / elapsed,
        1000 * cpu / len(took),
        1000 * statistics.median(took),
        1000 * statistics.quantiles(took, n=100)[98],
    )


def requests_for(path: str, envelopes: list[bytes], count: int) -> list[bytes]:
    made = []
    for number in range(count + 20):
        body = envelopes[number % len(envelopes)]
        head = (
            f"POST {path}/{secrets.token_hex(16)} HTTP/1.1\r\nHost: localhost\r\n"
            f"Content-Type: application/octet-stream\r\nContent-Length: {len(body)}\r\n"
            f"Safelight-Verifier: {secrets.token_hex(32)}\r\n\r\n"
        )
        made.append(head.encode() + body)
    return made


def main() -> None:
    from tests.support.live_server import live_server

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--deposits", type=int, default=1500)
    parser.add_argument("--serve-bare", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve_bare:
        serve_bare(asked.serve_bare)
        return

    results: dict[tuple[str, int], Measured] = {}
    with tempfile.TemporaryDirectory() as place:
        with live_server(Path(place) / "server") as server:
            envelopes = [server.sealed(b"x" * 1000) for _ in range(50)]
            assert server.process is not None
            for concurrency in CONCURRENCY:
                sent = requests_for("/mailbox", envelopes, counted(asked.deposits, concurrency))
                results["safelight", concurrency] = measured(
                    server.port, server.process.pid, sent, concurrency
                )
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        peer = subprocess.Popen(
            [sys.executable, __file__, "--serve-bare", str(port)],
            start_new_session=True,
            env={**os.environ, "BENCH_FILE": str(Path(place) / "bare")},
        )
        try:
            wait_for(port)
            for path in ("echo", "fsync"):
                for concurrency in CONCURRENCY:
                    sent = requests_for(f"/{path}", envelopes, counted(asked.deposits, concurrency))
                    results[path, concurrency] = measured(port, peer.pid, sent, concurrency)
        finally:
            os.killpg(peer.pid, signal.SIGKILL)
            peer.wait()

    print(
        f"{'server':10} {'clients':>7} {'per s':>8} {'CPU ms':>8} {'median ms':>10} {'p99 ms':>8}"
    )
    for (name, concurrency), one in results.items():
        print(
            f"{name:10} {concurrency:7} {one.deposits_a_second:8.0f} {one.cpu_ms:8.2f} "
            f"{one.median_ms:10.1f} {one.slowest_percent_ms:8.1f}"
        )
    for concurrency in CONCURRENCY:
        ours = results["safelight", concurrency]
        against = ", ".join(
            f"{ours.deposits_a_second / results[peer_name, concurrency].deposits_a_second:.2f} of "
            f"{peer_name}'s rate"
            for peer_name in ("echo", "fsync")
        )
        more = ours.cpu_ms / max(results["echo", concurrency].cpu_ms, 0.01)
        print(f"{concurrency} clients: {against}, {more:.1f} times echo's CPU")


def counted(deposits: int, concurrency: int) -> int:
    return max(100, deposits // 5) if concurrency == 1 else deposits


def wait_for(port: int) -> None:
    for _ in range(500):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError("the bare server did not start")


if __name__ == "__main__":
    main()
