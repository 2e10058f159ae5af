"""A word from the launcher to its workers: end what would otherwise go on, because you are ending.

A worker that is told to stop waits for requests under way, and a stream of news is one that never
ends by itself. The launcher hears the signal first and writes the moment here, in memory that it
made before it forked.
"""

from __future__ import annotations

import mmap
import signal
import struct
import time
from types import FrameType
from typing import Any, Final

# A report that came without JavaScript leaves copies in freed memory of the HTTP layer,
# where nothing of ours can overwrite them (measured: still there 150 requests later).
# They end with the process, so no worker lives longer than this.
WORKER_SECONDS: Final = 600

_TOLD: Final = mmap.mmap(-1, 8)
_MOMENT: Final = struct.Struct("=d")


def tell_workers_to_end() -> None:
    """Whatever began before now is to end soon."""
    _MOMENT.pack_into(_TOLD, 0, time.monotonic())


def told_since(begun: float) -> bool:
    """Whether the launcher said so after `begun`, on the clock that all processes share."""
    return bool(_MOMENT.unpack_from(_TOLD)[0] >= begun)


def tell_them_at_the_end() -> None:
    """From now on the signals that end this process tell the workers first."""
    for number in (signal.SIGINT, signal.SIGTERM):
        _tell_first(number, signal.getsignal(number))


def _tell_first(number: signal.Signals, before: Any) -> None:
    def told(got: int, frame: FrameType | None) -> None:
        tell_workers_to_end()
        if callable(before):
            before(got, frame)

    signal.signal(number, told)
