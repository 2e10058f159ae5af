"""The server and the desk as child processes: started, watched, and always stopped.

Each runs in a session of its own, so that Ctrl-C reaches the demo alone and the demo
stops both in order; what they print is kept in memory only, its last lines for the
case that one dies.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Final

from safelight.errors import SafelightError

_LAST_LINES: Final = 12
_STOP_SECONDS: Final = 8.0
_PORTS_TRIED: Final = 50


class ChildError(SafelightError):
    """A program the demo started did not start, or ended by itself."""


class Child:
    """One running `safelight …` and the last lines it said."""

    def __init__(
        self, name: str, arguments: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> None:
        self.name = name
        self._lines: deque[str] = deque(maxlen=_LAST_LINES)
        self._said = threading.Condition()
        self._group_ended = False
        self._process = subprocess.Popen(  # noqa: S603 - our own program, arguments as a list
            [sys.executable, "-m", "safelight", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=None if environment is None else dict(environment),
            start_new_session=True,
        )
        self._reader = threading.Thread(
            target=self._read, args=(self._process.stdout,), daemon=True
        )
        self._reader.start()

    def _read(self, output: IO[str] | None) -> None:
        for line in output or ():
            with self._said:
                self._lines.append(line.rstrip("\n"))
                self._said.notify_all()
        with self._said:
            self._said.notify_all()

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    @property
    def process_id(self) -> int:
        return self._process.pid

    def said(self, pattern: re.Pattern[str], *, timeout: float) -> str:
        """Wait until a line matches and return the match; `ChildError` when none comes."""
        deadline = time.monotonic() + timeout
        with self._said:
            while True:
                for line in self._lines:
                    if found := pattern.search(line):
                        return found.group(0)
                left = deadline - time.monotonic()
                if left <= 0 or (not self.running and not self._reader.is_alive()):
                    break
                self._said.wait(min(left, 0.2))
        raise ChildError(self._obituary("did not say that it is ready"))

    def answers(self, question: Callable[[], bool], *, timeout: float) -> None:
        """Wait until `question` is true; `ChildError` when the child ends or is too slow."""
        deadline = time.monotonic() + timeout
        while not question():
            if not self.running:
                raise ChildError(self._obituary("ended before it answered"))
            if time.monotonic() > deadline:
                raise ChildError(self._obituary(f"did not answer within {timeout:.0f} s"))
            time.sleep(0.05)

    def check_running(self) -> None:
        if not self.running:
            raise ChildError(self._obituary("ended by itself"))

    def _obituary(self, what: str) -> str:
        self._reader.join(timeout=1.0)
        code = self._process.poll()
        state = "still running" if code is None else f"exit code {code}"
        last = "\n".join(f"    {line}" for line in self._lines) or "    (it said nothing)"
        return f"the {self.name} {what} ({state}); its last lines:\n{last}"

    def stop(self) -> None:
        """Ask it to end, then insist; its own workers too. Safe to call twice."""
        if self.running:
            self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_STOP_SECONDS)
        if not self._group_ended:
            # The session is the child's own, so its group holds its workers and nobody else.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._group_ended = True
        self._process.wait()
        self._reader.join(timeout=2.0)
        if self._process.stdout is not None and not self._reader.is_alive():
            self._process.stdout.close()


def free_port(wanted: int) -> int:
    """`wanted`, or the next port of the loopback interface that nobody listens on."""
    for port in range(wanted, min(wanted + _PORTS_TRIED, 65536)):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            # As servers do: a port whose last connections are still closing is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise ChildError(
        f"ports {wanted} to {wanted + _PORTS_TRIED - 1} are all taken; "
        "choose another with --port-server or --port-desk"
    )
