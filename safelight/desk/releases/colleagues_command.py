"""`safelight release`: what a second desk of the team does with its own key."""

from __future__ import annotations

import json
from pathlib import Path

import click

from safelight.desk.command import AS_JSON, DATA, PASSPHRASE_FILE
from safelight.desk.releases.said import unlocked_desk


@click.command("agree-budget")
@click.option("--limit", required=True, metavar="NUMBER", help="As it was proposed.")
@click.option("--measure", type=click.Choice(["pure", "zcdp"]), required=True, help="ε or ρ.")
@click.option("--unit", type=click.Choice(["incident", "person"]), required=True)
@click.option("--contributions", type=int, required=True, help="Rows of one unit.")
@DATA
@PASSPHRASE_FILE
def agree_with_budget(
    *,
    limit: str,
    measure: str,
    unit: str,
    contributions: int,
    data: Path,
    passphrase_file: Path | None,
) -> None:
    """Agree, with this desk's own key, to the limit that a colleague proposed.

    All of it is said again: a 1 of ρ gives away far more than a 1 of ε.
    """
    with unlocked_desk(data, passphrase_file):
        from safelight.release.budget import Budget  # noqa: PLC0415
        from safelight.release.counts import ReleaseError  # noqa: PLC0415
        from safelight.release.ledger import agree_budget, waiting_budget  # noqa: PLC0415
        from safelight.release.noise.plan import PrivacyUnit  # noqa: PLC0415
        from safelight.release.noise.privacy_loss import PrivacyLoss  # noqa: PLC0415

        waiting = waiting_budget()
        meant = Budget(PrivacyUnit(unit, contributions), PrivacyLoss.parse(measure, limit))
        if waiting is None or waiting[2] != meant:
            raise ReleaseError("no such limit waits here; exchange with colleagues and look again")
        agree_budget(waiting[0], waiting[1])
    click.echo("agreed", err=True)


@click.command("colleagues")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Write documents.")
@DATA
@PASSPHRASE_FILE
@AS_JSON
def colleagues(out: Path | None, data: Path, passphrase_file: Path | None, as_json: bool) -> None:
    """Show what colleagues proposed and nobody decided on; --out writes each document."""
    with unlocked_desk(data, passphrase_file):
        from safelight.release.second_person import of_colleagues  # noqa: PLC0415

        found = list(of_colleagues())
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        for one in found:
            (out / f"{one.document_sha256}.json").write_bytes(one.document)
    facts = [
        {"release": one.proposal_id, "desk": one.desk, "document_sha256": one.document_sha256}
        for one in found
    ]
    lines = [f"{one['release']} of {one['desk']}: {one['document_sha256']}" for one in facts]
    click.echo(json.dumps({"releases": facts}) if as_json else "\n".join(lines))
