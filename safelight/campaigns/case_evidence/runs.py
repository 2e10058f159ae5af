"""Work that takes longer than a page may: captures and bundles, one after the other, in a thread.

Kept in memory, gone with the lock. What is worth keeping the work itself writes down in the case;
a capture that was asked for and has neither ended nor stands here was interrupted.
"""

from __future__ import annotations

import errno
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from django.db import OperationalError, connections
from django.utils import translation
from django.utils.translation import gettext as _

from safelight.campaigns.case_evidence.refusals import in_words
from safelight.errors import SafelightError

_log: Final = logging.getLogger(__name__)
MOST_WAITING: Final = 40
THREAD: Final = "evidence-runs"
_REMEMBERED: Final = 60
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


Work: TypeAlias = Callable[[], None]


class TooManyRunsError(SafelightError):
    """More work was asked for than the desk queues."""


@dataclass(frozen=True, slots=True)
class Run:
    """One piece of work. `state`: "waiting", "running", "done", "refused" (see `problem`).

    `stage`: what is being done of it, a code that `wording.STAGES` knows; `answers`: how many have
    come, of a capture; `done` of `size` bytes.
    """

    number: int
    case_id: str
    kind: str
    name: str
    state: str = "waiting"
    problem: str = ""
    began: float = 0.0
    stage: str = ""
    answers: int = 0
    done: int = 0
    size: int = 0

    @property
    def is_over(self) -> bool:
        return self.state in ("done", "refused")


class _Queue:
    """Runs and their lock together; a new one after each lock of the desk."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.waiting: deque[tuple[int, Work, str]] = deque()
        self.runs: dict[int, Run] = {}
        self.next = 1
        self.worker: threading.Thread | None = None
        self.current = 0
        self.is_left = False


class _Held:
    def __init__(self) -> None:
        self.guard = threading.Lock()
        self.queue = _Queue()


_held = _Held()


def _queue() -> _Queue:
    with _held.guard:
        return _held.queue


def begin(case_id: str, kind: str, name: str, work: Work) -> None:
    """Queue a piece of work; raises `TooManyRunsError`. It runs in the page's language."""
    queue = _queue()
    with queue.changed:
        if len(queue.waiting) >= MOST_WAITING:
            raise TooManyRunsError(
                _("%(most)d captures, files or bundles wait already; wait for one, then go on")
                % {"most": MOST_WAITING}
            )
        run = Run(queue.next, case_id, kind, name)
        queue.next += 1
        queue.runs[run.number] = run
        for number in sorted(queue.runs)[:-_REMEMBERED]:
            if queue.runs[number].is_over:
                del queue.runs[number]
        queue.waiting.append((run.number, work, translation.get_language() or "en"))
        if queue.worker is None:
            queue.worker = threading.Thread(target=_work, args=(queue,), name=THREAD, daemon=True)
            queue.worker.start()
        queue.changed.notify_all()


def _work(queue: _Queue) -> None:
    while True:
        with queue.changed:
            if queue.is_left or not queue.waiting:
                queue.worker = None
                queue.changed.notify_all()
                return
            number, work, language = queue.waiting.popleft()
            queue.runs[number] = replace(
                queue.runs[number], state="running", began=time.monotonic()
            )
            queue.current = number
            queue.changed.notify_all()
        problem = _done(work, language)
        del work  # with what it holds: a login lives as long as its capture
        with queue.changed:
            state = "refused" if problem else "done"
            queue.runs[number] = replace(queue.runs[number], state=state, problem=problem, stage="")
            queue.changed.notify_all()


def _done(work: Work, language: str) -> str:
    try:
        with translation.override(language):
            work()
    except SafelightError as refusal:
        with translation.override(language):
            return in_words(refusal)
    except Exception as accident:  # noqa: BLE001  a thread's error reaches nobody (test_runs)
        _log.error("evidence.failed %s", type(accident).__name__)
        with translation.override(language):
            return _in_words(accident)
    finally:
        connections.close_all()  # this thread serves no request that would close them
    return ""


def _in_words(accident: Exception) -> str:
    """What a person can do about it, where it is the disk; else the name of what happened."""
    is_full = isinstance(accident, OSError) and accident.errno in _NO_ROOM
    if is_full or (isinstance(accident, OperationalError) and "full" in str(accident)):
        return _(
            "the disk is full, or the memory for files: nothing of this was kept. Make room on "
            "the disk of this desk, close other programs, and begin it again"
        )
    return type(accident).__name__


def is_idle() -> bool:
    """Whether nothing waits and nothing runs: what can wait does not stand in a person's way."""
    queue = _queue()
    with queue.changed:
        return queue.worker is None


def tell(stage: str, *, answers: int = 0, done: int = 0, size: int = 0) -> None:
    """Say how far the asking thread's work is. Nothing of a desk that was locked since."""
    queue = _queue()
    with queue.changed:
        run = queue.runs.get(queue.current)
        if queue.worker is not threading.current_thread() or run is None:
            return
        queue.runs[run.number] = replace(run, stage=stage, answers=answers, done=done, size=size)
        if run.stage != stage:
            queue.changed.notify_all()


def is_left() -> bool:
    """Whether the desk was locked since the asking thread's work began: nothing may be written."""
    queue = _queue()
    return queue.worker is not threading.current_thread()


def runs_of(case_id: str) -> list[Run]:
    """The work of a case since the desk was unlocked, the first first."""
    queue = _queue()
    with queue.changed:
        return [run for run in queue.runs.values() if run.case_id == case_id]


def dismiss(case_id: str) -> None:
    """Forget what is over, so that its problems are not shown any more."""
    queue = _queue()
    with queue.changed:
        for run in list(queue.runs.values()):
            if run.case_id == case_id and run.is_over:
                del queue.runs[run.number]


def wait_for(case_id: str, *, seconds: float) -> None:
    """Wait until this case's work is a step further, or nothing is left of it, or it was long."""
    queue = _queue()

    def stands() -> list[tuple[int, str, str]]:
        mine = (run for run in queue.runs.values() if run.case_id == case_id)
        return [(run.number, run.state, run.stage) for run in mine if not run.is_over]

    with queue.changed:
        before = stands()
        queue.changed.wait_for(lambda: stands() != before or not before, timeout=seconds)


def wait_until_idle(seconds: float) -> bool:
    """Wait until nothing runs; False when the time was over. For commands and tests."""
    queue = _queue()
    with queue.changed:
        return queue.changed.wait_for(lambda: queue.worker is None, timeout=seconds)


def forget() -> None:
    """Drop everything: the desk is being locked. What runs ends where it next needs the desk."""
    with _held.guard:
        left, _held.queue = _held.queue, _Queue()
    with left.changed:
        left.is_left = True
        left.waiting.clear()
