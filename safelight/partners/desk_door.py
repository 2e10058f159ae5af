"""Doing something on an unlocked desk, from a command of this room."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

_Answer = TypeVar("_Answer")

# The desk stands above this room and mounts it, so it is asked by name, as Django is told
# its settings. What is asked for is two functions, typed here.
_DESK_COMMAND = "safelight.desk.command"
_DESK_UNLOCKING = "safelight.desk.unlocking"


class _Command(Protocol):
    def checked_desk(self, data: Path) -> Path: ...
    def passphrase_from(self, file: Path | None, *, twice: bool) -> str: ...


def _command() -> _Command:
    return cast("_Command", import_module(_DESK_COMMAND))


def checked_desk(data: Path) -> Path:
    """Return the desk's directory, or raise where there is no desk in it."""
    return _command().checked_desk(data)


def on_unlocked_desk(
    data: Path, passphrase_file: Path | None, act: Callable[[], _Answer]
) -> _Answer:
    """Unlock the desk in `data`, do it, lock again. Raises what unlocking raises."""
    desk = checked_desk(data)
    passphrase = _command().passphrase_from(passphrase_file, twice=False)
    unlocking: Any = import_module(_DESK_UNLOCKING)
    with unlocking.unlocked(desk, passphrase):
        return act()
