"""The `safelight` command: one table of names, each loaded only when called.

Loading late keeps the lean installations lean: a server has no desk modules,
and must be able to run `safelight serve` without them.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Final

import click

from safelight.errors import SafelightError

# name → (module, attribute, the extra that brings what the module needs, one line of help)
COMMANDS: Final[Mapping[str, tuple[str, str, str, str]]] = {
    "demo": ("safelight.demo.command", "demo", "desk", "the whole path, on a simulated country"),
    "serve": ("safelight.server.command", "serve", "server", "run the blind server"),
    "desk": ("safelight.desk.command", "desk", "desk", "run a caseworker's desk, or set one up"),
    "roster": ("safelight.sealing.roster_command", "roster", "", "who reports are sealed to"),
    "team": (
        "safelight.casework.team.statement_command",
        "team",
        "",
        "who is of the team, signed by the root key",
    ),
    "pocket": (
        "safelight.intake.pocket.command",
        "pocket",
        "",
        "the form in one file that seals without a network",
    ),
    "help": ("safelight.sealing.help_command", "help_list", "", "sign the list of who helps"),
    "letters": (
        "safelight.casework.letters.policy_command",
        "letters",
        "",
        "sign the rules of answering letters",
    ),
    "circles": (
        "safelight.circles.policy_command",
        "circles",
        "",
        "sign the rules of circles: ages, keepers, counsellors, help",
    ),
    "seal": ("safelight.sealing.command", "seal", "", "seal files to the desks of a roster"),
    "open": ("safelight.desk.open_command", "open_envelopes", "desk", "open envelopes on a desk"),
    "list": (
        "safelight.desk.partners.list_command",
        "lists",
        "desk",
        "check or import a list from outside",
    ),
    "link": (
        "safelight.linkage.command",
        "link_command",
        "analytics",
        "find the same incident within and across lists",
    ),
    "exchange": (
        "safelight.desk.partners.exchange_command",
        "exchange",
        "desk",
        "share rows with organisations that you trust",
    ),
    "overlap": (
        "safelight.desk.partners.overlap_command",
        "overlap",
        "desk",
        "count incidents on several lists without showing the lists",
    ),
    "evidence": (
        "safelight.evidence.command",
        "evidence",
        "desk",
        "bundle files as evidence, and verify bundles",
    ),
    "notice": (
        "safelight.campaigns.notices.command",
        "notice",
        "desk",
        "write notices to platforms and others; nothing is sent",
    ),
    "campaign": (
        "safelight.campaigns.command",
        "campaign",
        "desk",
        "copies of photos and texts, and a campaign's course",
    ),
    "photos": ("safelight.campaigns.command", "photos", "desk", "find copies of a photo"),
    "undercount": (
        "safelight.undercount.command",
        "undercount",
        "analytics",
        "how many incidents no list saw",
    ),
    "outcomes": ("safelight.outcomes.command", "outcomes", "analytics", "where cases stop"),
    "release": (
        "safelight.desk.releases.command",
        "release",
        "desk",
        "propose numbers, audit, approve, publish",
    ),
    "publication": (
        "safelight.publication.command",
        "publication",
        "desk",
        "build and verify what is published",
    ),
}


class _LoadedWhenCalled(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module_name, attribute, extra, _ = COMMANDS[cmd_name]
        try:
            command = getattr(import_module(module_name), attribute)
        except ModuleNotFoundError as missing:
            if missing.name is None or missing.name.split(".")[0] == "safelight":
                raise
            raise click.ClickException(
                f"`safelight {cmd_name}` needs {missing.name}, which is not installed; "
                f"install safelight[{extra or 'dev'}]"
            ) from missing
        if not isinstance(command, click.Command):
            raise TypeError(f"{module_name}:{attribute} is not a click command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        # The one-line helps stand in the table, so that `--help` loads nothing.
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry[3]) for name, entry in COMMANDS.items()])


@click.group(cls=_LoadedWhenCalled, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="safelight")
def safelight() -> None:
    """See, prove and count what is done to a community, without exposing anyone.

    Exit codes: 0 done, 1 refused with a reason, 2 wrong usage. With --json one
    object goes to standard output and every message to standard error.
    """


def main() -> None:
    """Run the command and turn a refusal into one line on standard error and exit code 1."""
    try:
        safelight.main(standalone_mode=True)
    except SafelightError as refusal:
        click.echo(f"refused: {refusal}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
