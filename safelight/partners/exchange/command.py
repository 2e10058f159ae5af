"""`safelight exchange`: rows for organisations that trust each other
(docs/how-to/exchange-rows.md)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import click

from safelight.partners.desk_door import DeskDoor, desk_door
from safelight.partners.overlap.keys import Card
from safelight.sealing.whole_file import whole_file

if TYPE_CHECKING:
    from safelight.partners.exchange.desk_exchange import OwnRow

_LARGEST_FILE = 512 * 1024 * 1024
_PATH = click.Path(exists=True, dir_okay=False, path_type=Path)
_NEW = click.Path(dir_okay=False, path_type=Path)
_DATA = click.option(
    "--data",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="The desk's directory.",
)
_PASSPHRASE_FILE = click.option(
    "--passphrase-file",
    type=_PATH,
    help="Read the passphrase from this file's first line instead of asking.",
)
_OUT = click.option("--out", required=True, type=_NEW, help="A new file.")
_AS_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")


class SharingDoor(DeskDoor, Protocol):
    """The door to a desk that also knows which of its rows may be shared."""

    def rows_to_share(self, on: date) -> Iterator[OwnRow]:
        """Own rows whose person agrees, on this day, to sharing with partners."""
        ...

    def rows_to_count(self, on: date) -> Iterator[OwnRow]:
        """Own rows whose person agrees, on this day, to being counted."""
        ...


@click.group("exchange")
def exchange() -> None:
    """Share rows with organisations that you trust, for as long as people agree to it."""


@exchange.command("card")
@click.argument("name")
@_OUT
@_DATA
@_PASSPHRASE_FILE
@_AS_JSON
def card(name: str, out: Path, data: Path, passphrase_file: Path | None, *, as_json: bool) -> None:
    """Draw keys for one partner; NAME is what they will call us. Give them the card."""

    def act() -> dict[str, Any]:
        from safelight.partners.exchange.desk_exchange import (  # noqa: PLC0415
            new_partner,
            own_keys,
        )

        made = new_partner(name)
        with whole_file(out) as file:
            file.write(own_keys(made).card().encode())
        return {"partner": made.partner_id, "card": str(out)}

    _done(data, passphrase_file, act, as_json=as_json)


@exchange.command("partner")
@click.argument("partner_id")
@click.argument("card_file", metavar="CARD", type=_PATH)
@click.option("--compared", is_flag=True, help="The code was compared by voice, and is the same.")
@_DATA
@_PASSPHRASE_FILE
@_AS_JSON
def take_card(  # noqa: PLR0917  # click passes them by name
    partner_id: str,
    card_file: Path,
    compared: bool,
    data: Path,
    passphrase_file: Path | None,
    as_json: bool,
) -> None:
    """Show the code to compare with a partner; with --compared, believe their card."""
    theirs = Card.read(_bytes(card_file))

    def act() -> dict[str, Any]:
        from safelight.partners.exchange import desk_exchange  # noqa: PLC0415

        one = desk_exchange.partner(partner_id)
        if compared:
            desk_exchange.keep_card(one, theirs)
        code = desk_exchange.code_with(one, theirs)
        return {"name": theirs.name, "code": code, "believed": compared}

    _done(data, passphrase_file, act, as_json=as_json)


@exchange.command("send")
@click.argument("partner_id")
@_OUT
@click.option("--fresh-days", required=True, type=int, help="How long they may count it.")
@click.option("--keys-file", type=_PATH, help="A CSV: case_id and the columns of the keys.")
@click.option("--key", "keys", multiple=True, metavar="COLUMN[+COLUMN…]", help="A linkage key.")
@_DATA
@_PASSPHRASE_FILE
@_AS_JSON
def send(  # noqa: PLR0917  # click passes them by name
    partner_id: str,
    out: Path,
    fresh_days: int,
    keys_file: Path | None,
    keys: tuple[str, ...],
    data: Path,
    passphrase_file: Path | None,
    as_json: bool,
) -> None:
    """Make the next edition: every row that may be shared today, and none that may not."""
    if bool(keys_file) != bool(keys):
        raise click.UsageError("--keys-file and --key go together")
    untrusted = _bytes(keys_file) if keys_file is not None else b""
    door = _sharing_door()

    def act() -> dict[str, Any]:
        from safelight.partners.exchange import desk_exchange  # noqa: PLC0415
        from safelight.partners.exchange.linkage_keys import tokens_by_case  # noqa: PLC0415

        tokens = (lambda secret: tokens_by_case(untrusted, keys, secret)) if keys else None
        with whole_file(out) as file:
            sent = desk_exchange.send(
                desk_exchange.partner(partner_id),
                door.rows_to_share(_today()),
                today=_today(),
                fresh_days=fresh_days,
                tokens_of=tokens,
            )
            file.write(sent.file)
        return {
            "edition": sent.number,
            "rows": sent.rows,
            "withdrawn": sent.withdrawn,
            "file": str(out),
        }

    _done(data, passphrase_file, act, as_json=as_json)


@exchange.command("take")
@click.argument("partner_id")
@click.argument("file", type=_PATH)
@_DATA
@_PASSPHRASE_FILE
@_AS_JSON
def take(
    partner_id: str, file: Path, data: Path, passphrase_file: Path | None, *, as_json: bool
) -> None:
    """Take in a partner's edition. It replaces the one before; withdrawn rows are deleted."""
    untrusted = _bytes(file)

    def act() -> dict[str, Any]:
        from safelight.partners.exchange import desk_exchange  # noqa: PLC0415

        taken = desk_exchange.take(desk_exchange.partner(partner_id), untrusted, today=_today())
        return {
            "edition": taken.number,
            "rows": taken.rows,
            "gone": taken.gone,
            "not_after": taken.fresh_until.isoformat(),
        }

    _done(data, passphrase_file, act, as_json=as_json)


@exchange.command("rows")
@click.argument("partner_id")
@_OUT
@_DATA
@_PASSPHRASE_FILE
@_AS_JSON
def rows(
    partner_id: str, out: Path, data: Path, passphrase_file: Path | None, *, as_json: bool
) -> None:
    """Write what a partner shared and may be counted today, with where it comes from beside."""

    def act() -> dict[str, Any]:
        from safelight.partners.exchange import desk_exchange  # noqa: PLC0415

        desk_exchange.tidy(today=_today())
        one = desk_exchange.partner(partner_id)
        kept = desk_exchange.rows_of(one, on=_today())
        facts = desk_exchange.lineage(one, len(kept))
        beside = out.with_name(f"{out.name.removesuffix('.csv')}.lineage.json")
        with whole_file(beside) as file:
            file.write(json.dumps(facts, ensure_ascii=False, indent=1).encode("utf-8"))
        with whole_file(out) as file:
            file.write(desk_exchange.rows_csv(kept).encode("utf-8"))
        return facts | {"file": str(out), "lineage": str(beside)}

    _done(data, passphrase_file, act, as_json=as_json)


@exchange.command("own-rows")
@click.argument("partner_id")
@_OUT
@click.option(
    "--keys-file", type=_PATH, required=True, help="A CSV: case_id and the columns of the keys."
)
@click.option(
    "--key", "keys", multiple=True, required=True, metavar="COLUMN[+COLUMN…]", help="A linkage key."
)
@_DATA
@_PASSPHRASE_FILE
@_AS_JSON
def own_rows(  # noqa: PLR0917  # click passes them by name
    partner_id: str,
    out: Path,
    keys_file: Path,
    keys: tuple[str, ...],
    data: Path,
    passphrase_file: Path | None,
    as_json: bool,
) -> None:
    """Write our own rows with the keys that a partner's rows have, to link both with `link`."""
    untrusted = _bytes(keys_file)
    door = _sharing_door()

    def act() -> dict[str, Any]:
        from safelight.partners.exchange import desk_exchange  # noqa: PLC0415
        from safelight.partners.exchange.linkage_keys import tokens_by_case  # noqa: PLC0415

        kept = desk_exchange.own_rows(
            desk_exchange.partner(partner_id),
            door.rows_to_count(_today()),
            lambda secret: tokens_by_case(untrusted, keys, secret),
        )
        with whole_file(out) as file:
            file.write(desk_exchange.rows_csv(kept).encode("utf-8"))
        with_keys = sum(bool(row.keys) for row in kept)
        return {"rows": len(kept), "rows_with_keys": with_keys, "file": str(out)}

    _done(data, passphrase_file, act, as_json=as_json)


@exchange.command("partners")
@_DATA
@_PASSPHRASE_FILE
@_AS_JSON
def partners(data: Path, passphrase_file: Path | None, *, as_json: bool) -> None:
    """Show partners; who has rows that were taken back, and needs the next edition."""
    door = _sharing_door()

    def act() -> dict[str, Any]:
        from safelight.partners.exchange import desk_exchange  # noqa: PLC0415
        from safelight.partners.models import ExchangePartner  # noqa: PLC0415

        desk_exchange.tidy(today=_today())
        mine = list(door.rows_to_share(_today()))
        return {
            "partners": [
                {
                    "partner": one.partner_id,
                    "name": one.name,
                    "sent_edition": one.sent_edition,
                    "rows_sent": len(one.sent_ids),
                    "rows_to_withdraw": desk_exchange.to_withdraw(one, mine),
                    "taken_edition": one.taken_edition,
                    "not_after": one.fresh_until.isoformat() if one.fresh_until else None,
                }
                for one in ExchangePartner.objects.order_by("name", "partner_id")
            ]
        }

    _done(data, passphrase_file, act, as_json=as_json)


@exchange.command("end")
@click.argument("partner_id")
@_DATA
@_PASSPHRASE_FILE
@_AS_JSON
def end(partner_id: str, data: Path, passphrase_file: Path | None, *, as_json: bool) -> None:
    """Forget a partner, with every row they shared."""

    def act() -> dict[str, Any]:
        from safelight.partners.exchange import desk_exchange  # noqa: PLC0415

        return {"rows_deleted": desk_exchange.end(desk_exchange.partner(partner_id))}

    _done(data, passphrase_file, act, as_json=as_json)


def _sharing_door() -> SharingDoor:
    door: SharingDoor = desk_door()  # type: ignore[assignment]  # desk/partners/exchange_command.py
    return door


def _done(
    data: Path, passphrase_file: Path | None, act: Callable[[], dict[str, Any]], *, as_json: bool
) -> None:
    facts = desk_door().unlocked(data, passphrase_file, act)
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False, indent=1))
        return
    for name, value in facts.items():
        click.echo(f"{name.replace('_', ' ')}: {value}")


def _bytes(path: Path) -> bytes:
    if path.stat().st_size > _LARGEST_FILE:
        raise click.UsageError(f"at most {_LARGEST_FILE:,} bytes are read of a file")
    return path.read_bytes()


def _today() -> date:
    return datetime.now(UTC).date()
