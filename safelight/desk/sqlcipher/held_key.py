"""The one database this process has unlocked, and its key, for as long as it is unlocked.

Django opens a connection per thread, so the key must be reachable from each of
them; it stands here and nowhere else: not in settings (debug pages print those),
not in the environment (child processes inherit that).
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from safelight.errors import SafelightError

KEY_SIZE: Final = 32


class DeskLockedError(SafelightError):
    """A database was asked for while none is unlocked."""


@dataclass(frozen=True, slots=True)
class HeldKey:
    """Where the database is, and the 32 bytes that open it."""

    database: Path
    key: bytearray

    def __repr__(self) -> str:
        return f"HeldKey(database={self.database.name!r})"


class _Hand:
    """Holds one key at a time; a class only so that the lock and the key change together."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.held: HeldKey | None = None


_hand = _Hand()


def hold(database: Path, key: bytes) -> None:
    """Make `database` the one that connections open from now on."""
    if len(key) != KEY_SIZE:
        raise DeskLockedError(f"the database key has {len(key)} bytes; it must have {KEY_SIZE}")
    release()
    with _hand.lock:
        _hand.held = HeldKey(database, bytearray(key))


def release() -> None:
    """Forget the key. Overwrites our copy; Python may have left others, so lock the machine too."""
    with _hand.lock:
        if _hand.held is not None:
            _hand.held.key[:] = bytes(KEY_SIZE)
            _hand.held = None


def is_held() -> bool:
    """Whether a database is unlocked in this process."""
    return _hand.held is not None


def held_key() -> HeldKey:
    """Return the key, or raise `DeskLockedError`."""
    held = _hand.held
    if held is None:
        raise DeskLockedError("the desk is locked; unlock it with its passphrase first")
    return held
