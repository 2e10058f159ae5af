"""Seals or opens one large file in a process of its own and prints what it took, as JSON.

python -m tests.sealing.memory_probe seal|open FILE MEGABYTES RECIPIENT-OR-IDENTITY
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import time
from pathlib import Path

from safelight.sealing.recipients import parse_recipient
from safelight.sealing.seal import seal_stream

MB = 1_000_000


class Made:
    """Content made as it is read: it stands in no file and not in memory."""

    def __init__(self, size: int) -> None:
        self.left, self.sha256 = size, hashlib.sha256()

    def read(self, size: int, /) -> bytes:
        take = min(size, self.left)
        piece = (f"{self.left:016x}".encode() * (take // 16 + 1))[:take]
        self.left -= take
        self.sha256.update(piece)
        return piece


class Hashed:
    def __init__(self) -> None:
        self.sha256 = hashlib.sha256()

    def write(self, data: bytes, /) -> None:
        self.sha256.update(data)


def peak_bytes() -> int:
    # Not ru_maxrss: that survives exec() and so includes what the parent process held.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found
    return int(found[1]) * 1024


def main(act: str, file: Path, megabytes: int, key: str) -> None:
    start = time.monotonic()
    if act == "seal":
        source = Made(megabytes * MB)
        with file.open("wb") as sink:
            seal_stream(source, sink, [parse_recipient(key)], padded=True)
        digest = source.sha256.hexdigest()
    else:
        from safelight.sealing.opening import open_stream, parse_identity

        hashed = Hashed()
        with file.open("rb") as sealed:
            open_stream(sealed, hashed, [parse_identity(key)], padded=True)
        digest = hashed.sha256.hexdigest()
    seconds = time.monotonic() - start
    print(json.dumps({"sha256": digest, "peak_bytes": peak_bytes(), "seconds": seconds}))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
