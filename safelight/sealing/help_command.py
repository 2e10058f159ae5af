"""`safelight help`: sign the list of who helps at once, and look at one."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click
import yaml

from safelight.sealing.help_list import (
    HelpList,
    HelpListError,
    sign_help_list,
    verified_help_list,
)
from safelight.sealing.root_key import load_root, root_beside
from safelight.sealing.roster_command import load_root_private, read_passphrase
from safelight.sealing.whole_file import whole_file

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_NEW_FILE = click.Path(dir_okay=False, path_type=Path)
_LARGEST: Final = 256 * 1024


@click.group(name="help")
def help_list() -> None:
    """Who helps at once: a list per region, signed by the offline root key."""


@help_list.command("sign")
@click.argument("file", type=_FILE)
@click.option("--root", "root_file", type=_FILE, required=True, help="the root's private key")
@click.option("--passphrase-file", type=_FILE, help="the root key's passphrase stands in here")
@click.option("--out", type=_NEW_FILE, required=True, help="to put beside the server's roster")
@click.option("--json", "as_json", is_flag=True, help="facts as one JSON object")
def sign(
    *, file: Path, root_file: Path, passphrase_file: Path | None, out: Path, as_json: bool
) -> None:
    """Check FILE (YAML) and sign it. The server shows it until its last day."""
    listed = HelpList.parse(_read_yaml(file))
    key = load_root_private(root_file, read_passphrase(passphrase_file))
    signed = sign_help_list(listed, key)
    # Never sign what every server would refuse.
    today = datetime.now(tz=UTC).date()
    verified_help_list(signed, root=key.public_key(), today=today, last_seen_version=None)
    with whole_file(out) as opened:
        opened.write(signed)
    _tell(listed, as_json=as_json)


@help_list.command("show")
@click.argument("file", type=_FILE)
@click.option("--root", help="the root public key: 64 hex digits or a file; else root.pub beside")
@click.option("--json", "as_json", is_flag=True, help="facts as one JSON object")
def show(*, file: Path, root: str | None, as_json: bool) -> None:
    """Verify a signed list and say what it holds. Refused: forged or expired."""
    key = load_root(root) if root else root_beside(file)
    today = datetime.now(tz=UTC).date()
    listed = verified_help_list(
        file.read_bytes()[:_LARGEST], root=key, today=today, last_seen_version=None
    )
    _tell(listed, as_json=as_json)


def _read_yaml(file: Path) -> dict[str, Any]:
    untrusted = file.read_bytes()
    if len(untrusted) > _LARGEST:
        raise HelpListError(f"{len(untrusted)} bytes; a list of helpers has at most {_LARGEST}")
    try:
        # BaseLoader makes strings and nothing else: a telephone number stays as it is written.
        content = yaml.load(untrusted, Loader=yaml.BaseLoader)  # nosec B506  # noqa: S506
    except (yaml.YAMLError, ValueError, RecursionError):
        raise HelpListError("not YAML; see the example in docs/how-to/show-who-helps.md") from None
    if not isinstance(content, dict):
        raise HelpListError("expected a mapping with version, issued, expires and regions")
    return content


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
