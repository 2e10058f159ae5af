"""A queue of captures: many addresses one after another, again on a schedule, in one state file.

The queue is a value. `added`, `next_due`, `taken` and `finished` make a new one of it and know no
disk; `run_queue` does the work and writes the state after each step, so that a program that is
shut down goes on where it stopped.

For `safelight evidence capture`, whose captures stand in a folder in the clear. A case's captures
have another queue (`campaigns/case_evidence/runs.py`): what was asked for stands in the encrypted
journal, an address is in no file, and locking the desk ends what runs.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Self

from safelight.evidence.capture.capture_address import checked_address
from safelight.evidence.capture.capture_record import CaptureRecord, read_record
from safelight.evidence.capture.problems import BrowserUnavailable, CaptureError

STATE: Final = "queue.json"
_MOST: Final = 10_000
_ID: Final = re.compile(r"[0-9a-f]{16}")
# Every few minutes for weeks would tell the other side that somebody watches.
SHORTEST_INTERVAL: Final = timedelta(hours=1)

Capturing = Callable[[str, Path], CaptureRecord]


class Turn(StrEnum):
    """Where one capture of the queue stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True)
class Waiting:
    """One capture. `again_hours`: 0 for once; `times`: how often it is still to be made after."""

    id: str
    url: str
    due: datetime
    again_hours: int = 0
    times: int = 0
    turn: Turn = Turn.WAITING
    status: str = ""


@dataclass(frozen=True)
class CaptureQueue:
    """All captures, in the order in which they were added."""

    waiting: tuple[Waiting, ...] = field(default=())

    def added(
        self, urls: Sequence[str], *, due: datetime, again: timedelta | None, times: int
    ) -> Self:
        """Add addresses. `again`: capture again that long after, `times` times more.

        Raises `CaptureError`.
        """
        if len(self.waiting) + len(urls) > _MOST:
            raise CaptureError(f"a queue holds at most {_MOST} captures; begin another")
        if again is not None and (again < SHORTEST_INTERVAL or times < 1):
            raise CaptureError("captures are repeated after an hour at the earliest, at least once")
        hours = 0 if again is None else int(again / timedelta(hours=1))
        new = [
            Waiting(secrets.token_hex(8), checked_address(url), due, hours, times if hours else 0)
            for url in urls
        ]
        return replace(self, waiting=(*self.waiting, *new))

    def next_due(self, now: datetime) -> Waiting | None:
        """The one to capture now; None: nothing is due."""
        due = [one for one in self.waiting if one.turn is Turn.WAITING and one.due <= now]
        return min(due, key=lambda one: one.due, default=None)

    def taken(self, one: Waiting) -> Self:
        """It is being captured."""
        return self._with(replace(one, turn=Turn.RUNNING))

    def finished(self, one: Waiting, record: CaptureRecord | None, *, now: datetime) -> Self:
        """It was captured, or refused (`None`); if it is to be repeated, that is added."""
        turn = Turn.REFUSED if record is None else Turn.DONE
        status = "" if record is None else record.status.value
        after = self._with(replace(one, turn=turn, status=status))
        if not one.times:
            return after
        # From now, not from when it was due: after a week off, one capture is made up for.
        again = replace(
            one,
            id=secrets.token_hex(8),
            due=now + timedelta(hours=one.again_hours),
            times=one.times - 1,
            turn=Turn.WAITING,
            status="",
        )
        return replace(after, waiting=(*after.waiting, again))

    def resumed(self) -> Self:
        """What was running when the program stopped waits again."""
        return replace(
            self,
            waiting=tuple(
                replace(one, turn=Turn.WAITING) if one.turn is Turn.RUNNING else one
                for one in self.waiting
            ),
        )

    def _with(self, changed: Waiting) -> Self:
        return replace(
            self,
            waiting=tuple(changed if one.id == changed.id else one for one in self.waiting),
        )

    def to_json(self) -> bytes:
        """The bytes of the state file."""
        listed = [{**asdict(one), "due": one.due.isoformat()} for one in self.waiting]
        return json.dumps({"version": 1, "waiting": listed}, ensure_ascii=False, indent=1).encode()

    @classmethod
    def parse(cls, untrusted: bytes) -> Self:
        """Read the state file. Raises `CaptureError`."""
        try:
            facts = json.loads(untrusted)
            if facts["version"] != 1 or len(facts["waiting"]) > _MOST:
                raise CaptureError("the queue is of another version, or too long")
            return cls(tuple(_waiting(one) for one in facts["waiting"]))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise CaptureError("the queue's state file cannot be read; it was damaged") from None


def _waiting(untrusted: Mapping[str, Any]) -> Waiting:
    one = Waiting(
        id=str(untrusted["id"]),
        url=checked_address(str(untrusted["url"])),
        due=datetime.fromisoformat(untrusted["due"]),
        again_hours=int(untrusted["again_hours"]),
        times=int(untrusted["times"]),
        turn=Turn(untrusted["turn"]),
        status=str(untrusted["status"]),
    )
    # The id names a folder; what is repeated without a pause would never end.
    is_one = _ID.fullmatch(one.id) and one.due.tzinfo is not None
    if not is_one or one.times < 0 or (one.times and one.again_hours < 1):
        raise ValueError("no capture of a queue")
    return one


def read_queue(folder: Path) -> CaptureQueue:
    """Read the queue of a folder; an empty one if it has none. Raises `CaptureError`."""
    try:
        return CaptureQueue.parse((folder / STATE).read_bytes()).resumed()
    except FileNotFoundError:
        return CaptureQueue()


def write_queue(folder: Path, queue: CaptureQueue) -> None:
    """Replace the state file as a whole."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = folder / f".{secrets.token_hex(8)}.unfinished"
    try:
        with unfinished.open("xb") as file:
            file.write(queue.to_json())
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(folder / STATE)
    finally:
        with contextlib.suppress(FileNotFoundError):
            unfinished.unlink()


def run_queue(
    folder: Path,
    capturing: Capturing,
    *,
    on_change: Callable[[CaptureQueue], None],
    clock: Callable[[], datetime] = lambda: datetime.now(tz=UTC),
) -> CaptureQueue:
    """Capture all that is due, one after another, into folders of `folder` named by their ids.

    Raises `CaptureError` for a queue that cannot be read or that another program runs, and
    `BrowserUnavailable` where nothing can be captured at all: then all of it still waits.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _alone_in(folder):
        return _run(folder, capturing, on_change, clock)


@contextlib.contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise CaptureError(
            "another program is capturing into that folder; wait until it is done"
        ) from None
    finally:
        os.close(descriptor)


def _remove_unfinished(folder: Path) -> None:
    """Remove what a program that was killed left here in the clear; nobody else works here now."""
    for left in folder.glob(".*.unfinished"):
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)


def _run(
    folder: Path,
    capturing: Capturing,
    on_change: Callable[[CaptureQueue], None],
    clock: Callable[[], datetime],
) -> CaptureQueue:
    _remove_unfinished(folder)
    queue = read_queue(folder)
    while (one := queue.next_due(clock())) is not None:
        queue = queue.taken(one)
        write_queue(folder, queue)
        on_change(queue)
        record = None
        try:
            place = folder / one.id
            # Killed after the folder was there, and before the state said so.
            record = read_record(place) if place.is_dir() else capturing(one.url, place)
        except BrowserUnavailable:
            write_queue(folder, queue.resumed())
            raise
        except CaptureError:
            pass  # Refused before it began: the state says so.
        queue = queue.finished(one, record, now=clock())
        write_queue(folder, queue)
        on_change(queue)
    return queue
