"""One run of linking on this desk: worked out in a thread, kept in memory, gone with the lock."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from safelight.errors import SafelightError

if TYPE_CHECKING:
    from safelight.linkage.linking import Linked, Progress

Pair = tuple[tuple[str, ...], tuple[str, ...]]
_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a run stands. `left`: seconds, as far as one can tell; `problem`: why it was refused."""

    running: bool
    share: float
    left: float
    linked: Linked | None
    problem: str


class _Run:
    """A class only so that a lock can leave a thread behind that tells nobody any more."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.share = 0.0
        self.linked: Linked | None = None
        self.problem = ""
        self.done = False
        self.put_off: set[Pair] = set()


class _Held:
    def __init__(self) -> None:
        self.guard = threading.Lock()
        self.run: _Run | None = None


_held = _Held()


def begin(work: Callable[[Progress], Linked]) -> None:
    """Start linking in a thread; does nothing while a run is under way."""
    with _held.guard:
        if _held.run is not None and not _held.run.done:
            return
        run = _held.run = _Run()
    threading.Thread(target=_work, args=(run, work), daemon=True).start()


def _work(run: _Run, work: Callable[[Progress], Linked]) -> None:
    def tell(share: float) -> None:
        run.share = share

    try:
        run.linked = work(tell)
    except SafelightError as refusal:
        run.problem = str(refusal)
    except Exception as accident:  # noqa: BLE001  a thread's error reaches nobody (test_linking_pages)
        _log.error("linking.failed %s", type(accident).__name__)
        run.problem = type(accident).__name__
    finally:
        run.done = True


def standing() -> Standing | None:
    """The run that was begun last since unlocking, or None."""
    with _held.guard:
        run = _held.run
    if run is None:
        return None
    spent = time.monotonic() - run.began
    left = spent * (1 - run.share) / run.share if run.share > 0 else 0.0
    return Standing(not run.done, run.share, left, run.linked, run.problem)


def put_off(pair: Pair) -> None:
    """Show this pair again only after the next run."""
    with _held.guard:
        if _held.run is not None:
            _held.run.put_off.add(pair)


def put_off_pairs() -> set[Pair]:
    with _held.guard:
        return set() if _held.run is None else set(_held.run.put_off)


def forget() -> None:
    """Drop the run: the desk is being locked."""
    with _held.guard:
        _held.run = None
