"""Streams of news: each a coroutine that sleeps, and one look at the database for all of them.

A stream costs no thread. Once a second, while there are any, one thread asks which circles have
moved on, whichever process wrote: so it works with one worker and with several, on either
database, and nothing about who listens leaves this process.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final

from safelight.circles.news import IDLE, NEWS, OVER, ROOM, Look
from safelight.circles.standing import Standing, Watched
from safelight.intake.refusal import RefusedError
from safelight.server.arriving import Receive
from safelight.server.ending import told_since

Send = Callable[[dict[str, Any]], Awaitable[None]]

TICK_SECONDS: Final = 1.0
IDLE_SECONDS: Final = 15.0
# A stream ends by itself after four to eight minutes, and begins anew if it is still wanted. So
# it stays far below the bytes after which some networks cut, and a worker can be renewed.
LEAST_SECONDS: Final = 240.0
# A worker that has had its time is followed by another within some seconds, and then given a minute
# to end. Its streams end in between, not all at once, so that they begin anew at the other.
AFTER_SECONDS: Final = 5.0
SPREAD_SECONDS: Final = 20.0
# A line that does not take twelve bytes in this time is dead.
_SENDING_SECONDS: Final = 20.0


@dataclass(eq=False)
class _Stream:
    standing: Standing
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    # What is to be said next: nothing, news or that it is over.
    event: bytes = IDLE
    # Its place is wanted by a circle that has fewer.
    ending: bool = False


class Streams:
    """All streams of one worker. Belongs to the event loop's thread."""

    def __init__(self, *, worker_seconds: float) -> None:
        self._begun = time.monotonic()
        self._until = self._begun + worker_seconds + AFTER_SECONDS
        # Of each circle the oldest first.
        self._of: defaultdict[int, dict[_Stream, None]] = defaultdict(dict)
        self._look = Look()
        self._looking: asyncio.Task[None] | None = None
        # One thread: SQLite tells what *other* connections wrote.
        self._eyes = ThreadPoolExecutor(1, thread_name_prefix="news")

    async def run(self, watched: Watched, receive: Receive, send: Send) -> None:
        """Write events until the epoch is over, the line is dead or it is time to begin anew."""
        stream = _Stream(watched.standing)
        ROOM.take(watched.circle)
        self._of[watched.circle][stream] = None
        self._end_one_too_many()
        if self._looking is None:
            self._looking = asyncio.create_task(self._keep_looking())
        gone = asyncio.create_task(_gone(receive))
        try:
            await self._write(stream, gone, send)
        except (TimeoutError, OSError):
            pass  # a line that takes nothing any more
        finally:
            gone.cancel()
            self._of[watched.circle].pop(stream, None)
            if not self._of[watched.circle]:
                del self._of[watched.circle]
            ROOM.give_back(watched.circle)
        await _said(send, {"type": "http.response.body", "body": b""})

    async def _write(self, stream: _Stream, gone: asyncio.Task[None], send: Send) -> None:
        ends = self._end_of_one()
        while time.monotonic() < ends and not gone.done():
            # Before the line is waited for: what comes meanwhile wakes it again.
            stream.woken.clear()
            event, stream.event = stream.event, IDLE
            await _said(send, {"type": "http.response.body", "body": event, "more_body": True})
            if event is OVER or stream.ending:
                return
            waking = asyncio.create_task(stream.woken.wait())
            rest = min(IDLE_SECONDS, max(0.0, ends - time.monotonic()))
            await asyncio.wait({waking, gone}, timeout=rest, return_when="FIRST_COMPLETED")
            waking.cancel()
            if stream.ending or told_since(self._begun):
                return

    def _end_one_too_many(self) -> None:
        """End the oldest stream of the circle that has the most, if all are too many."""
        busiest = ROOM.too_many()
        if busiest is not None:
            oldest = next((one for one in self._of[busiest] if not one.ending), None)
            if oldest is not None:
                oldest.ending = True
                oldest.woken.set()

    def _end_of_one(self) -> float:
        """When a stream that begins now ends by itself."""
        now, chance = time.monotonic(), secrets.randbelow(1_000) / 1_000
        # Also one that comes to the old worker late is worth its beginning.
        renewed = max(self._until, now) + chance * SPREAD_SECONDS + 1
        return min(now + LEAST_SECONDS * (1 + chance), renewed)

    async def _keep_looking(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._of:
                await asyncio.sleep(TICK_SECONDS)
                if told_since(self._begun):
                    self._wake_all()
                    continue
                asked = list(self._of)
                try:
                    found = await loop.run_in_executor(self._eyes, self._look.again, asked)
                except RefusedError:
                    continue  # a database in trouble; who writes or reads hears it
                for circle in asked:
                    self._tell(circle, found.get(circle))
        finally:
            self._looking = None

    def _tell(self, circle: int, now: Standing | None) -> None:
        for stream in self._of.get(circle, ()):
            if now is None or now.epoch != stream.standing.epoch:
                stream.event = OVER
            elif now.sequence > stream.standing.sequence:
                stream.event, stream.standing = NEWS, now
            else:
                continue
            stream.woken.set()

    def _wake_all(self) -> None:
        for streams in self._of.values():
            for stream in streams:
                stream.woken.set()


async def _gone(receive: Receive) -> None:
    """Return when the client has closed its line."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _said(send: Send, message: dict[str, Any]) -> None:
    await asyncio.wait_for(send(message), _SENDING_SECONDS)
