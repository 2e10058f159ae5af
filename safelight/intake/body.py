"""Reading a body whose length was announced, without trusting the announcement.

Three bounds hold before memory is used: the announced length against the most this
address takes (or against the size classes), each read against what is still due,
and all bodies under way together, until they are stored, against one allowance.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Final

from safelight.intake.refusal import RefusedError, cut_short, wrong_size

_CHUNK: Final = 64 * 1024


class Allowance:
    """Bytes that all bodies under way may hold together. Charged as bytes arrive.

    Charging the announcement instead would let eight connections that announce
    16 MiB and send nothing shut everybody out.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._held = 0
        self._lock = threading.Lock()

    @property
    def held(self) -> int:
        return self._held

    def take(self, amount: int) -> None:
        """Add `amount` bytes, or raise `RefusedError` (503)."""
        with self._lock:
            if self._held + amount > self._most:
                raise RefusedError(
                    503,
                    "busy",
                    expected="room in memory",
                    got="more uploads at once than fit",
                    next_step="send the same bytes again in a minute",
                )
            self._held += amount

    def give_back(self, amount: int) -> None:
        with self._lock:
            self._held -= amount


# 128 threads times 16 MiB would be 2 GiB; this is what a small server has to spare.
ALL_BODIES: Final = Allowance(256 * 1024 * 1024)


def announced_length(
    untrusted_header: str | None, *, most: int, sizes: Collection[int] | None
) -> int:
    """Return the length the request announces, or raise `RefusedError` before anything is read.

    411 where there is none (also for `Transfer-Encoding: chunked`), 413 above `most`,
    400 if `sizes` is given and does not contain it.
    """
    text = untrusted_header or ""
    if not text.isascii() or not text.isdigit():
        raise RefusedError(
            411,
            "length-missing",
            expected="a Content-Length header",
            got="none",
            next_step="announce the length and send again",
        )
    # 10 GB has 11 digits; nobody needs int() on a thousand of them.
    length = int(text) if len(text) < 16 else most + 1
    if length > most:
        raise RefusedError(
            413,
            "too-large",
            expected=f"at most {most} bytes",
            got="more announced",
            next_step="send less; nothing was read",
        )
    if sizes is not None and length not in sizes:
        raise wrong_size(sizes, got=f"{length} bytes announced")
    return length


@contextmanager
def announced_body(
    read: Callable[[int], bytes], length: int, *, allowance: Allowance = ALL_BODIES
) -> Iterator[bytes]:
    """Give exactly `length` bytes from `read`, or raise `RefusedError`: nothing half is given.

    `read(n)` returns at most n bytes, and none at the end (PEP 3333, wsgi.input). The
    allowance is held until the block ends: a body that waits for the disk takes as much
    memory as one that is still arriving.
    """
    chunks: list[bytes] = []
    arrived = 0
    try:
        while arrived < length:
            chunk = read(min(_CHUNK, length - arrived))
            if not chunk:
                raise cut_short(announced=length, arrived=arrived)
            allowance.take(len(chunk))
            arrived += len(chunk)
            chunks.append(chunk)
        whole = b"".join(chunks)
        chunks.clear()
        yield whole
    finally:
        allowance.give_back(arrived)


def read_announced(
    read: Callable[[int], bytes], length: int, *, allowance: Allowance = ALL_BODIES
) -> bytes:
    """Return an `announced_body`. For small ones, which are gone before they add up."""
    with announced_body(read, length, allowance=allowance) as whole:
        return whole
