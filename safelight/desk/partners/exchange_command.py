"""`safelight exchange`: the commands of `partners`, with the door to a desk and its own rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Final

import click

from safelight.desk.partners.list_command import Door
from safelight.partners.exchange.command import exchange as exchange_of_partners

if TYPE_CHECKING:
    from safelight.partners.exchange.desk_exchange import OwnRow

SHARING: Final = "SHARE_PARTNER"


class _SharingDoor(Door):
    """Also knows which rows may leave, and which may be counted here."""

    def rows_to_share(self, on: date) -> Iterator[OwnRow]:
        return rows_to_share(on)

    def rows_to_count(self, on: date) -> Iterator[OwnRow]:
        return rows_to_count(on)


def rows_to_share(on: date) -> Iterator[OwnRow]:
    """Own rows whose person agrees on this day both to being counted and to sharing.

    The earlier of the two last days ends it. A case that is locked, because somebody says its
    person took it back, is left out until people decided. Rows from partners are never among
    them.
    """
    from safelight.casework.followup.consents import agreed_to  # noqa: PLC0415

    shared = dict(agreed_to(SHARING, on=on).values_list("case_id", "until"))
    for own in rows_to_count(on):
        if own.case_id in shared:
            yield replace(own, until=min(own.until, shared[own.case_id]))


def rows_to_count(on: date) -> Iterator[OwnRow]:
    """Own rows whose person agrees on this day to being counted; they do not leave."""
    from safelight.casework.followup.consents import agreed_to  # noqa: PLC0415
    from safelight.casework.models import Bridge, CaseState  # noqa: PLC0415
    from safelight.casework.summaries import STATISTICS  # noqa: PLC0415
    from safelight.partners.exchange.desk_exchange import OwnRow  # noqa: PLC0415
    from safelight.vocabulary.stat_row import StatRow  # noqa: PLC0415

    counted = dict(agreed_to(STATISTICS, on=on).values_list("case_id", "until"))
    bridges = Bridge.objects.filter(case__state=CaseState.CODED).select_related("row")
    for bridge in bridges.order_by("row__stat_id").iterator():
        case_id = str(bridge.case_id)
        if case_id in counted:
            yield OwnRow(StatRow.from_mapping(bridge.row.codes), counted[case_id], case_id)


exchange = click.Group(
    "exchange",
    commands=dict(exchange_of_partners.commands),
    help=exchange_of_partners.help,
    context_settings={"obj": _SharingDoor()},
)
