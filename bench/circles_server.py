"""Memory of a server that a thousand members listen to, and how soon they hear.

    python bench/circles_server.py [--streams 1000] [--on file|postgresql] [--workers 1]

Forty circles of twenty-five who each hold a stream of news. Of every process of the server the
resident memory (RSS) and its own share of it (PSS, /proc/…/smaps_rollup) before, with all
streams open and after the messages; how long after the answer to a message each of the others
has heard of it (the server looks once a second, so half of that is waiting for the look); then
messages and commits in pieces one after the other from eight members at once, with the server's
CPU for each. Beside the messages the same client asks the same server for what neither reads nor
writes a circle (GET /work), which is what the line, the HTTP layer and Django cost anybody.

Every message is read back at the end: a number that is missing or doubled ends it with an error.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from safelight.circles.addresses import PIECE  # noqa: E402
from tests.support.circles import Circle, Circles  # noqa: E402
from tests.support.live_server import LiveServer, live_server  # noqa: E402

MEMBERS = 25
AT_ONCE = 8
TICKS = os.sysconf("SC_CLK_TCK")


def memory(server: LiveServer) -> str:
    """RSS and PSS of each process, the launcher first, in MB."""
    found = []
    for process in sorted(server.processes()):
        rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
        kb = {line.split(":")[0]: int(line.split()[1]) for line in rollup.splitlines()[1:]}
        found.append(f"{kb['Rss'] / 1024:.0f} ({kb['Pss'] / 1024:.0f})")
    return " + ".join(found)


def cpu(server: LiveServer) -> float:
    """Seconds of CPU of all processes of the server so far."""
    total = 0
    for process in server.processes():
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


class Listener:
    """One stream. `heard` has the moments of its news."""

    def __init__(self) -> None:
        self.heard: list[float] = []
        self.began = asyncio.Event()

    async def listen(self, port: int, circle: Circle) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = f"GET {circle.path}/news HTTP/1.1\r\nHost: localhost\r\n"
        writer.write(f"{head}Safelight-Key: {circle.door.hex()}\r\n\r\n".encode())
        try:
            while line := await reader.readline():
                if line.startswith(b"HTTP/1.1 ") and b" 200 " not in line:
                    raise SystemExit(f"a stream was refused: {line!r}")
                if line == b"data: idle\n":
                    self.began.set()
                if line == b"data: news\n":
                    self.heard.append(time.monotonic())
        finally:
            writer.close()


async def streams(server: LiveServer, circles: Circles, rooms: list[Circle]) -> list[float]:
    """Open them all, say something in each circle; return how long each member waited."""
    listeners = {circle.circle_id: [Listener() for _ in range(MEMBERS)] for circle in rooms}
    tasks = [
        asyncio.create_task(one.listen(server.port, circle))
        for circle in rooms
        for one in listeners[circle.circle_id]
    ]
    for several in listeners.values():
        await asyncio.gather(*(one.began.wait() for one in several))
    print(f"{len(tasks)} streams open:    {memory(server)} MB")
    before, begun = cpu(server), time.monotonic()
    await asyncio.sleep(20)
    idle = (cpu(server) - before) / (time.monotonic() - begun)
    print(f"CPU while nobody says anything: {100 * idle:.1f} % of a core")
    waited = []
    for circle in rooms:
        answer = await asyncio.to_thread(circles.say, circle, secrets.token_bytes(1024))
        assert answer.status == 201
        said = time.monotonic()
        several = listeners[circle.circle_id]
        while not all(one.heard for one in several):
            await asyncio.sleep(0.005)
        waited += [one.heard[0] - said for one in several]
    print(f"after {len(rooms)} messages:      {memory(server)} MB")
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return waited


def timed(server: LiveServer, name: str, count: int, one: Callable[[int], Any]) -> None:
    before, begun = cpu(server), time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as at_once:
        list(at_once.map(one, range(count)))
    seconds = time.monotonic() - begun
    spent = 1000 * (cpu(server) - before) / count
    print(f"{name}: {count / seconds:.0f} a second, {spent:.1f} ms of server CPU each")


def measure(server: LiveServer, count: int) -> None:
    circles = Circles(server)
    print(f"server started:       {memory(server)} MB, resident (its own share)")
    rooms = [circles.founded() for _ in range(max(1, count // MEMBERS))]
    print(f"{len(rooms)} circles founded:   {memory(server)} MB")
    waited = asyncio.run(streams(server, circles, rooms))
    print(
        f"heard after {statistics.median(waited):.2f} s (median), {max(waited):.2f} s (longest), "
        f"of {len(waited)}"
    )
    talk = rooms[0]

    def say(_: int) -> None:
        assert circles.say(talk, secrets.token_bytes(1024)).status == 201

    def commit(number: int) -> None:
        room = rooms[number % len(rooms)]
        sealed, door = secrets.token_bytes(5 * PIECE), secrets.token_bytes(32)
        circles.send_pieces(room.path, sealed, key=room.door.hex())
        epoch = len(room.doors) - 1
        ended = circles.end_commit(room, sealed, key=room.door, epoch=epoch, door=door)
        assert ended.status == 201, ended.text
        room.doors.append(door)

    timed(server, "GET /work          ", 400, lambda _: circles.ask("GET", "/work"))
    timed(server, "messages of 1 kB   ", 400, say)
    timed(server, "reads of the log   ", 400, lambda _: circles.read(talk, after=380))
    log = circles.whole_log(talk, talk.door)
    if [entry["seq"] for entry in log] != list(range(1, 402)):
        raise SystemExit("a message is missing, or doubled")
    timed(server, "commits of 40 kB   ", len(rooms), commit)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=1000)
    parser.add_argument("--on", choices=("file", "postgresql"), default="file")
    parser.add_argument("--workers", type=int, default=1)
    chosen = parser.parse_args()
    arguments = ["--circles", "--workers", str(chosen.workers)]
    with contextlib.ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if chosen.on == "postgresql":
            from tests.support.postgresql import postgresql_cluster

            cluster = stack.enter_context(postgresql_cluster())
            arguments += ["--database", cluster.new_database()]
        server = stack.enter_context(live_server(directory, arguments=arguments))
        measure(server, chosen.streams)
        if "error" in server.logs():
            raise SystemExit(server.logs())


if __name__ == "__main__":
    main()
