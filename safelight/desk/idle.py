"""Lock the desk when nobody has used it for a while: people are called away, or taken away."""

from __future__ import annotations

import threading
from collections.abc import Callable


class IdleLock:
    """Calls `lock` once nothing has been asked for `seconds`; 0 never does.

    A timer and not a check at the next request: the key must be gone from memory while the
    person is away, not when somebody comes back.
    """

    def __init__(self, seconds: float, lock: Callable[[], None]) -> None:
        self._seconds = seconds
        self._lock = lock
        self._timer: threading.Timer | None = None
        self._guard = threading.Lock()

    def touch(self) -> None:
        """Somebody is here: begin to wait anew."""
        if self._seconds <= 0:
            return
        with self._guard:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = threading.Timer(self._seconds, self._lock)
            self._timer.daemon = True
            self._timer.start()
