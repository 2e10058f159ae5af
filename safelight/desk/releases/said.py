"""What the commands of releases share: the door to the desk, options, and what they print."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import click

from safelight.desk.command import checked_desk, passphrase_from

REVIEWER = click.option("--reviewer", required=True, help="The second person's pseudonym.")
WORDS = click.option(
    "--reviewer-passphrase-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Asked for when not given.",
)
REASON = click.option("--reason", required=True, metavar="CODE")
MEASURE = click.option("--measure", type=click.Choice(["pure", "zcdp"]), required=True)


# What leads somewhere after a refusal, as on the page (`release.what_next`).
_NEXT: Final = {
    "differs-by-few": "publish with noise (propose --method noise), or wait until more came in",
    "exact-after-noise": "these years went out with noise: propose --method noise",
    "small-number-named": "choose a smaller --loss, or fewer tables",
    "not-paid-for": "see `safelight release ledger`",
}


@contextmanager
def unlocked_desk(data: Path, passphrase_file: Path | None) -> Iterator[None]:
    from safelight.desk.unlocking import unlocked  # noqa: PLC0415

    with unlocked(checked_desk(data), passphrase_from(passphrase_file, twice=False)):
        yield


def words_in(file: Path | None) -> str:
    if file is None:
        return str(click.prompt("The second person's passphrase", hide_input=True, err=True))
    return file.read_text("utf-8").strip("\r\n")


def say_release(proposal: Any, *, as_json: bool) -> None:
    audit = proposal.audit or {}
    facts = {
        "release": proposal.proposal_id,
        "state": str(proposal.state),
        "method": proposal.method,
        "document_sha256": proposal.document_sha256,
        "corrects": proposal.corrects or None,
        "reason": proposal.ended_because or proposal.reason or None,
        "findings": audit.get("problems", []),
        "published_numbers": audit.get("published"),
        "hidden_numbers": audit.get("hidden"),
    }
    if as_json:
        click.echo(json.dumps(facts))
        return
    click.echo(f"release {facts['release']}: {facts['state']}")
    click.echo(f"document {facts['document_sha256']}")
    for problem in audit.get("problems", []):
        click.echo(f"  {problem['finding']} {problem['list']}".rstrip())
        hint = _NEXT.get(problem["finding"])
        if hint:
            click.echo(f"    {hint}", err=True)
