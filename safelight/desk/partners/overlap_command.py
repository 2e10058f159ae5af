"""`safelight overlap`: the commands of `partners`, with the door to a desk that keeps a ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from safelight.desk.partners.list_command import Door
from safelight.partners.overlap.command import overlap as overlap_of_partners

if TYPE_CHECKING:
    from safelight.partners.overlap.terms import Terms


class _PayingDoor(Door):
    """Also books a session in the unlocked desk's privacy ledger."""

    def pay(self, terms: Terms, name: str, only_check: bool) -> None:
        from safelight.desk.partners.overlap_budget import LEDGER  # noqa: PLC0415  needs Django

        LEDGER.pay(terms, name, only_check=only_check)


overlap = click.Group(
    "overlap",
    commands=dict(overlap_of_partners.commands),
    help=overlap_of_partners.help,
    context_settings={"obj": _PayingDoor()},
)
