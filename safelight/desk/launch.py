"""One start of the desk: what it was started with, and who has proved to be its person.

The launch URL carries a token that works once. It is exchanged for a cookie whose
name and value are random, so that another program on this machine cannot guess
either, and a page from elsewhere cannot plant one.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from django.http import HttpRequest

# The WSGI environment carries the launch to the middleware and the views; the keys are ours.
ENVIRON_LAUNCH: Final = "safelight.launch"
# Rooms below the desk read these without knowing what a launch is.
ENVIRON_SERVER: Final = "safelight.server"
ENVIRON_ROOT: Final = "safelight.root"
ENVIRON_DATA: Final = "safelight.data"


@dataclass(frozen=True, slots=True)
class DeskConfig:
    """What `safelight desk run` was told. `guided` shows the demo's first page.

    `language` is the one the pages begin in; without it, the browser's. `lock_after` is in
    seconds without a request; 0 never locks by itself.
    """

    data: Path
    port: int
    server: str | None = None
    roster: Path | None = None
    root: str | None = None
    passphrase_file: Path | None = None
    guided: bool = False
    language: str | None = None
    lock_after: float = 0

    @property
    def origin(self) -> str:
        """The one origin this desk answers to."""
        return f"http://127.0.0.1:{self.port}"


@dataclass(slots=True)
class Launch:
    """Lives in memory from start to stop; nothing of it is ever written down."""

    config: DeskConfig
    pause: Callable[[float], None] = time.sleep
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    cookie_name: str = field(default_factory=lambda: f"d{secrets.token_hex(8)}", repr=False)
    cookie_value: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    language: str | None = None
    failed_unlocks: int = 0
    # The last journal entry when the desk was first unlocked: what came later, its person did.
    entries_before: int | None = None
    _token_used: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    unlocking: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def url(self) -> str:
        """The address to print: opens the desk once."""
        return f"{self.config.origin}/open/{self.token}"

    def enter(self, untrusted_token: str) -> bool:
        """Whether the token is right and has not been used; uses it up."""
        with self._lock:
            right = secrets.compare_digest(untrusted_token.encode(), self.token.encode())
            if not right or self._token_used:
                return False
            self._token_used = True
            return True

    def knows(self, untrusted_cookie: str | None) -> bool:
        """Whether this is the cookie that was given for the token."""
        return (
            untrusted_cookie is not None
            and self._token_used
            and secrets.compare_digest(untrusted_cookie.encode(), self.cookie_value.encode())
        )


def launch_of(request: HttpRequest) -> Launch:
    """Return the launch this request came to."""
    launch = request.META[ENVIRON_LAUNCH]
    if not isinstance(launch, Launch):
        raise TypeError(
            "the WSGI environment does not carry a launch; start the desk by its command"
        )
    return launch
