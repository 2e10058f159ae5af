"""`safelight list`: the commands of `partners`, with the door to a desk for those that need it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from safelight.desk.command import checked_desk, passphrase_from
from safelight.partners.command import lists as lists_of_partners

_Answer = TypeVar("_Answer")


class Door:
    """Opens desks for `partners`; loads the desk's modules only when it does."""

    def checked(self, data: Path) -> Path:
        return checked_desk(data)

    def unlocked(
        self, data: Path, passphrase_file: Path | None, act: Callable[[], _Answer]
    ) -> _Answer:
        desk = checked_desk(data)
        passphrase = passphrase_from(passphrase_file, twice=False)
        from safelight.desk.unlocking import unlocked  # noqa: PLC0415

        with unlocked(desk, passphrase):
            return act()


lists = click.Group(
    "list",
    commands=dict(lists_of_partners.commands),
    help=lists_of_partners.help,
    context_settings={"obj": Door()},
)
