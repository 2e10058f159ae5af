"""Reports a second and server CPU a report, with up to 200 reporters at once on SQLite.

    python bench/intake.py [--reports 600]

The real server takes each report as one deposit (`whole`) and as browsers send it, in
pieces of 11 kB on connections of their own (`pieces`); both ways each reporter first asks
for work and computes it. Beside it, in the same run and from the same client, the whole
deposit goes to a bare application: `echo` reads the body and answers (what granian and
the client cost), `fsync` also appends it to a file and waits for the disk (what
durability costs anybody). Ratios against them mean something on any machine; reports a
second mean little, as the client takes its share of the same cores.

After each run the desk's list is compared with what was sent: a lost report, or any
answer but "kept", ends the bench with an error.

The peers are not started here, as they need services of their own. They were measured
earlier, side by side on one machine: GlobaLeaks answered HTTP 500 to 7 of 10 reports when
8 arrived at once; first pages weighed 1,017 kB in 14 requests (GlobaLeaks), 352 kB in 17
(Hush Line) and 75 kB in 15 (SecureDrop); the best of them painted something useful after
2.8 s. Those figures and these were not taken in one run: compare the counts of what was
lost, not the times.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

# The bare server is this file too, and must load nothing of Safelight's application.

if TYPE_CHECKING:
    from safelight.sealing.receipt import Receipt
    from tests.support.many_reporters import Report, Way

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

    Server(
        "intake:bare",
        address="127.0.0.1",
        port=port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=128,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(keep_alive=False),
        websockets=False,
        log_enabled=False,
    ).serve()


@dataclass(frozen=True)
class Measured:
    """One server and way at one concurrency. Seconds and milliseconds."""

    reports_a_second: float
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


def measured(
    port: int, group: int, reports: Sequence[Report], way: Way, concurrency: int
) -> Measured:
    from tests.support.many_reporters import all_at_once

    asyncio.run(all_at_once(port, reports[:20], way, at_once=1))  # threads and caches are warm
    before, started = cpu_seconds(group), time.perf_counter()
    took = asyncio.run(all_at_once(port, reports[20:], way, at_once=concurrency))
    elapsed, cpu = time.perf_counter() - started, cpu_seconds(group) - before
    return Measured(
        len(took) / elapsed,
        1000 * cpu / len(took),
        1000 * statistics.median(took),
        1000 * statistics.quantiles(took, n=100)[98],
    )


def bare_way(path: str) -> Way:
    """The same bytes to the bare application, which asks for no work."""
    from tests.support.many_reporters import ask, expect

    async def way(port: int, sealed: bytes, receipt: Receipt) -> None:
        expect(await ask(port, "POST", f"/{path}/{receipt.mailbox_id.hex()}", sealed), 201)

    return way


def ours(place: Path, count: int) -> dict[tuple[str, int], Measured]:
    """The real server, both ways. Raises if a report is lost."""
    from safelight.sealing.receipt import Receipt
    from tests.support.live_server import live_server
    from tests.support.many_reporters import deposit_in_pieces, deposit_whole

    found = {}
    for name, way in (("whole", deposit_whole), ("pieces", deposit_in_pieces)):
        with live_server(place / name) as server:
            sealed = [server.sealed(b"x" * 1000) for _ in range(50)]
            assert server.process is not None
            sent: list[Report] = []
            for concurrency in CONCURRENCY:
                reports = [
                    (sealed[n % len(sealed)], Receipt.generate())
                    for n in range(20 + counted(count, concurrency))
                ]
                sent += reports
                found[name, concurrency] = measured(
                    server.port, server.process.pid, reports, way, concurrency
                )
            held = {one["mailbox"] for one in server.listed(server.keeper.desks[0])}
            lost = {receipt.mailbox_id.hex() for _, receipt in sent} ^ held
            if lost:
                raise SystemExit(f"{len(lost)} of {len(sent)} reports are lost or were never sent")
            print(f"{name}: {len(sent)} reports sent, {len(held)} in the desk's list")
    return found


def peers(place: Path, count: int) -> dict[tuple[str, int], Measured]:
    """The bare application."""
    from safelight.sealing.receipt import Receipt

    found = {}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    peer = subprocess.Popen(
        [sys.executable, __file__, "--serve-bare", str(port)],
        start_new_session=True,
        env={**os.environ, "BENCH_FILE": str(place / "bare")},
    )
    try:
        wait_for(port)
        body = os.urandom(32 * 1024)
        for path in ("echo", "fsync"):
            for concurrency in CONCURRENCY:
                reports = [
                    (body, Receipt.generate()) for _ in range(20 + counted(count, concurrency))
                ]
                found[path, concurrency] = measured(
                    port, peer.pid, reports, bare_way(path), concurrency
                )
    finally:
        os.killpg(peer.pid, signal.SIGKILL)
        peer.wait()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reports", type=int, default=600)
    parser.add_argument("--serve-bare", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.serve_bare:
        serve_bare(asked.serve_bare)
        return

    with tempfile.TemporaryDirectory() as place:
        results = ours(Path(place), asked.reports) | peers(Path(place), asked.reports)
    print(f"{'way':10} {'reporters':>9} {'per s':>8} {'CPU ms':>8} {'median ms':>10} {'p99 ms':>8}")
    for (name, concurrency), one in results.items():
        print(
            f"{name:10} {concurrency:9} {one.reports_a_second:8.0f} {one.cpu_ms:8.2f} "
            f"{one.median_ms:10.1f} {one.slowest_percent_ms:8.1f}"
        )
    for way in ("whole", "pieces"):
        for concurrency in CONCURRENCY:
            mine = results[way, concurrency]
            against = ", ".join(
                f"{mine.reports_a_second / results[peer, concurrency].reports_a_second:.2f} of "
                f"{peer}'s rate"
                for peer in ("echo", "fsync")
            )
            more = mine.cpu_ms / max(results["echo", concurrency].cpu_ms, 0.01)
            print(f"{way}, {concurrency} reporters: {against}, {more:.1f} times echo's CPU")


def counted(reports: int, concurrency: int) -> int:
    return max(100, reports // 5) if concurrency == 1 else reports


def wait_for(port: int) -> None:
    for _ in range(500):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError("the bare server did not start")


if __name__ == "__main__":
    main()
