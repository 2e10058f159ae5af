"""Look for bytes in everything a running server has: memory, files, streams, open handles."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.live_server import LiveServer

_WINDOW = 4 * 1024 * 1024
_REGION = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+\s*(.*)$")


def spellings(text: str) -> list[bytes]:
    """The ways in which a program may hold a text."""
    from base64 import b64encode
    from urllib.parse import quote

    plain = text.encode()
    return [
        plain,
        text.encode("utf-16-le"),
        plain.hex().encode(),
        plain.hex().upper().encode(),
        quote(text, safe="").encode(),
        # Base64 of a text inside something longer starts at any of three offsets.
        *(b64encode(b"\0" * shift + plain)[4:-4] for shift in range(3)),
    ]


def resident_regions(pid: int) -> Iterator[tuple[int, int]]:
    """Address ranges of `pid` that are readable and have at least one page in memory."""
    start = end = 0
    readable = False
    for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
        region = _REGION.match(line)
        if region:
            start, end = int(region[1], 16), int(region[2], 16)
            readable = region[3].startswith("r") and not region[4].startswith("[v")
        elif line.startswith("Rss:") and readable and int(line.split()[1]):
            yield start, end


def memory_has(pid: int, needles: list[bytes]) -> set[bytes]:
    """Which needles are somewhere in the memory of one process."""
    found: set[bytes] = set()
    overlap = max(map(len, needles)) - 1
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for start, end in resident_regions(pid):
            at = start
            while at < end:
                with contextlib.suppress(OSError):
                    memory.seek(at)
                    window = memory.read(min(_WINDOW + overlap, end - at))
                    found |= {needle for needle in needles if needle in window}
                at += _WINDOW
    return found


def files_with(needles: list[bytes], *places: Path) -> dict[str, set[bytes]]:
    """Which files under `places` (or which of them) contain which needles."""
    found = {}
    for place in places:
        for path in [place] if place.is_file() else sorted(place.rglob("*")):
            if path.is_file():
                content = path.read_bytes()
                here = {needle for needle in needles if needle in content}
                if here:
                    found[path.name] = here
    return found


@dataclass(frozen=True)
class Found:
    """Where needles were found: by process id, and by file name."""

    memory: dict[int, set[bytes]]
    files: dict[str, set[bytes]]

    @property
    def anywhere(self) -> set[bytes]:
        return set().union(*self.memory.values(), *self.files.values())


def search(server: LiveServer, needles: list[bytes]) -> Found:
    """Search every process of the server and every file it could have written."""
    memory: dict[int, set[bytes]] = {}
    while not memory.keys() >= set(server.processes()):
        for pid in server.processes():
            # A worker may be renewed meanwhile: then the new one is searched.
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                memory[pid] = memory_has(pid, needles)
    # The whole directory: database, write-ahead log, both streams, temporary files.
    return Found(
        {pid: hits for pid, hits in memory.items() if hits}, files_with(needles, server.directory)
    )


def open_files(server: LiveServer) -> list[str]:
    """What the server's processes have open as regular files, deleted ones included."""
    found = set()
    for pid in server.processes():
        for handle in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                target = str(handle.readlink())
                if target.startswith("/") and not target.startswith(("/dev/", "/proc/", "/sys/")):
                    found.add(target)
    return sorted(found)
