"""`safelight roster`: make the offline root key, sign a roster, look at one."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
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
from safelight.sealing.roster import (
    Roster,
    RosterDesk,
    RosterError,
    fingerprint,
    sign_roster,
    signed_roster,
)
from safelight.sealing.strict_json import parse_object
from safelight.sealing.whole_file import whole_file

# Six months: short enough that a stolen desk's key stops mattering, long enough that a
# team that cannot meet for a season is not cut off.
_DAYS: Final = 180


def _today() -> date:
    return datetime.now(tz=UTC).date()


def _tell(facts: dict[str, Any], *, as_json: bool, lines: list[str]) -> None:
    click.echo(json.dumps(facts, ensure_ascii=False) if as_json else "\n".join(lines))


def read_public_desk(file: Path) -> dict[str, str]:
    """Read what `safelight desk init` wrote: name, recipient, verify_key. Raises `RosterError`."""
    try:
        found = parse_object(file.read_bytes(), largest=64 * 1024)
    except ValueError as reason:
        raise RosterError(f"not a desk's public file: {reason}") from None
    desk = {key: found.get(key) for key in ("name", "recipient", "verify_key")}
    if not all(isinstance(value, str) for value in desk.values()):
        raise RosterError("a desk's public file has name, recipient and verify_key as text")
    return {key: str(value) for key, value in desk.items()}


@click.group()
def roster() -> None:
    """Who reports are sealed to: a list of desks, signed by an offline root key."""


@roster.command("new-root")
@click.option("--out", type=NEW_FILE, required=True, help="private key file to make, e.g. root.pem")
@click.option("--passphrase-file", type=FILE, help="protect the key with the passphrase in here")
@AS_JSON
def new_root(out: Path, passphrase_file: Path | None, as_json: bool) -> None:
    """Make a root key. Keep it offline; give people its public half and fingerprint.

    Writes OUT (private, readable by you only) and, beside it, the public half with
    the ending .pub.
    """
    passphrase = read_passphrase(passphrase_file)
    protection: KeySerializationEncryption = (
        BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    )
    key = Ed25519PrivateKey.generate()
    public = key.public_key()
    with whole_file(out) as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection))
    public_file = out.with_suffix(".pub")
    with whole_file(public_file) as file:
        file.write(public.public_bytes_raw().hex().encode("ascii") + b"\n")
    facts = {
        "private": str(out),
        "public": str(public_file),
        "key": public.public_bytes_raw().hex(),
        "fingerprint": fingerprint(public),
    }
    lines = [
        f"root key       {facts['key']}",
        f"fingerprint    {facts['fingerprint']}",
        f"private half   {out}  (keep it offline: who has it decides who reads reports)",
        f"public half    {public_file}",
    ]
    _tell(facts, as_json=as_json, lines=lines)


@roster.command("sign")
@ROOT_PRIVATE
@PASSPHRASE_FILE
@click.option(
    "--desk", "desk_files", type=FILE, multiple=True, required=True, help="NAME.public.json"
)
@click.option("--previous", type=FILE, help="the roster before: the new version is one higher")
@click.option("--version", type=click.IntRange(min=1), help="instead of --previous")
@click.option(
    "--days", type=click.IntRange(1, 3650), default=_DAYS, show_default=True, help="valid for"
)
@click.option("--out", type=NEW_FILE, required=True, help="roster file to make")
@AS_JSON
def sign(
    *,
    root_file: Path,
    passphrase_file: Path | None,
    desk_files: tuple[Path, ...],
    previous: Path | None,
    version: int | None,
    days: int,
    out: Path,
    as_json: bool,
) -> None:
    """Sign a roster of the desks given. A desk that is left out is off the team."""
    key = load_root_private(root_file, read_passphrase(passphrase_file))
    number = version or 1
    if previous is not None:
        before = signed_roster(previous.read_bytes(), root=key.public_key()).version
        number = version or before + 1
        if number <= before:
            raise RosterError(
                f"version {number} is not higher than {before}, the one before; "
                "programs that have seen that one would refuse this"
            )
    today = _today()
    last_day = today + timedelta(days=days)
    desks = tuple(
        RosterDesk(
            name=desk["name"],
            recipient=desk["recipient"],
            verify_key_hex=desk["verify_key"],
            valid_from=today,
            valid_until=last_day,
        )
        for desk in map(read_public_desk, desk_files)
    )
    made = Roster(version=number, issued=today, expires=last_day, desks=desks)
    made.recipients(today)  # never sign what every program would refuse
    with whole_file(out) as file:
        file.write(sign_roster(made, key))
    facts = _facts(made, key_fingerprint=fingerprint(key.public_key()), today=today)
    _tell(facts, as_json=as_json, lines=_lines(facts))


@roster.command("show")
@click.argument("file", type=FILE)
@click.option("--root", "root_key", required=True, help="root public key: hex, or a file with it")
@AS_JSON
def show(file: Path, root_key: str, as_json: bool) -> None:
    """Check a roster's signature and say what stands in it."""
    root = load_root(root_key)
    found = signed_roster(file.read_bytes(), root=root)
    facts = _facts(found, key_fingerprint=fingerprint(root), today=_today())
    _tell(facts, as_json=as_json, lines=_lines(facts))


@roster.command("fingerprint")
@click.argument("key")
@AS_JSON
def show_fingerprint(key: str, as_json: bool) -> None:
    """Print the fingerprint of a root public key (hex, or a file with it)."""
    print_of = fingerprint(load_root(key))
    _tell({"fingerprint": print_of}, as_json=as_json, lines=[print_of])


def _facts(found: Roster, *, key_fingerprint: str, today: date) -> dict[str, Any]:
    try:
        found.recipients(today)
        problem = None
    except RosterError as reason:
        problem = str(reason)
    return {
        "version": found.version,
        "issued": found.issued.isoformat(),
        "expires": found.expires.isoformat(),
        "root_fingerprint": key_fingerprint,
        "usable": problem is None,
        "problem": problem,
        "desks": [
            {
                "name": desk.name,
                "recipient": desk.recipient,
                "verify_key": desk.verify_key_hex,
                "valid_from": desk.valid_from.isoformat(),
                "valid_until": desk.valid_until.isoformat(),
                "usable": desk.usable(today),
            }
            for desk in found.desks
        ],
    }


def _lines(facts: dict[str, Any]) -> list[str]:
    return [
        f"roster {facts['version']}, issued {facts['issued']}, last day {facts['expires']}",
        f"signed by root {facts['root_fingerprint']}",
        *(
            f"  {desk['name']:<32} {desk['valid_from']} to {desk['valid_until']}"
            + ("" if desk["usable"] else "  NOT USABLE TODAY")
            for desk in facts["desks"]
        ),
        "usable today" if facts["usable"] else f"NOT USABLE: {facts['problem']}",
    ]
