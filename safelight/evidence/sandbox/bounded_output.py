"""Watch a sandboxed program to its end: no longer, and no more of its output, than agreed."""

from __future__ import annotations

import os
import selectors
import subprocess
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_PIECE: Final = 1 << 18
# Only its length is of use: what it says may be a hostile file's words.
_MOST_COMPLAINT: Final = 16 * 1024


class Ended(StrEnum):
    """How a program in the sandbox came to its end."""

    DONE = "done"
    FAILED = "failed"
    OUT_OF_TIME = "out-of-time"
    TOO_MUCH_OUTPUT = "too-much-output"


@dataclass(frozen=True)
class Outcome:
    """What a program left. `status`: its exit status; negative or above 128, a signal."""

    ended: Ended
    status: int
    untrusted_output: bytes
    untrusted_complaint: bytes


def watch(process: subprocess.Popen[bytes], *, patience: float, most_output: int) -> Outcome:
    """Read what `process` says until it ends, kill it at a limit, and return what it left.

    The process is gone when this returns or raises.
    """
    assert process.stdout is not None
    assert process.stderr is not None
    until = time.monotonic() + patience
    output, complaint = bytearray(), bytearray()
    ended: Ended | None = None
    with process, selectors.DefaultSelector() as selector:
        try:
            selector.register(process.stdout, selectors.EVENT_READ)
            selector.register(process.stderr, selectors.EVENT_READ)
            while selector.get_map() and ended is None:
                ready = selector.select(max(0.0, until - time.monotonic()))
                # Also while it talks: whoever always has something to say would never be late.
                if not ready or time.monotonic() >= until:
                    ended = Ended.OUT_OF_TIME
                for key, _ in ready:
                    # Straight from the descriptor: a buffered read waits for all it was asked for.
                    if not (piece := os.read(key.fd, _PIECE)):
                        selector.unregister(key.fileobj)
                    elif key.fileobj is process.stderr:
                        complaint += piece[: _MOST_COMPLAINT - len(complaint)]
                    elif len(output) + len(piece) > most_output:
                        ended = Ended.TOO_MUCH_OUTPUT
                    else:
                        output += piece
            if ended is None:
                ended = _waited(process, until)
        finally:
            # The first process of a namespace takes all others with it.
            process.kill()
            process.wait()
    return Outcome(ended, process.returncode, bytes(output), bytes(complaint[:_MOST_COMPLAINT]))


def _waited(process: subprocess.Popen[bytes], until: float) -> Ended:
    try:
        status = process.wait(max(0.0, until - time.monotonic()))
    except subprocess.TimeoutExpired:
        return Ended.OUT_OF_TIME
    return Ended.DONE if status == 0 else Ended.FAILED
