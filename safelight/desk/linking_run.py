"""One run of linking on this desk, and which of its pairs wait for the next one."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from safelight.desk.long_run import LongRun, Standing

if TYPE_CHECKING:
    from safelight.linkage.linking import Linked

Pair = tuple[tuple[str, ...], tuple[str, ...]]

run: Final[LongRun[Linked]] = LongRun("linking")


class _PutOff:
    """A class only so that the pairs change under one lock."""

    def __init__(self) -> None:
        self.guard = threading.Lock()
        self.of: Linked | None = None
        self.pairs: set[Pair] = set()


_put_off: Final = _PutOff()


def _linked() -> Linked | None:
    now: Standing[Linked] | None = run.standing()
    return None if now is None else now.result


def put_off(pair: Pair) -> None:
    """Show this pair again only after the next run."""
    with _put_off.guard:
        if _put_off.of is not _linked():
            _put_off.of, _put_off.pairs = _linked(), set()
        _put_off.pairs.add(pair)


def put_off_pairs() -> set[Pair]:
    with _put_off.guard:
        return set(_put_off.pairs) if _put_off.of is _linked() else set()


def forget() -> None:
    """Drop the run: the desk is being locked."""
    run.forget()
    with _put_off.guard:
        _put_off.of, _put_off.pairs = None, set()
