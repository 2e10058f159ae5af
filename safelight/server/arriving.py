"""Waiting for a body without a thread: with limits in time and in room, then all at once.

granian times how long a request's head may take and leaves the body to the application
(its issue 728). Here a body waits as a coroutine, so connections that send nothing cost
a few kilobytes each until they are cut, and no thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import Any, Final

from safelight.intake.body import Allowance
from safelight.intake.refusal import RefusedError, cut_short
from safelight.server.spool import PIECE, Spool

Receive = Callable[[], Awaitable[dict[str, Any]]]

# In each stretch of so many seconds so many bytes must come: 256 a second, less than any
# line gives over which a page can be loaded. Silence is cut after one stretch.
STRETCH_SECONDS: Final = 20.0
STRETCH_BYTES: Final = 5 * 1024
# What waits in memory: at most 64 KiB of each body, so two thousand of them.
_IN_MEMORY: Final = Allowance(128 * 1024 * 1024)
# What waits on the disk: all that is larger. What was paid for has room of its own, so that
# bodies which need not pay (forms without script, desks) cannot take it.
PAID_FOR: Final = Allowance(512 * 1024 * 1024)
NOT_PAID_FOR: Final = Allowance(1024 * 1024 * 1024)


class Body:
    """A body on its way; then `wsgi.input` (PEP 3333) for the view, which reads it once.

    If it did not become whole, `read` raises the `RefusedError` that says why, so that the
    view answers in its own manner. Whoever made it calls `close`.
    """

    def __init__(self, *, spool_in: Path, on_disk: Allowance, writers: Executor) -> None:
        self._spool_in = spool_in
        self._on_disk = on_disk
        self._writers = writers
        self._held = bytearray()
        self._charged = 0
        self._spool: Spool | None = None
        self._refused: RefusedError | None = None
        self._reading = b""

    async def arrive(self, receive: Receive, length: int) -> None:
        """Return when `length` bytes are here, or are refused (400, 408, 503, 507)."""
        try:
            await self._arrive(receive, length)
        except TimeoutError:
            self._refused = RefusedError(
                408,
                "too-slow",
                expected=f"{STRETCH_BYTES} bytes in each {STRETCH_SECONDS:.0f} seconds",
                got="fewer",
                next_step="send the same bytes again; nothing was kept",
            )
        except RefusedError as refused:
            self._refused = refused
        except OSError:
            self._refused = RefusedError(
                507,
                "storage-full",
                expected="room on the disk for a body that is arriving",
                got="none, or a disk that fails",
                next_step="send the same bytes again in an hour; the operator must make room",
            )

    def refuse(self, refused: RefusedError) -> None:
        """Give no byte of it to the view, but this."""
        self._refused = refused

    async def _arrive(self, receive: Receive, length: int) -> None:
        loop = asyncio.get_running_loop()
        arrived = in_stretch = 0
        stretch_ends = loop.time() + STRETCH_SECONDS
        while arrived < length:
            async with asyncio.timeout_at(stretch_ends):
                message = await receive()
            chunk = message.get("body", b"")
            arrived += len(chunk)
            if message["type"] != "http.request" or (
                arrived < length and not message.get("more_body")
            ):
                # A line that was closed in one direction may still hear this.
                raise cut_short(announced=length, arrived=arrived)
            in_stretch += len(chunk)
            if in_stretch >= STRETCH_BYTES:
                stretch_ends, in_stretch = loop.time() + STRETCH_SECONDS, 0
            _IN_MEMORY.take(len(chunk))
            self._charged += len(chunk)
            # A bytearray: single bytes as a list of objects would take forty times as much.
            self._held += chunk
            while len(self._held) > PIECE:
                await self._move_to_disk()

    async def _move_to_disk(self) -> None:
        if self._spool is None:
            self._spool = Spool(self._spool_in, allowance=self._on_disk)
        piece = bytes(self._held[:PIECE])
        del self._held[:PIECE]
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._writers, self._spool.add, piece)
        _IN_MEMORY.give_back(PIECE)
        self._charged -= PIECE

    def read(self, size: int = -1) -> bytes:
        """Return at most `size` bytes, and none at the end; without `size`, all that is left."""
        if self._refused is not None:
            raise self._refused
        if size < 0:
            return b"".join(iter(lambda: self.read(PIECE), b""))
        if not self._reading:
            # What stayed in memory came last.
            self._reading = (self._spool.next_piece() if self._spool else b"") or self._rest()
        given, self._reading = self._reading[:size], self._reading[size:]
        return given

    def readline(self, size: int = -1) -> bytes:
        """Django looks this up and never calls it: it parses forms in blocks."""
        raise NotImplementedError

    def _rest(self) -> bytes:
        rest, self._held = bytes(self._held), bytearray()
        return rest

    def close(self) -> None:
        """Forget the bytes. May be called again."""
        self._held = bytearray()
        _IN_MEMORY.give_back(self._charged)
        self._charged = 0
        if self._spool is not None:
            self._spool.close()
