"""Wait for what comes by itself."""

from __future__ import annotations

import time
from collections.abc import Callable


def until(holds: Callable[[], object]) -> None:
    """Wait for something to become true, and fail if it does not: a disk may stall for long."""
    deadline = time.monotonic() + 90
    while not holds():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)
