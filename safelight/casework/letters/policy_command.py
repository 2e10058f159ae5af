"""`safelight letters`: sign the rules of answering letters, and look at signed ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import click

from safelight.casework.letters.policy import (
    LettersPolicy,
    PolicyError,
    sign_policy,
    verified_policy,
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
    PolicyError,
    name="rules",
    keys="version, issued, expires, signs and the rest",
    example="docs/how-to/answer-letters.md",
)


@click.group(name="letters")
def letters() -> None:
    """The rules of answering letters: shifts, second readers, escalation. Signed by the root key.

    An example stands in docs/how-to/answer-letters.md.
    """


@letters.command("sign")
@click.argument("file", type=FILE)
@ROOT_PRIVATE
@PASSPHRASE_FILE
@click.option("--out", type=NEW_FILE, required=True, help="to take in at one of the desks")
@AS_JSON
def sign(
    *, file: Path, root_file: Path, passphrase_file: Path | None, out: Path, as_json: bool
) -> None:
    """Check FILE (YAML) and sign it. Take it in on the page of letters of any desk."""
    policy = LettersPolicy.parse(_WRITTEN.read(file))
    _WRITTEN.check_to_come(policy.expires)
    key = load_root_private(root_file, read_passphrase(passphrase_file))
    signed = sign_policy(policy, key)
    verified_policy(signed, root=key.public_key())  # never sign what every desk would refuse
    with whole_file(out) as opened:
        opened.write(signed)
    _tell(policy, as_json=as_json)


@letters.command("show")
@click.argument("file", type=FILE)
@ROOT_OR_BESIDE
@AS_JSON
def show(*, file: Path, root: str | None, as_json: bool) -> None:
    """Verify signed rules and say what they hold."""
    signed, key = signed_and_root(file, root)
    _tell(verified_policy(signed, root=key), as_json=as_json)


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
