"""What a server remembers to price uploads: in memory, of nobody, and gone when it stops.

Four things: which solutions were spent, how much arrived lately, how far the queue of forms
without script reaches, and which requests of desks were taken. Every worker of one server
sees the same bytes, because the launcher makes them before it forks (an anonymous shared
mapping), so a solution that was spent stays spent when the worker is renewed. A table in the
database would do that too, but would write to the disk when somebody sent something.
"""

from __future__ import annotations

import fcntl
import mmap
import secrets
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Final

# generation and count of two tables; load and its moment; end of the queue
_HEAD: Final = struct.Struct("=qqqqddd")
_TABLES_AT: Final = 4096
_SLOT: Final = 8
# A million spent solutions in an hour are 290 a second; the price has risen long before.
_SLOTS: Final = 1 << 20
_FULL: Final = _SLOTS * 4 // 5
_TABLE: Final = _SLOTS * _SLOT


class FloodMemory:
    """Shared by all threads and all workers. Times are seconds of its own clock.

    `lock_file`: an open file whose byte `lock_byte` workers lock against each other; None for a
    process that has no other worker. The kernel frees it if a worker is killed.
    """

    def __init__(self, *, lock_file: int | None, lock_byte: int = 0) -> None:
        # Signs challenges and tickets. Never leaves the memory of this server.
        self.key: Final = secrets.token_bytes(32)
        # The clock says neither the hour nor how long the machine runs: its zero is random.
        self._zero = time.monotonic() - secrets.randbelow(10**9) - 10**6
        self._bytes = mmap.mmap(-1, _TABLES_AT + 2 * _TABLE)
        self._threads = threading.Lock()
        self._lock_file = lock_file
        self._lock_byte = lock_byte

    def now(self) -> float:
        """Seconds of a clock that never jumps and that every worker shares."""
        return time.monotonic() - self._zero

    def spend(self, fingerprint: bytes, *, expiry: int, lifetime: int) -> bool:
        """Remember 8 bytes until `expiry` has passed. False if they were remembered before.

        Raises `MemoryError` when a million others are remembered.
        Expiries lie at most `lifetime` seconds ahead, so two tables are enough: one for
        each stretch of that length, cleared when the stretch after the next one begins.
        """
        wanted = fingerprint if any(fingerprint) else b"\1" * _SLOT
        generation = expiry // lifetime
        with self._alone():
            head = list(_HEAD.unpack_from(self._bytes))
            which = generation % 2
            table = _TABLES_AT + which * _TABLE
            if head[which] > generation:
                return False  # its time has passed while it waited for the lock
            if head[which] < generation:
                self._bytes[table : table + _TABLE] = bytes(_TABLE)
                head[which], head[2 + which] = generation, 0
            if head[2 + which] >= _FULL:
                raise MemoryError
            slot = int.from_bytes(wanted, "big") % _SLOTS
            while True:
                at = table + slot * _SLOT
                held = self._bytes[at : at + _SLOT]
                if held == wanted:
                    return False
                if not any(held):
                    break
                slot = (slot + 1) % _SLOTS
            self._bytes[at : at + _SLOT] = wanted
            head[2 + which] += 1
            _HEAD.pack_into(self._bytes, 0, *head)
            return True

    def load(self, added: float, *, half_life: float) -> float:
        """Add to what arrived lately; return the sum, in which old arrivals fade."""
        with self._alone():
            head = list(_HEAD.unpack_from(self._bytes))
            now = self.now()
            faded = head[4] * 0.5 ** (max(0.0, now - head[5]) / half_life)
            if added:
                head[4], head[5] = faded + added, now
                _HEAD.pack_into(self._bytes, 0, *head)
            return float(faded + added)

    @contextmanager
    def queue(self) -> Iterator[Queue]:
        """The end of the queue, to be read and moved by one caller at a time."""
        with self._alone():
            head = list(_HEAD.unpack_from(self._bytes))
            held = Queue(end=head[6])
            yield held
            head[6] = held.end
            _HEAD.pack_into(self._bytes, 0, *head)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with self._threads:
            if self._lock_file is None:
                yield
                return
            # Of the process, not of the open file: a fork does not share it.
            fcntl.lockf(self._lock_file, fcntl.LOCK_EX, 1, self._lock_byte)
            try:
                yield
            finally:
                fcntl.lockf(self._lock_file, fcntl.LOCK_UN, 1, self._lock_byte)


class Queue:
    """When everybody who was given a place will have been served."""

    def __init__(self, *, end: float) -> None:
        self.end = end


# A launcher's, inherited by its workers.
_INHERITED: Final[list[FloodMemory]] = []


def remember_across_workers(lock_file: int) -> None:
    """Called by the launcher before its first worker begins. `lock_file` stays open."""
    _INHERITED[:] = [FloodMemory(lock_file=lock_file, lock_byte=byte) for byte in range(3)]


def flood_memory() -> FloodMemory:
    """Return the memory of this server; one of its own for a process without a launcher."""
    return _memory(0)


def memory_of_pages() -> FloodMemory:
    """Return another one, in which `shown_briefly` spends what nobody has paid for.

    In the same one those who ask for many such pages would fill the room for uploads.
    """
    return _memory(1)


def memory_of_desks() -> FloodMemory:
    """Return a third one, in which `asking_desk` spends what desks signed.

    In the first one a flood of uploads would leave desks no room.
    """
    return _memory(2)


def _memory(number: int) -> FloodMemory:
    return _INHERITED[number] if _INHERITED else _own(number)


@cache
def _own(number: int) -> FloodMemory:
    return FloodMemory(lock_file=None, lock_byte=number)
