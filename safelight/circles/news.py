"""GET /circle/<id>/news: a stream that says that there is something new, and nothing else of it.

Each event is twelve bytes: `news`, `idle` (every 15 seconds, so that a dead line is noticed) or
`over` (this key's epoch has ended, or the circle is gone). The worker's event loop holds the
streams (`safelight/server/streams.py`); here is what they ask the database, and how many there
may be.

No address is looked at, so what keeps a flood out is that only a circle's own members can open
a stream, so many for each circle and so many in all. Where all are taken, one of the circle that
has the most ends for one of a circle that has fewer; whoever finds no room polls.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from typing import Final

from django.db import connection
from django.http import HttpRequest, StreamingHttpResponse

from safelight.circles import limits
from safelight.circles.asking import check_method, shown
from safelight.circles.doors import epoch_over, opened
from safelight.circles.models import Circle
from safelight.circles.standing import Standing, Watched
from safelight.intake.refusal import RefusedError
from safelight.intake.storage import readable

NEWS: Final = b"data: news\n\n"
IDLE: Final = b"data: idle\n\n"
OVER: Final = b"data: over\n\n"

_AT_ONCE: Final = 500


class NewsResponse(StreamingHttpResponse):
    """Checked and allowed. The layer that holds connections writes what follows the head."""

    def __init__(self, watched: Watched) -> None:
        super().__init__(_only_one_event(), content_type="text/event-stream")
        self.watched = watched
        # A proxy that gathers small pieces would keep them (nginx).
        self.headers["X-Accel-Buffering"] = "no"


def _only_one_event() -> Iterator[bytes]:
    yield IDLE


class Room:
    """How many streams this worker holds, and of which circles. Belongs to all its threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: Counter[int] = Counter()

    def check(self, circle: int) -> None:
        """Raise `RefusedError` 503 if there is none for one more of this circle.

        Where all are taken a circle with fewer than another has gets one of that other's, so that
        some circles which hold as many as they may keep nobody out.
        """
        with self._lock:
            held = self._held[circle]
            full = held >= limits.CIRCLE_STREAMS or (
                self._held.total() >= limits.STREAMS and held + 1 >= max(self._held.values())
            )
        if full:
            raise RefusedError(
                503,
                "streams-full",
                expected="fewer streams at once",
                got="as many as fit",
                next_step="ask for the log now and then instead",
            )

    def take(self, circle: int) -> None:
        with self._lock:
            self._held[circle] += 1

    def give_back(self, circle: int) -> None:
        with self._lock:
            self._held[circle] -= 1
            if not self._held[circle]:
                del self._held[circle]

    def too_many(self) -> int | None:
        """Return the circle with the most streams while there are more than may be; else None."""
        with self._lock:
            if self._held.total() <= limits.STREAMS:
                return None
            return max(self._held, key=self._held.__getitem__)

    def circles(self) -> list[int]:
        """The circles that have streams, each once."""
        with self._lock:
            return list(self._held)


ROOM: Final = Room()


def news(request: HttpRequest, circle_id: str) -> NewsResponse:
    """A stream for members of the epoch of now. 409 "epoch-over" to those of an earlier one."""
    check_method(request, "GET")
    key = shown(request, "Key")
    with readable(), connection.cursor() as cursor:
        at = opened(cursor, bytes.fromhex(circle_id), key)
        if at.until is not None:
            raise epoch_over()
        found = standings([at.circle])
    ROOM.check(at.circle)
    # Burned, or a commit, between the two queries: the first look ends the stream.
    return NewsResponse(Watched(at.circle, found.get(at.circle, Standing(0, at.epoch))))


def standings(circles: list[int]) -> dict[int, Standing]:
    """Return how far each of these is. Those that are burned or gone are left out."""
    found = {}
    for start in range(0, len(circles), _AT_ONCE):
        rows = Circle.objects.filter(key__in=circles[start : start + _AT_ONCE], burned=False)
        for key, sequence, epoch in rows.values_list("key", "last_sequence", "epoch"):
            found[key] = Standing(sequence, epoch)
    return found


class Look:
    """Asks what has changed, always from one thread, whose connection notices others' writes."""

    def __init__(self) -> None:
        self._version: object = None
        self._known: dict[int, Standing] = {}

    def again(self, circles: list[int]) -> dict[int, Standing]:
        """Return how far each of these is. Raises `RefusedError` as `readable` does.

        SQLite says in some microseconds whether anybody has written at all.
        """
        # Forgotten first: after an error there will be another connection, with other numbers.
        before, self._version = self._version, None
        with readable():
            version = self._written()
            changed = version is None or version != before
            wanted = circles if changed else [one for one in circles if one not in self._known]
            fresh = standings(wanted)
        self._version = version
        kept = {} if changed else {one: self._known[one] for one in circles if one in self._known}
        self._known = kept | fresh
        return self._known

    def _written(self) -> object:
        """A number that changes when another connection has written; None where there is none."""
        if connection.vendor != "sqlite":
            return None
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA data_version")
            return cursor.fetchone()[0]
