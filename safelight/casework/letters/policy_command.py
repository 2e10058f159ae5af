"""`safelight letters`: sign the rules of answering letters, and look at signed ones."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click
import yaml

from safelight.casework.letters.policy import (
    LettersPolicy,
    PolicyError,
    sign_policy,
    verified_policy,
)
from safelight.sealing.root_key import load_root, root_beside
from safelight.sealing.roster_command import load_root_private, read_passphrase
from safelight.sealing.whole_file import whole_file

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_NEW_FILE = click.Path(dir_okay=False, path_type=Path)
_LARGEST: Final = 256 * 1024


@click.group(name="letters")
def letters() -> None:
    """The rules of answering letters: shifts, second readers, escalation. Signed by the root key.

    An example stands in docs/how-to/answer-letters.md.
    """


@letters.command("sign")
@click.argument("file", type=_FILE)
@click.option("--root", "root_file", type=_FILE, required=True, help="the root's private key")
@click.option("--passphrase-file", type=_FILE, help="the root key's passphrase stands in here")
@click.option("--out", type=_NEW_FILE, required=True, help="to take in at one of the desks")
@click.option("--json", "as_json", is_flag=True, help="facts as one JSON object")
def sign(
    *, file: Path, root_file: Path, passphrase_file: Path | None, out: Path, as_json: bool
) -> None:
    """Check FILE (YAML) and sign it. Take it in on the page of letters of any desk."""
    policy = LettersPolicy.parse(_read_yaml(file))
    if policy.expires < datetime.now(tz=UTC).date():
        raise PolicyError("expires: expected a day to come, got one that is over")
    key = load_root_private(root_file, read_passphrase(passphrase_file))
    signed = sign_policy(policy, key)
    verified_policy(signed, root=key.public_key())  # never sign what every desk would refuse
    with whole_file(out) as opened:
        opened.write(signed)
    _tell(policy, as_json=as_json)


@letters.command("show")
@click.argument("file", type=_FILE)
@click.option("--root", help="the root public key: 64 hex digits or a file; else root.pub beside")
@click.option("--json", "as_json", is_flag=True, help="facts as one JSON object")
def show(*, file: Path, root: str | None, as_json: bool) -> None:
    """Verify signed rules and say what they hold."""
    key = load_root(root) if root else root_beside(file)
    _tell(verified_policy(file.read_bytes()[:_LARGEST], root=key), as_json=as_json)


def _read_yaml(file: Path) -> dict[str, Any]:
    untrusted = file.read_bytes()
    if len(untrusted) > _LARGEST:
        raise PolicyError(f"{len(untrusted)} bytes; rules have at most {_LARGEST}")
    try:
        # BaseLoader makes strings and nothing else: NO stays NO, a telephone number a text.
        content = yaml.load(untrusted, Loader=yaml.BaseLoader)  # nosec B506  # noqa: S506
    except (yaml.YAMLError, ValueError, RecursionError):
        raise PolicyError("not YAML; see the example in docs/how-to/answer-letters.md") from None
    if not isinstance(content, dict):
        raise PolicyError("expected a mapping with version, issued, expires, signs and the rest")
    return content


def _tell(policy: LettersPolicy, *, as_json: bool) -> None:
    facts = policy.as_json()
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False))
        return
    click.echo(
        f"Rules {policy.version}, from {policy.issued}, loosening anything until {policy.expires}: "
        f"{len(policy.signs)} sign(s); shifts of {policy.shift_minutes} minutes, "
        f"{policy.week_minutes} in seven days, breaks of {policy.break_minutes}; "
        f"second reader: {policy.second_reader}"
    )
    for one in policy.signs:
        click.echo(f"  {one.code}: {one.to.en}, within {one.within_minutes} minutes")
