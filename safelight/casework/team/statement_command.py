"""`safelight team`: the keeper of the root key signs who belongs to the team, and as what."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import click

from safelight.casework.team.roles import Role
from safelight.casework.team.statement import (
    RoleSpan,
    TeamDesk,
    TeamStatement,
    TeamStatementError,
    sign_team,
    signed_team,
)
from safelight.sealing.root_key import load_root
from safelight.sealing.root_signing import (
    AS_JSON,
    FILE,
    NEW_FILE,
    PASSPHRASE_FILE,
    ROOT_PRIVATE,
    load_root_private,
    read_passphrase,
)
from safelight.sealing.roster import fingerprint
from safelight.sealing.roster_command import read_public_desk
from safelight.sealing.whole_file import whole_file

_DAYS: Final = 180  # as the roster


def _today() -> date:
    return datetime.now(tz=UTC).date()


@click.group()
def team() -> None:
    """Who belongs to the team, with which keys and roles: signed by the offline root key."""


@team.command("sign")
@ROOT_PRIVATE
@PASSPHRASE_FILE
@click.option("--previous", type=FILE, help="the statement before; its desks are carried over")
@click.option(
    "--desk", "desk_files", type=FILE, multiple=True, help="NAME.public.json of a new desk"
)
@click.option(
    "--role",
    "role_texts",
    multiple=True,
    metavar="NAME=ROLE[,ROLE]",
    help="roles from today on: caseworker, keeper, analyst, reviewer",
)
@click.option(
    "--left",
    "left_texts",
    multiple=True,
    metavar="NAME[=ENTRY]",
    help="today is its last day; ENTRY: number of the last of its entries that counts",
)
@click.option(
    "--days", type=click.IntRange(1, 3650), default=_DAYS, show_default=True, help="valid for"
)
@click.option("--out", type=NEW_FILE, required=True, help="statement file to make")
@AS_JSON
def sign(
    *,
    root_file: Path,
    passphrase_file: Path | None,
    previous: Path | None,
    desk_files: tuple[Path, ...],
    role_texts: tuple[str, ...],
    left_texts: tuple[str, ...],
    days: int,
    out: Path,
    as_json: bool,
) -> None:
    """Sign who belongs to the team. Desks that left stay named, with their last day."""
    key = load_root_private(root_file, read_passphrase(passphrase_file))
    today = _today()
    before = None
    if previous is not None:
        before = signed_team(previous.read_bytes(), root=key.public_key())
    made = next_statement(
        before,
        added=[read_public_desk(file) for file in desk_files],
        roles=dict(_roles_given(text) for text in role_texts),
        left=dict(_left_given(text) for text in left_texts),
        today=today,
        days=days,
    )
    with whole_file(out) as file:
        file.write(sign_team(made, key))
    facts = _facts(made, key_fingerprint=fingerprint(key.public_key()), today=today)
    click.echo(json.dumps(facts) if as_json else "\n".join(_lines(facts)))


@team.command("show")
@click.argument("file", type=FILE)
@click.option("--root", "root_key", required=True, help="root public key: hex, or a file with it")
@AS_JSON
def show(file: Path, root_key: str, as_json: bool) -> None:
    """Check a statement's signature and say what stands in it."""
    root = load_root(root_key)
    found = signed_team(file.read_bytes(), root=root)
    facts = _facts(found, key_fingerprint=fingerprint(root), today=_today())
    click.echo(json.dumps(facts) if as_json else "\n".join(_lines(facts)))


def next_statement(
    before: TeamStatement | None,
    *,
    added: list[dict[str, str]],
    roles: dict[str, tuple[Role, ...]],
    left: dict[str, int | None],
    today: date,
    days: int,
) -> TeamStatement:
    """Return the statement after `before` (None: the first) with these changes from today on.

    Raises `TeamStatementError` for a new desk without a role, for a name that is not there, and
    for a team without anybody.
    """
    desks = {} if before is None else {desk.name: desk for desk in before.desks}
    for public in added:
        known = desks.get(public["name"])
        if known is not None and known.verify_key_hex != public["verify_key"]:
            raise TeamStatementError(
                f"desk {public['name']} is named already with another key; a desk that was made "
                "anew takes a new name"
            )
        if known is None and public["name"] not in roles:
            raise TeamStatementError(
                f"desk {public['name']} is new and has no role; give "
                f"--role {public['name']}=caseworker"
            )
        spans = known.spans if known else tuple(RoleSpan(r, today) for r in roles[public["name"]])
        desks[public["name"]] = TeamDesk(
            public["name"],
            public["recipient"],
            public["verify_key"],
            spans,
            known.last_entry if known else None,
        )
    for name in [*roles, *left]:
        if name not in desks:
            raise TeamStatementError("--role and --left name a desk of the team; got another name")
    for name, wanted in roles.items():
        desks[name] = _with_roles(desks[name], wanted, today)
    for name, last_entry in left.items():
        desks[name] = replace(
            desks[name], spans=_ended(desks[name].spans, today), last_entry=last_entry
        )
    made = TeamStatement(
        version=1 if before is None else before.version + 1,
        issued=today,
        expires=today + timedelta(days=days),
        desks=tuple(desks[name] for name in sorted(desks)),
    )
    if not any(desk.is_of_the_team(today + timedelta(days=1)) for desk in made.desks):
        raise TeamStatementError("nobody is left in this team; name a desk that stays")
    return made


def _with_roles(desk: TeamDesk, wanted: tuple[Role, ...], today: date) -> TeamDesk:
    """These roles from today on. A role that goes holds through today: its work today counts."""
    open_now = {span.role for span in desk.spans if span.until is None}
    kept = tuple(
        span if span.until is not None or span.role in wanted else replace(span, until=today)
        for span in desk.spans
    )
    new = tuple(RoleSpan(role, today) for role in wanted if role not in open_now)
    return replace(desk, spans=(*kept, *new), last_entry=None)


def _ended(spans: tuple[RoleSpan, ...], today: date) -> tuple[RoleSpan, ...]:
    return tuple(
        span if span.until is not None else replace(span, until=max(today, span.since))
        for span in spans
    )


def _roles_given(text: str) -> tuple[str, tuple[Role, ...]]:
    name, _, roles = text.partition("=")
    try:
        return name, tuple(Role(role) for role in roles.split(","))
    except ValueError:
        raise click.UsageError(
            f"--role is NAME=ROLE[,ROLE] with roles of: {', '.join(Role)}"
        ) from None


def _left_given(text: str) -> tuple[str, int | None]:
    name, _, entry = text.partition("=")
    if entry and not entry.isdecimal():
        raise click.UsageError("--left is NAME or NAME=ENTRY, the number of an entry")
    return name, int(entry) if entry else None


def _facts(found: TeamStatement, *, key_fingerprint: str, today: date) -> dict[str, Any]:
    return {
        "version": found.version,
        "issued": found.issued.isoformat(),
        "expires": found.expires.isoformat(),
        "expired": today > found.expires,
        "root_fingerprint": key_fingerprint,
        "desks": [
            {
                "name": desk.name,
                "recipient": desk.recipient,
                "verify_key": desk.verify_key_hex,
                "roles": sorted(role.value for role in desk.roles(today)),
                "since": desk.since.isoformat(),
                "until": None if desk.until is None else desk.until.isoformat(),
                "last_entry": desk.last_entry,
            }
            for desk in found.desks
        ],
    }


def _lines(facts: dict[str, Any]) -> list[str]:
    return [
        f"team statement {facts['version']}, issued {facts['issued']}, last day {facts['expires']}"
        + ("  EXPIRED" if facts["expired"] else ""),
        f"signed by root {facts['root_fingerprint']}",
        *(
            f"  {desk['name']:<32} {', '.join(desk['roles']) or '-':<24} since {desk['since']}"
            + (f", left {desk['until']}" if desk["until"] else "")
            + (f", counts to entry {desk['last_entry']}" if desk["last_entry"] is not None else "")
            for desk in facts["desks"]
        ),
    ]
