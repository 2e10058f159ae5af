"""`safelight pocket`: build the offline form for a roster, verify one that came from elsewhere."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from safelight.intake.pocket.form import (
    LARGEST_POCKET_FORM,
    PocketForm,
    build_pocket_form,
    check_statement,
    signed_statement,
    verified_pocket_form,
)
from safelight.sealing.root_key import load_root
from safelight.sealing.root_signing import (
    AS_JSON,
    FILE,
    NEW_FILE,
    PASSPHRASE_FILE,
    load_root_private,
    read_passphrase,
)
from safelight.sealing.roster import RosterError
from safelight.sealing.whole_file import whole_file

_ROOT = click.option("--root", required=True, help="root public key: 64 hex digits, or a file")


@click.group()
def pocket() -> None:
    """Build and verify the pocket form: one HTML file that seals reports without a network.

    People open it from disk, in any browser, and carry or send what it saves.
    """


@pocket.command("build")
@click.option("--roster", "roster_file", type=FILE, required=True, help="the signed roster")
@_ROOT
@click.option("--out", type=NEW_FILE, required=True, help="HTML file to make")
@click.option("--sign", "key_file", type=FILE, help="the root's private key: sign a statement too")
@PASSPHRASE_FILE
@AS_JSON
def build(
    *,
    roster_file: Path,
    root: str,
    out: Path,
    key_file: Path | None,
    passphrase_file: Path | None,
    as_json: bool,
) -> None:
    """Build the form for a roster. The same release, roster and root give the same bytes.

    With --sign, a statement by the root key is written beside it, as OUT.statement.json.
    """
    if passphrase_file is not None and key_file is None:
        raise click.UsageError("--passphrase-file belongs to --sign")
    public = load_root(root)
    form = build_pocket_form(roster_file.read_bytes(), public)
    form.roster.recipients(_today())  # a form that opens by refusing helps nobody
    statement = None
    if key_file is not None:
        key = load_root_private(key_file, read_passphrase(passphrase_file))
        if key.public_key() != public:
            raise RosterError("the key given with --sign is not the private half of --root")
        statement = signed_statement(form, key)
    with whole_file(out) as file:
        file.write(form.content)
    facts = _facts(form) | {"file": str(out), "statement": None}
    if statement is not None:
        beside = out.with_name(f"{out.name}.statement.json")
        with whole_file(beside) as file:
            file.write(statement)
        facts["statement"] = str(beside)
    _tell(facts, as_json=as_json)


@pocket.command("verify")
@click.argument("form_file", metavar="FORM", type=FILE)
@_ROOT
@click.option("--statement", type=FILE, help="the root's statement about the form")
@AS_JSON
def verify(*, form_file: Path, root: str, statement: Path | None, as_json: bool) -> None:
    """Build the form anew from the roster inside it and compare byte for byte."""
    public = load_root(root)
    with form_file.open("rb") as file:
        untrusted = file.read(LARGEST_POCKET_FORM + 1)
    form = verified_pocket_form(untrusted, public)
    if statement is not None:
        check_statement(statement.read_bytes(), untrusted, public)
    facts = _facts(form) | {
        "file": str(form_file),
        "statement": None if statement is None else str(statement),
    }
    _tell(facts, as_json=as_json)


def _today() -> date:
    return datetime.now(tz=UTC).date()


def _facts(form: PocketForm) -> dict[str, Any]:
    return {
        "sha256": form.digest,
        "size": len(form.content),
        "roster": form.roster.version,
        "last_day": form.roster.expires.isoformat(),
        "expired": _today() > form.roster.expires,
        "root_fingerprint": form.root_fingerprint,
    }


def _tell(facts: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(facts))
        return
    click.echo(f"sha256       {facts['sha256']}  {facts['file']} ({facts['size']} bytes)")
    click.echo(f"root         {facts['root_fingerprint']}")
    click.echo(f"roster       {facts['roster']}, last day {facts['last_day']}")
    if facts["statement"] is not None:
        click.echo(f"statement    {facts['statement']}, signed by the root key")
    if facts["expired"]:
        click.echo("EXPIRED: the form refuses to seal; build a new one", err=True)
