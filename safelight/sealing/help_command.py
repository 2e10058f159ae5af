"""`safelight help`: sign the list of who helps at once, and look at one."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from safelight.sealing.help_list import (
    HelpList,
    HelpListError,
    sign_help_list,
    verified_help_list,
)
from safelight.sealing.root_signing import (
    AS_JSON,
    FILE,
    NEW_FILE,
    PASSPHRASE_FILE,
    ROOT_OR_BESIDE,
    ROOT_PRIVATE,
    WrittenDocument,
    load_root_private,
    read_passphrase,
    signed_and_root,
)
from safelight.sealing.whole_file import whole_file

_WRITTEN: Final = WrittenDocument(
    HelpListError,
    name="lists of helpers",
    keys="version, issued, expires and regions",
    example="docs/how-to/show-who-helps.md",
)


@click.group(name="help")
def help_list() -> None:
    """Who helps at once: a list per region, signed by the offline root key."""


@help_list.command("sign")
@click.argument("file", type=FILE)
@ROOT_PRIVATE
@PASSPHRASE_FILE
@click.option("--out", type=NEW_FILE, required=True, help="to put beside the server's roster")
@AS_JSON
def sign(
    *, file: Path, root_file: Path, passphrase_file: Path | None, out: Path, as_json: bool
) -> None:
    """Check FILE (YAML) and sign it. The server shows it until its last day."""
    listed = HelpList.parse(_WRITTEN.read(file))
    key = load_root_private(root_file, read_passphrase(passphrase_file))
    signed = sign_help_list(listed, key)
    # Never sign what every server would refuse.
    today = datetime.now(tz=UTC).date()
    verified_help_list(signed, root=key.public_key(), today=today, last_seen_version=None)
    with whole_file(out) as opened:
        opened.write(signed)
    _tell(listed, as_json=as_json)


@help_list.command("show")
@click.argument("file", type=FILE)
@ROOT_OR_BESIDE
@AS_JSON
def show(*, file: Path, root: str | None, as_json: bool) -> None:
    """Verify a signed list and say what it holds. Refused: forged or expired."""
    signed, key = signed_and_root(file, root)
    today = datetime.now(tz=UTC).date()
    _tell(
        verified_help_list(signed, root=key, today=today, last_seen_version=None), as_json=as_json
    )


def _tell(listed: HelpList, *, as_json: bool) -> None:
    helpers = sum(len(region.helpers) for region in listed.regions)
    facts = {
        "version": listed.version,
        "issued": listed.issued.isoformat(),
        "expires": listed.expires.isoformat(),
        "regions": len(listed.regions),
        "helpers": helpers,
    }
    if as_json:
        click.echo(json.dumps(facts))
    else:
        click.echo(
            f"List {listed.version}: {helpers} helper(s) in {len(listed.regions)} region(s), "
            f"shown until {listed.expires}"
        )
