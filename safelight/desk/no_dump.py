"""Keep what is in this process's memory out of core dumps and crash reports."""

from __future__ import annotations

import ctypes
import resource
import sys
from typing import Final

# prctl(2), <linux/prctl.h>
_PR_SET_DUMPABLE: Final = 4


def forbid_dumps() -> None:
    """Let no crash of this process write its memory anywhere; cannot be taken back by others.

    The limit alone does not do: where dumps go to a program (systemd-coredump, apport), Linux
    ignores a limit of 0 (core(5)). A process that is not dumpable has none in either case, and
    other programs of the same user can neither trace it nor read its memory (ptrace(2)).
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        # A kernel that refuses leaves us with the limit; there is nothing better to do then.
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
