"""`safelight release`: what the numbers' pages do, for scripts. Described in
docs/how-to/release-numbers.md.

Here and not in `release`, because a room may not reach up to the desk that unlocks it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from safelight.desk.command import AS_JSON, DATA, PASSPHRASE_FILE
from safelight.desk.releases.colleagues_command import agree_with_budget, colleagues
from safelight.desk.releases.said import (
    MEASURE,
    REASON,
    WORDS,
    say_release,
    unlocked_desk,
    words_in,
)
from safelight.desk.undercount.command import estimate, noisy_choice, undercount


@click.group("release")
def release() -> None:
    """Propose numbers, audit, approve as a second person, publish."""


release.add_command(estimate)
release.add_command(undercount)
release.add_command(agree_with_budget)
release.add_command(colleagues)


@release.command("propose")
@DATA
@PASSPHRASE_FILE
@click.option("--method", type=click.Choice(["noise", "suppression"]), required=True)
@click.option("--table", "tables", multiple=True, metavar="AXIS-AXIS", help="Noise: repeat it.")
@click.option("--from", "first", type=int, help="Noise: the first year.")
@click.option("--to", "last", type=int, help="Noise: the last year.")
@click.option("--measure", type=click.Choice(["pure", "zcdp"]), help="Noise: ε or ρ.")
@click.option("--loss", metavar="NUMBER", help="Noise: privacy loss of each list.")
@click.option("--one-way-share", default="0", show_default=True, help="Noise: for totals.")
@click.option(
    "--about",
    multiple=True,
    type=click.Choice(["smear", "notices"]),
    help="Suppression: tables on smear campaigns, and on what came of notices.",
)
@click.option("--corrects", default="", metavar="RELEASE")
@click.option("--reason", default="", metavar="CODE", help="Why it corrects.")
@AS_JSON
def propose(
    *,
    data: Path,
    passphrase_file: Path | None,
    method: str,
    tables: tuple[str, ...],
    first: int | None,
    last: int | None,
    measure: str | None,
    loss: str | None,
    one_way_share: str,
    about: tuple[str, ...],
    corrects: str,
    reason: str,
    as_json: bool,
) -> None:
    """Propose a release and audit it. With noise this spends privacy budget at once."""
    if method == "noise" and (
        not tables or first is None or last is None or measure is None or loss is None
    ):
        raise click.UsageError("--method noise needs --table, --from, --to, --measure and --loss")
    if method == "noise" and about:
        raise click.UsageError("--about goes with --method suppression; noise has --table")
    with unlocked_desk(data, passphrase_file):
        if method == "suppression":
            proposal = _suppressed(about, corrects, reason)
        else:
            assert first is not None
            assert last is not None
            proposal = _noisy(
                tables, range(first, last + 1), (measure or "", loss or "", one_way_share),
                corrects, reason,
            )  # fmt: skip
        say_release(proposal, as_json=as_json)
        passed = proposal.state == "audited"
    if not passed:
        raise click.exceptions.Exit(1)


def _suppressed(about: tuple[str, ...], corrects: str, reason: str) -> Any:
    from safelight.desk.numbers import draft_of_this_desk  # noqa: PLC0415
    from safelight.journal.chain import desk_key  # noqa: PLC0415
    from safelight.release import review  # noqa: PLC0415

    return review.propose(
        draft_of_this_desk(about=about), by=desk_key().desk, corrects=corrects, reason=reason
    )


def _noisy(
    tables: tuple[str, ...], years: range, loss: tuple[str, str, str], corrects: str, reason: str
) -> Any:
    from datetime import UTC, datetime  # noqa: PLC0415

    from safelight.desk.numbers import countable_of_this_desk  # noqa: PLC0415
    from safelight.journal.chain import desk_key  # noqa: PLC0415
    from safelight.release.noise.review import propose_noisy  # noqa: PLC0415

    choice = noisy_choice(tables, tuple(years), loss)
    countable = countable_of_this_desk()
    return propose_noisy(
        countable.lists,
        choice,
        as_of=datetime.now(UTC).date(),
        code_version=countable.code_version,
        simulated=countable.simulated,
        by=desk_key().desk,
        corrects=corrects,
        reason=reason,
    )


@release.command("audit")
@click.argument("proposal_id", metavar="RELEASE")
@DATA
@PASSPHRASE_FILE
@AS_JSON
def audit(proposal_id: str, data: Path, passphrase_file: Path | None, as_json: bool) -> None:
    """Attack a release with everything that went out by now. Exit code 1: it fails."""
    with unlocked_desk(data, passphrase_file):
        from safelight.release import review  # noqa: PLC0415

        proposal, report = review.audit_again(proposal_id)
        facts = {
            "release": proposal_id,
            "state": str(proposal.state),
            "document_sha256": proposal.document_sha256,
            "passed": report.passed,
            "findings": [
                {"finding": p.finding.value, "list": p.list_id, "detail": p.detail}
                for p in report.problems
            ],
        }
    if as_json:
        click.echo(json.dumps(facts))
    else:
        click.echo(f"release {proposal_id}: {'passed' if report.passed else 'failed'}")
        for problem in report.problems:
            click.echo(f"  {problem.finding.value} {problem.list_id}: {problem.detail}")
    if not report.passed:
        raise click.exceptions.Exit(1)


@release.command("approve")
@click.argument("proposal_id", metavar="RELEASE")
@click.option("--document", "digest", required=True, metavar="SHA256", help="What was read.")
@click.option("--reviewer", help="On a desk alone: the second person's pseudonym.")
@WORDS
@DATA
@PASSPHRASE_FILE
@AS_JSON
def approve(
    *,
    proposal_id: str,
    digest: str,
    reviewer: str | None,
    reviewer_passphrase_file: Path | None,
    data: Path,
    passphrase_file: Path | None,
    as_json: bool,
) -> None:
    """Approve exactly this document, as a second person.

    A colleague's release is approved with this desk's own key; on a desk alone --reviewer types
    a passphrase.
    """
    with unlocked_desk(data, passphrase_file):
        from safelight.release import review, second_person  # noqa: PLC0415

        if reviewer is None:
            entry = second_person.approve_for_colleague(proposal_id, document_sha256=digest)
            signed = {"release": proposal_id, "state": "approved", "by": entry.desk}
            click.echo(json.dumps(signed) if as_json else f"approved with the key of {entry.desk}")
            return
        words = words_in(reviewer_passphrase_file)
        approved = review.approve(
            proposal_id, reviewer=reviewer, passphrase=words, document_sha256=digest
        )
        say_release(approved, as_json=as_json)


@release.command("publish")
@click.argument("proposal_id", metavar="RELEASE")
@DATA
@PASSPHRASE_FILE
@AS_JSON
def publish(proposal_id: str, data: Path, passphrase_file: Path | None, as_json: bool) -> None:
    """Publish an approved release into a signed folder beside the database."""
    with unlocked_desk(data, passphrase_file):
        from safelight.desk.numbers import publication_of, publish_document  # noqa: PLC0415
        from safelight.journal.chain import desk_key  # noqa: PLC0415
        from safelight.release import review  # noqa: PLC0415

        review.publish(proposal_id, by=desk_key().desk, hand_over=publish_document)
        digest = review.open_proposal(proposal_id).proposal.document_sha256
        folder = str(publication_of(digest))
    if as_json:
        said = {"release": proposal_id, "state": "published", "folder": folder}
        click.echo(json.dumps({**said, "document_sha256": digest}))
    else:
        click.echo(f"published to {folder}")


def _ending(name: str, act: str, what: str) -> None:
    @release.command(name, help=what)
    @click.argument("proposal_id", metavar="RELEASE")
    @REASON
    @DATA
    @PASSPHRASE_FILE
    @AS_JSON
    def end(
        proposal_id: str, reason: str, data: Path, passphrase_file: Path | None, as_json: bool
    ) -> None:
        with unlocked_desk(data, passphrase_file):
            from safelight.journal.chain import desk_key  # noqa: PLC0415
            from safelight.release import review  # noqa: PLC0415

            ended = getattr(review, act)(proposal_id, by=desk_key().desk, reason=reason)
            say_release(ended, as_json=as_json)


_ending("turn-down", "turn_down", "Put a proposal away for good, with its reason.")
_ending("withdraw", "withdraw", "Say that a published release no longer stands, with its reason.")


@release.command("ledger")
@DATA
@PASSPHRASE_FILE
@AS_JSON
def ledger(data: Path, passphrase_file: Path | None, as_json: bool) -> None:
    """What may be lost by one incident in all releases, and what was."""
    with unlocked_desk(data, passphrase_file):
        from safelight.release.ledger import read_ledger  # noqa: PLC0415

        found = read_ledger()
    years = sorted({year for spend in found.spends for year in spend.years})
    budget = found.budget
    facts = {
        "measure": budget.limit.measure.value if budget else None,
        "limit": str(budget.limit.amount) if budget else None,
        "unit": budget.unit.name if budget else None,
        "contributions": budget.unit.contributions if budget else None,
        "left": {str(year): str(found.left([year])) for year in years},
        "spends": [
            {
                "release": spend.proposal_id,
                "measure": spend.loss.measure.value,
                "amount": str(spend.loss.amount),
                "lists": spend.lists,
                "years": list(spend.years),
            }
            for spend in found.spends
        ],
    }
    if as_json:
        click.echo(json.dumps(facts))
        return
    click.echo(f"limit {budget.limit if budget else 'not set'}")
    for year in years:
        click.echo(f"{year}: {float(found.left([year])):g} left")


@release.command("budget")
@click.option("--limit", required=True, metavar="NUMBER")
@MEASURE
@click.option("--unit", type=click.Choice(["incident", "person"]), required=True)
@click.option("--contributions", type=int, required=True, help="Rows of one unit.")
@click.option("--reviewer", help="On a desk alone: the second person's pseudonym.")
@WORDS
@DATA
@PASSPHRASE_FILE
def budget(
    *,
    limit: str,
    measure: str,
    unit: str,
    contributions: int,
    reviewer: str | None,
    reviewer_passphrase_file: Path | None,
    data: Path,
    passphrase_file: Path | None,
) -> None:
    """Set the privacy budget; a second person agrees.

    In a team this proposes it, and a reviewer's desk says `agree-budget`.
    """
    with unlocked_desk(data, passphrase_file):
        from safelight.release.budget import Budget  # noqa: PLC0415
        from safelight.release.ledger import propose_budget  # noqa: PLC0415
        from safelight.release.noise.plan import PrivacyUnit  # noqa: PLC0415
        from safelight.release.noise.privacy_loss import PrivacyLoss  # noqa: PLC0415
        from safelight.release.noise.review import set_budget  # noqa: PLC0415
        from safelight.release.second_person import reviewers  # noqa: PLC0415

        of, most = PrivacyUnit(unit, contributions), PrivacyLoss.parse(measure, limit)
        if reviewers() is not None:
            propose_budget(Budget(of, most))
            click.echo("proposed; exchange with colleagues, and a reviewer agrees", err=True)
            return
        if reviewer is None:
            raise click.UsageError("a desk alone needs --reviewer, the second person")
        words = words_in(reviewer_passphrase_file)
        set_budget(of, most, reviewer=reviewer, passphrase=words)
    click.echo("set", err=True)


@release.command("reviewer")
@click.argument("name")
@WORDS
@DATA
@PASSPHRASE_FILE
def reviewer(
    name: str, reviewer_passphrase_file: Path | None, data: Path, passphrase_file: Path | None
) -> None:
    """Enrol a second person under a pseudonym; the passphrase is theirs alone."""
    with unlocked_desk(data, passphrase_file):
        from safelight.release.review import enrol_reviewer  # noqa: PLC0415

        enrol_reviewer(name, words_in(reviewer_passphrase_file))
    click.echo("enrolled", err=True)
