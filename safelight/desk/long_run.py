"""Work that takes longer than a page: done in a thread, kept in memory, gone with the lock.

A thread cannot be stopped from outside, so telling how far it is is also where work of a desk
that was locked meanwhile ends, even if it is open again: nobody waits for that work any more.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from django.db import connection
from django.utils import translation

from safelight.desk.sqlcipher.held_key import DeskLockedError
from safelight.errors import SafelightError

_Result = TypeVar("_Result")
Tell = Callable[[float], None]
_log: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Standing(Generic[_Result]):
    """How a run stands. `left`: seconds, as far as one can tell; `problem`: why it was refused."""

    running: bool
    share: float
    left: float
    result: _Result | None
    problem: str

    @property
    def percent(self) -> int:
        return round(100 * self.share)

    @property
    def minutes(self) -> int:
        return max(1, round(self.left / 60))


class _Run(Generic[_Result]):
    """A class only so that a lock can leave a thread behind that tells nobody any more."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.share = 0.0
        self.result: _Result | None = None
        self.problem = ""
        self.done = False
        self.dropped = False


_ALL: Final[list[LongRun[Any]]] = []


def forget_all() -> None:
    """Drop every run: the desk is being locked."""
    for one in _ALL:
        one.forget()


class LongRun(Generic[_Result]):
    """One kind of work on this desk; one at a time.

    What work is given to tell its share with raises `DeskLockedError` once the desk was locked.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._guard = threading.Lock()
        self._run: _Run[_Result] | None = None
        _ALL.append(self)

    def begin(self, work: Callable[[Tell], _Result]) -> bool:
        """Start in a thread, in the language of the page; False while a run is under way."""
        with self._guard:
            if self._run is not None and not self._run.done:
                return False
            run: _Run[_Result] = _Run()
            self._run = run
        language = translation.get_language() or "en"
        threading.Thread(target=self._work, args=(run, work, language), daemon=True).start()
        return True

    def _work(self, run: _Run[_Result], work: Callable[[Tell], _Result], language: str) -> None:
        def tell(share: float) -> None:
            if run.dropped:
                raise DeskLockedError("the desk was locked meanwhile; begin anew")
            run.share = share

        try:
            with translation.override(language):
                run.result = work(tell)
        except SafelightError as refusal:
            run.problem = str(refusal)
        except Exception as accident:  # noqa: BLE001  a thread's error reaches nobody (test_linking_pages)
            _log.error("%s.failed %s", self._name, type(accident).__name__)
            run.problem = type(accident).__name__
        finally:
            run.done = True
            connection.close()

    def standing(self) -> Standing[_Result] | None:
        """The run that was begun last since unlocking, or None."""
        with self._guard:
            run = self._run
        if run is None:
            return None
        spent = time.monotonic() - run.began
        left = spent * (1 - run.share) / run.share if run.share > 0 else 0.0
        # `done` first: it is set last.
        running = not run.done
        return Standing(running, run.share, left, run.result, run.problem)

    def forget(self) -> None:
        """Drop the run: the desk is being locked."""
        with self._guard:
            if self._run is not None:
                self._run.dropped = True
            self._run = None
