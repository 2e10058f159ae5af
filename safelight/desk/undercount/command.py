"""`safelight release undercount` and `estimate`: what the pages of all incidents do, for scripts.

Described in docs/how-to/release-numbers.md and docs/how-to/estimate-an-undercount.md.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from safelight.desk.command import AS_JSON, DATA, PASSPHRASE_FILE
from safelight.desk.releases.said import say_release, unlocked_desk

if TYPE_CHECKING:
    from safelight.desk.undercount.lists_together import ListsChoice
    from safelight.release.noise.noisy_table import NoisyChoice

_BETWEEN_WORDS: Final = 2.0  # seconds
_LISTS = click.option(
    "--list", "lists", multiple=True, required=True, metavar="LIST", help="2 to 5, repeat it."
)
_FROM = click.option("--from", "first", required=True, metavar="YEAR")
_TO = click.option("--to", "last", required=True, metavar="YEAR")
_LINKAGES = click.option(
    "--linkages", required=True, metavar="NUMBER", help="Plausible ways to link, 2 to 10."
)


@click.command("undercount")
@_LISTS
@_FROM
@_TO
@_LINKAGES
@DATA
@PASSPHRASE_FILE
@AS_JSON
def undercount(
    *,
    lists: tuple[str, ...],
    first: str,
    last: str,
    linkages: str,
    data: Path,
    passphrase_file: Path | None,
    as_json: bool,
) -> None:
    """Link this desk's lists and estimate all incidents, for the desk alone. Spends nothing.

    Exit code 1: refused, with the reason.
    """
    with unlocked_desk(data, passphrase_file):
        from safelight.desk.undercount.run import look  # noqa: PLC0415
        from safelight.undercount.as_text import combined_as_text  # noqa: PLC0415
        from safelight.undercount.combine import combined_as_json  # noqa: PLC0415

        found = look(_choice(lists, first, last, linkages), _progress())
        facts = {
            "lists": list(found.list_ids),
            "years": [found.choice.years[0], found.choice.years[-1]],
            "linkages": found.choice.linkages,
            "records": found.records,
            "clusters": found.clusters,
            "decisions": found.decisions,
            **combined_as_json(found.combined),
        }
        text = combined_as_text(found.combined)
    click.echo(json.dumps(facts) if as_json else text)
    if facts["verdict"] == "refused":
        raise click.exceptions.Exit(1)


@click.command("estimate")
@_LISTS
@_FROM
@_TO
@_LINKAGES
@click.option("--estimate-loss", required=True, metavar="NUMBER", help="ε of the overlap.")
@click.option("--method", type=click.Choice(["noise", "suppression"]), required=True)
@click.option("--table", "tables", multiple=True, metavar="AXIS-AXIS", help="Noise: repeat it.")
@click.option("--measure", type=click.Choice(["pure", "zcdp"]), help="Noise: ε or ρ.")
@click.option("--loss", metavar="NUMBER", help="Noise: privacy loss of each list.")
@click.option("--one-way-share", default="0", show_default=True, help="Noise: for totals.")
@click.option("--corrects", default="", metavar="RELEASE")
@click.option("--reason", default="", metavar="CODE", help="Why it corrects.")
@click.option("--only-cost", is_flag=True, help="Say what it would cost; spend nothing.")
@DATA
@PASSPHRASE_FILE
@AS_JSON
def estimate(
    *,
    lists: tuple[str, ...],
    first: str,
    last: str,
    linkages: str,
    estimate_loss: str,
    method: str,
    tables: tuple[str, ...],
    measure: str | None,
    loss: str | None,
    one_way_share: str,
    corrects: str,
    reason: str,
    only_cost: bool,
    data: Path,
    passphrase_file: Path | None,
    as_json: bool,
) -> None:
    """Propose a release with an estimate of all incidents: link, spend, draw noise, audit."""
    if method == "noise" and (not tables or measure is None or loss is None):
        raise click.UsageError("--method noise needs --table, --measure and --loss")
    with unlocked_desk(data, passphrase_file):
        from safelight.desk.undercount import estimate_release as work  # noqa: PLC0415
        from safelight.desk.undercount.lists_together import lists_to_choose  # noqa: PLC0415
        from safelight.journal.chain import desk_key  # noqa: PLC0415
        from safelight.release.ledger import read_ledger  # noqa: PLC0415
        from safelight.release.noise.privacy_loss import PrivacyLoss  # noqa: PLC0415

        chosen = _choice(lists, first, last, linkages)
        noisy = None
        if method == "noise":
            noisy = noisy_choice(tables, chosen.years, (measure or "", loss or "", one_way_share))
        choice = work.EstimateChoice(
            lists=chosen,
            loss=PrivacyLoss.parse("pure", estimate_loss),
            tables=noisy,
            corrects=corrects,
            reason=reason,
        )
        cost = work.cost_of(choice, read_ledger(), lists=len(lists_to_choose()))
        amounts = {
            "overlap": str(cost.overlap),
            "tables": str(cost.tables),
            "left": str(cost.left),
            "enough": cost.enough,
        }
        if only_cost:
            text = "\n".join(f"{name}: {value}" for name, value in amounts.items())
            click.echo(json.dumps(amounts) if as_json else text)
            return
        proposal = work.propose_with_estimate(choice, by=desk_key().desk, tell=_progress())
        say_release(proposal, as_json=as_json)
        passed = proposal.state == "audited"
    if not passed:
        raise click.exceptions.Exit(1)


def noisy_choice(
    tables: tuple[str, ...], years: tuple[int, ...], loss: tuple[str, str, str]
) -> NoisyChoice:
    """Tables, years and (measure, amount, one-way share) as a command was given them."""
    from fractions import Fraction  # noqa: PLC0415

    from safelight.release.dimensions import NOISY_TABLES  # noqa: PLC0415
    from safelight.release.noise.noisy_table import NoisyChoice  # noqa: PLC0415
    from safelight.release.noise.privacy_loss import PrivacyLoss  # noqa: PLC0415
    from safelight.release.noise.views import LEVEL  # noqa: PLC0415

    known = {"-".join(table): table for table in NOISY_TABLES}
    if not set(tables) <= set(known) or not years:
        raise click.UsageError(f"--table: expected some of {', '.join(known)}; years in order")
    measure, amount, share = loss
    try:
        one_way = Fraction(share)
    except (ValueError, ZeroDivisionError):
        raise click.UsageError("--one-way-share: expected a number such as 0 or 3/10") from None
    return NoisyChoice(
        tables=tuple(known[name] for name in dict.fromkeys(tables)),
        years=years,
        loss=PrivacyLoss.parse(measure, amount),
        one_way_share=one_way,
        level=LEVEL,
    )


def _choice(lists: tuple[str, ...], first: str, last: str, linkages: str) -> ListsChoice:
    from safelight.desk.undercount.lists_together import checked_choice, lists_to_choose  # noqa: PLC0415

    known = [one.list_id for one in lists_to_choose()]
    if not set(lists) <= set(known):
        raise click.UsageError(f"--list: expected some of {', '.join(known) or 'none here'}")
    return checked_choice(lists, first=first, last=last, linkages=linkages, known=known)


def _progress() -> Callable[[float], None]:
    began = last = time.monotonic()

    def say(share: float) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last < _BETWEEN_WORDS or share <= 0:
            return
        last = now
        left = (now - began) * (1 - share) / share
        click.echo(f"{100 * share:.0f} %, about {left:.0f} s left", err=True)

    return say
