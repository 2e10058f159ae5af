"""Programs that tests start beside themselves: a port for one, and an end to it."""

from __future__ import annotations

import contextlib
import socket
import subprocess
from collections.abc import Iterator


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def ended_afterwards(process: subprocess.Popen[bytes], *, seconds: float) -> Iterator[None]:
    """Ask the program to end when the block does; after `seconds` it is killed, and that said."""
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=seconds)
        finally:
            process.kill()
            process.wait()
