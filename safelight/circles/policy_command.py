"""`safelight circles policy`: check, sign and look at the rules of circles."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import click

from safelight.circles.policy import (
    CirclesPolicy,
    canonical,
    policy_hash,
    sign_policy,
    verified_policy,
)
from safelight.circles.policy_parts import PolicyError
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
    PolicyError,
    name="rules",
    keys="version, issued, expires, bands and the rest",
    example="docs/how-to/moderate-a-circle.md",
)


@click.group(name="circles")
def circles() -> None:
    """What an organisation decides about circles, signed by the offline root key."""


@circles.group(name="policy")
def policy_group() -> None:
    """Age bands, keepers' and counsellors' duties, escalation, help.

    An example stands in docs/how-to/moderate-a-circle.md.
    """


@policy_group.command("check")
@click.argument("file", type=FILE)
@AS_JSON
def check(*, file: Path, as_json: bool) -> None:
    """Check FILE (YAML) and say what it allows. Needs no key."""
    policy = CirclesPolicy.parse(_WRITTEN.read(file))
    canonical(policy)
    _tell(policy, as_json=as_json)


@policy_group.command("sign")
@click.argument("file", type=FILE)
@ROOT_PRIVATE
@PASSPHRASE_FILE
@click.option("--out", type=NEW_FILE, required=True, help="circles.json, beside the roster")
@AS_JSON
def sign(
    *, file: Path, root_file: Path, passphrase_file: Path | None, out: Path, as_json: bool
) -> None:
    """Check FILE (YAML) and sign it. Browsers refuse a lower version than one they know."""
    policy = CirclesPolicy.parse(_WRITTEN.read(file))
    _WRITTEN.check_to_come(policy.expires)
    key = load_root_private(root_file, read_passphrase(passphrase_file))
    signed = sign_policy(policy, key)
    # Never sign what every browser would refuse.
    verified_policy(signed, root=key.public_key(), last_seen_version=None)
    with whole_file(out) as opened:
        opened.write(signed)
    _tell(policy, as_json=as_json)


@policy_group.command("show")
@click.argument("file", type=FILE)
@ROOT_OR_BESIDE
@AS_JSON
def show(*, file: Path, root: str | None, as_json: bool) -> None:
    """Verify signed rules and say what they hold. Refused: forged or malformed."""
    signed, key = signed_and_root(file, root)
    _tell(verified_policy(signed, root=key, last_seen_version=None), as_json=as_json)


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
