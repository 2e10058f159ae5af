"""Keys of cases that two people opened together: in memory, for a time, never in a table."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from safelight.journal.content import ContentKey


@dataclass(slots=True)
class _Held:
    keys: tuple[ContentKey, ...] = field(repr=False)
    until: float


class _Memory:
    """Keys by case; a class only so that they and their lock are together."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.cases: dict[str, _Held] = {}


_memory = _Memory()


def hold_open(case_id: str, keys: Iterable[ContentKey], *, seconds: float) -> None:
    """Hold keys, of the case and of its originals, in memory for so long."""
    with _memory.lock:
        _memory.cases[case_id] = _Held(tuple(keys), time.monotonic() + seconds)
    # A timer, too: they must be gone when the time is over, not when somebody looks again.
    timer = threading.Timer(seconds + 1, _drop_what_is_over)
    timer.daemon = True
    timer.start()


def _drop_what_is_over() -> None:
    now = time.monotonic()
    with _memory.lock:
        _memory.cases = {case: held for case, held in _memory.cases.items() if held.until > now}


def close(case_id: str) -> None:
    """Forget the keys of one case now."""
    with _memory.lock:
        _memory.cases.pop(case_id, None)


def close_all() -> None:
    """Forget all of them: the desk locks."""
    with _memory.lock:
        _memory.cases.clear()


def seconds_left(case_id: str) -> float:
    """How long a case is still open here; 0 when it is not."""
    with _memory.lock:
        held = _memory.cases.get(case_id)
    return max(0.0, held.until - time.monotonic()) if held else 0.0


def held_keys(subject: str) -> list[ContentKey]:
    """Return the keys of a subject (a case, or an original of one) that are held in memory."""
    now = time.monotonic()
    with _memory.lock:
        every = [held.keys for held in _memory.cases.values() if held.until > now]
    return [key for keys in every for key in keys if key.subject == subject]
