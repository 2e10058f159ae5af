"""Makes the looks that are due, one by one, while the desk is unlocked and running.

    unlocked   a pause of minutes: a look at each unlocking would say when work begins
    then       one look that is due, whichever; another pause; and so on
    locked     the thread ends, with it what it was about to do

Nothing is kept here: what is due stands in a table made from the journal. So what was missed while
the desk was shut is made up for once, and what broke off is made again once (`schedules`). Looks
wait for an empty queue, and are no use of the desk: it locks itself as if they were not.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from django.db import DatabaseError, connections

from safelight.campaigns.case_evidence import runs
from safelight.campaigns.case_evidence.evidence_file import read_ways_out
from safelight.errors import SafelightError

_log: Final = logging.getLogger(__name__)
# Seconds. A case of twenty links takes most of an hour: links of one case that are asked for within
# the same minute, day after day, would be known to belong together.
PAUSE_AFTER_UNLOCKING: Final = (60.0, 600.0)
PAUSE_BETWEEN: Final = (30.0, 240.0)
# What a look was refused for (a role, a broken address) does not change by the minute.
_AGAIN_AFTER_REFUSAL: Final = 3600.0
_chance: Final = random.SystemRandom()


class _Watch(NamedTuple):
    thread: threading.Thread
    stop: threading.Event


class _Held:
    def __init__(self) -> None:
        self.guard = threading.Lock()
        self.watch: _Watch | None = None


_held: Final = _Held()


def start(data: Path) -> None:
    """Begin to make the looks of the desk in `data`; it has been unlocked."""
    stop = threading.Event()
    thread = threading.Thread(target=_watch, args=(data, stop), name="evidence-looks", daemon=True)
    with _held.guard:
        before, _held.watch = _held.watch, _Watch(thread, stop)
        if before is not None:
            before.stop.set()
    thread.start()


def forget() -> None:
    """Begin no more looks: the desk is being locked."""
    with _held.guard:
        before, _held.watch = _held.watch, None
    if before is not None:
        before.stop.set()


def _watch(data: Path, stop: threading.Event) -> None:
    refused: dict[str, float] = {}
    pause = PAUSE_AFTER_UNLOCKING
    while not stop.wait(_chance.uniform(*pause)):
        pause = PAUSE_BETWEEN
        try:
            try:
                look_at_next(data, stop=stop, refused=refused, at=datetime.now(UTC))
            finally:
                # This thread serves no request that would close them. In here: what it raises
                # would end the looks for as long as the desk is open, and say so to nobody.
                connections.close_all()
        except (SafelightError, DatabaseError) as refusal:
            # Locked in this moment, a full disk, an evidence.yaml that cannot be used (the pages
            # say so): the next pause is over soon enough.
            _log.info("evidence.look-put-off %s", type(refusal).__name__)
        except Exception as accident:  # noqa: BLE001  a thread's error reaches nobody (test_looks)
            _log.error("evidence.look-failed %s", type(accident).__name__)


def look_at_next(
    data: Path, *, stop: threading.Event, refused: dict[str, float], at: datetime
) -> str:
    """Queue one look that is due; return its capture's id, or "" where there is none to be made.

    `refused`: schedule → until when (monotonic) it is left alone; what is refused now enters it.
    """
    from safelight.campaigns.case_evidence.capture_work import (  # noqa: PLC0415  # models: late
        queue_look,
    )
    from safelight.campaigns.case_evidence.scheduling import (  # noqa: PLC0415  # models: late
        begin_look,
        due_now,
    )

    ways = read_ways_out(data)
    if not ways.exit or not runs.is_idle():
        return ""
    waiting = [row for row in due_now(at) if refused.get(row[0], 0.0) <= time.monotonic()]
    _chance.shuffle(waiting)
    for schedule, case_id in waiting:
        if stop.is_set():
            break
        try:
            look = begin_look(case_id, schedule, at=at)
        except SafelightError as refusal:
            _log.info("evidence.look-refused %s", type(refusal).__name__)
            look = None
        if look is not None:
            queue_look(case_id, look, ways)
            return look.capture
        refused[schedule] = time.monotonic() + _AGAIN_AFTER_REFUSAL
    return ""
