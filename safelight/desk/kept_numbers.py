"""Numbers worked out from every case, kept while the journal does not grow; gone with the lock.

Counting 50,000 cases takes seconds, looking at the page again should not. Only results are
kept, never a case.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any, Final, TypeVar

_Result = TypeVar("_Result")
_MOST: Final = 24


class _Kept:
    """A class only so that the entry and the results change together."""

    def __init__(self) -> None:
        self.guard = threading.Lock()
        self.entry = 0
        self.results: dict[Hashable, Any] = {}


_kept = _Kept()


def kept(entry: int, question: Hashable, answer: Callable[[], _Result]) -> _Result:
    """Return what `answer` said to this question when `entry` was the journal's last one."""
    with _kept.guard:
        if _kept.entry == entry and question in _kept.results:
            found: _Result = _kept.results[question]
            return found
    result = answer()
    with _kept.guard:
        if _kept.entry != entry or len(_kept.results) >= _MOST:
            _kept.results.clear()
        _kept.entry = entry
        _kept.results[question] = result
    return result


def forget() -> None:
    """Drop everything: the desk is being locked."""
    with _kept.guard:
        _kept.results.clear()
