"""`safelight circles policy`: check, sign and look at the rules of circles."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click
import yaml

from safelight.circles.policy import (
    CirclesPolicy,
    canonical,
    policy_hash,
    sign_policy,
    verified_policy,
)
from safelight.circles.policy_parts import PolicyError
from safelight.sealing.root_key import load_root, root_beside
from safelight.sealing.roster_command import load_root_private, read_passphrase
from safelight.sealing.whole_file import whole_file

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_NEW_FILE = click.Path(dir_okay=False, path_type=Path)
_AS_JSON = click.option("--json", "as_json", is_flag=True, help="facts as one JSON object")
_LARGEST: Final = 256 * 1024


@click.group(name="circles")
def circles() -> None:
    """What an organisation decides about circles, signed by the offline root key."""


@circles.group(name="policy")
def policy_group() -> None:
    """Age bands, keepers' and counsellors' duties, escalation, help.

    An example stands in docs/how-to/moderate-a-circle.md.
    """


@policy_group.command("check")
@click.argument("file", type=_FILE)
@_AS_JSON
def check(*, file: Path, as_json: bool) -> None:
    """Check FILE (YAML) and say what it allows. Needs no key."""
    policy = _readable(file)
    canonical(policy)
    _tell(policy, as_json=as_json)


@policy_group.command("sign")
@click.argument("file", type=_FILE)
@click.option("--root", "root_file", type=_FILE, required=True, help="the root's private key")
@click.option("--passphrase-file", type=_FILE, help="the root key's passphrase stands in here")
@click.option("--out", type=_NEW_FILE, required=True, help="circles.json, beside the roster")
@_AS_JSON
def sign(
    *, file: Path, root_file: Path, passphrase_file: Path | None, out: Path, as_json: bool
) -> None:
    """Check FILE (YAML) and sign it. Browsers refuse a lower version than one they know."""
    policy = _readable(file)
    if policy.expires < datetime.now(tz=UTC).date():
        raise PolicyError("expires: expected a day to come, got one that is over")
    key = load_root_private(root_file, read_passphrase(passphrase_file))
    signed = sign_policy(policy, key)
    # Never sign what every browser would refuse.
    verified_policy(signed, root=key.public_key(), last_seen_version=None)
    with whole_file(out) as opened:
        opened.write(signed)
    _tell(policy, as_json=as_json)


@policy_group.command("show")
@click.argument("file", type=_FILE)
@click.option("--root", help="the root public key: 64 hex digits or a file; else root.pub beside")
@_AS_JSON
def show(*, file: Path, root: str | None, as_json: bool) -> None:
    """Verify signed rules and say what they hold. Refused: forged or malformed."""
    key = load_root(root) if root else root_beside(file)
    with file.open("rb") as opened:
        signed = opened.read(_LARGEST)
    _tell(verified_policy(signed, root=key, last_seen_version=None), as_json=as_json)


def _readable(file: Path) -> CirclesPolicy:
    untrusted = file.read_bytes()
    if len(untrusted) > _LARGEST:
        raise PolicyError(f"{len(untrusted)} bytes; rules have at most {_LARGEST}")
    try:
        # BaseLoader makes strings and nothing else: NO stays NO, a telephone number a text.
        content = yaml.load(untrusted, Loader=yaml.BaseLoader)  # nosec B506  # noqa: S506
    except (yaml.YAMLError, ValueError, RecursionError):
        raise PolicyError("not YAML; see the example in docs/how-to/moderate-a-circle.md") from None
    if not isinstance(content, dict):
        raise PolicyError("expected a mapping with version, issued, expires, bands and the rest")
    return CirclesPolicy.parse(content)


def _tell(policy: CirclesPolicy, *, as_json: bool) -> None:
    facts: dict[str, Any] = {"hash": policy_hash(policy), **policy.as_json()}
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False))
        return
    click.echo(
        f"Rules {policy.version}, from {policy.issued}, for new rooms until {policy.expires}; "
        f"hash {policy_hash(policy)[:16]}"
    )
    for band in policy.bands:
        click.echo(
            f"  {band.code} ({band.youngest} to {band.oldest}): lets in {', '.join(band.enter)}; "
            f"counsellors: {band.counsellors}; images: {'yes' if band.images else 'no'}; "
            f"kept {band.days} day(s) at most"
        )
    rules = policy.counsellors
    desks = ", ".join(rules.desks) or "nobody"
    click.echo(
        f"  counsellors: blocks of {rules.block_minutes} minutes, {rules.week_minutes} in seven "
        f"days, breaks of {rules.break_minutes}; vouched for by {desks}"
    )
    for step in policy.escalation:
        click.echo(f"  {step.code}: {step.told.en}, within {step.within_minutes} minutes")
