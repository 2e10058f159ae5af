"""What the operator decided, as `safelight serve` hands it to its worker."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROSTER: Final = "SAFELIGHT_SERVER_ROSTER"
ROOT: Final = "SAFELIGHT_SERVER_ROOT"
EXIT_TO: Final = "SAFELIGHT_SERVER_EXIT_TO"


@dataclass(frozen=True)
class Configuration:
    """The roster file, the root public key (64 hex digits) that signs it, and the way out."""

    roster: Path
    root_hex: str
    exit_to: str


def configured() -> Configuration:
    """Return the configuration of this process. KeyError: it was not started by `serve`."""
    return Configuration(Path(os.environ[ROSTER]), os.environ[ROOT], os.environ[EXIT_TO])
