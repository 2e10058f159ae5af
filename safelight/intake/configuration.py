"""What the operator decided, as `safelight serve` hands it to its worker."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROSTER: Final = "SAFELIGHT_SERVER_ROSTER"
ROOT: Final = "SAFELIGHT_SERVER_ROOT"
EXIT_TO: Final = "SAFELIGHT_SERVER_EXIT_TO"
# A signed folder to show, and the public key that signed it; empty without one.
PUBLICATION: Final = "SAFELIGHT_SERVER_PUBLICATION"
PUBLICATION_KEY: Final = "SAFELIGHT_SERVER_PUBLICATION_KEY"
LARGEST_FILE: Final = "SAFELIGHT_SERVER_LARGEST_FILE"
MAILBOX_DAYS: Final = "SAFELIGHT_SERVER_MAILBOX_DAYS"
# Sealed: with padding, a photo or a short video.
DEFAULT_LARGEST_FILE: Final = 64 * 1024 * 1024
DEFAULT_MAILBOX_DAYS: Final = 400


@dataclass(frozen=True)
class Configuration:
    """The roster file, the root public key (64 hex digits) that signs it, and the way out."""

    roster: Path
    root_hex: str
    exit_to: str


def configured() -> Configuration:
    """Return the configuration of this process. KeyError: it was not started by `serve`."""
    return Configuration(Path(os.environ[ROSTER]), os.environ[ROOT], os.environ[EXIT_TO])


@dataclass(frozen=True)
class Limits:
    """The largest sealed file in bytes, and after how many quiet days a mailbox goes."""

    largest_file: int
    mailbox_days: int


def limits() -> Limits:
    """Return what the operator chose, or the defaults."""
    return Limits(
        int(os.environ.get(LARGEST_FILE, DEFAULT_LARGEST_FILE)),
        int(os.environ.get(MAILBOX_DAYS, DEFAULT_MAILBOX_DAYS)),
    )
