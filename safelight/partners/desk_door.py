"""The door to a desk, as a command of this room needs it.

The desk stands above this room and mounts its commands, so the desk hands the door down
(`safelight/desk/partners/list_command.py`) and nothing here reaches up.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

import click

from safelight.partners.problems import ListError

_Answer = TypeVar("_Answer")


class DeskDoor(Protocol):
    """How to a desk's directory and passphrase belongs an unlocked desk."""

    def checked(self, data: Path) -> Path:
        """Return the desk's directory, or raise where there is no desk in it."""
        ...

    def unlocked(
        self, data: Path, passphrase_file: Path | None, act: Callable[[], _Answer]
    ) -> _Answer:
        """Unlock the desk in `data`, do it, lock again. Raises what unlocking raises."""
        ...


def desk_door() -> DeskDoor:
    """The door that the desk gave to this run of the command. Raises `ListError` if none did."""
    # click hands `obj` from the group down to its commands.
    door: DeskDoor | None = click.get_current_context().obj
    if door is None:
        raise ListError("this command was not started by a desk; use `safelight list`")
    return door
