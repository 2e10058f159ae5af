"""`safelight desk sync`, `desk team`, `desk held-by`: a desk and its colleagues'."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from safelight.desk.command import (
    AS_JSON,
    DATA,
    PASSPHRASE_FILE,
    checked_desk,
    passphrase_from,
    say,
)
from safelight.sealing.root_key import load_root

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@DATA
@click.option("--server", help="http://host:port, https://host or unix:/path/to/socket")
@click.option(
    "--to-folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Write files for colleagues into this folder, to be carried to them.",
)
@click.option("--again", is_flag=True, help="Send once more what nobody has confirmed.")
@PASSPHRASE_FILE
@AS_JSON
def sync(  # noqa: PLR0917  # click passes them by name
    data: Path,
    server: str | None,
    to_folder: Path | None,
    again: bool,
    passphrase_file: Path | None,
    as_json: bool,
) -> None:
    """Exchange entries with colleagues' desks, through the server or by files.

    What colleagues wrote on a stick is taken in with `safelight desk take-in`. May be stopped at
    any moment and begun again.
    """
    if (server is None) == (to_folder is None):
        raise click.UsageError("give either --server or --to-folder")
    from safelight.desk.unlocking import unlocked  # noqa: PLC0415

    with unlocked(checked_desk(data), passphrase_from(passphrase_file, twice=False)):
        if to_folder is not None:
            from safelight.casework.team.stick import write_to_folder  # noqa: PLC0415

            written = write_to_folder(to_folder)
            say(asdict(written), f"{len(written.files)} files written", as_json=as_json)
            return
        from safelight.casework.team.exchanging import exchange  # noqa: PLC0415
        from safelight.casework.team.team_server import TeamServer  # noqa: PLC0415
        from safelight.journal.chain import desk_key  # noqa: PLC0415

        done = exchange(
            TeamServer(str(server), desk_key()), again=again, on_progress=_show_progress
        )
    say(asdict(done), "\n".join(_sentences(done)), as_json=as_json)


def _sentences(done: Any) -> list[str]:
    return [
        f"{done.mails} mails taken in with {done.new} new entries, {done.known} known, "
        f"{done.refused} refused, {done.waits} wait for a statement",
        f"{done.sent} mails left for colleagues, with {done.entries} entries",
        *(f"nothing could be left for {desk}: {why}" for desk, why in done.troubles.items()),
    ]


def _show_progress(done: Any) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{done.mails} mails in, {done.sent} out", nl=False, err=True)


@click.group()
def team() -> None:
    """The team this desk belongs to: its statement, and how the exchange stands."""


@team.command()
@DATA
@click.argument("file", type=_FILE)
@click.option("--root", help="The root's public key, or a file with it; for the first statement.")
@PASSPHRASE_FILE
@AS_JSON
def accept(
    data: Path, file: Path, root: str | None, passphrase_file: Path | None, as_json: bool
) -> None:
    """Take in a team statement that the keeper of the root key signed."""
    from safelight.desk.unlocking import unlocked  # noqa: PLC0415

    root_key = None if root is None else load_root(root)
    with unlocked(checked_desk(data), passphrase_from(passphrase_file, twice=False)):
        from safelight.casework.team import standing  # noqa: PLC0415

        found = standing.accept(file.read_bytes(), root=root_key)
    say(
        {"version": found.version, "desks": [desk.name for desk in found.desks]},
        f"Team statement {found.version} is accepted: "
        f"{', '.join(desk.name for desk in found.desks)}.",
        as_json=as_json,
    )


@team.command()
@DATA
@PASSPHRASE_FILE
@AS_JSON
def show(data: Path, passphrase_file: Path | None, as_json: bool) -> None:
    """Say who is of the team, what waits, what is missing, and what was refused."""
    from safelight.desk.unlocking import unlocked  # noqa: PLC0415

    with unlocked(checked_desk(data), passphrase_from(passphrase_file, twice=False)):
        from safelight.casework.team.shown import team_now  # noqa: PLC0415

        now = team_now(datetime.now(UTC).date())
    if as_json:
        click.echo(json.dumps(asdict(now), default=lambda moment: moment.isoformat()))
        return
    click.echo("\n".join(_team_lines(now)))


def _team_lines(now: Any) -> list[str]:
    if not now.version:
        return ["no team statement; this desk works alone"]
    lines = [
        f"team statement {now.version}, last day {now.expires}"
        + ("  EXPIRED" if now.is_expired else ""),
        f"this desk, {now.own}: {', '.join(now.own_roles) or 'no role'}",
    ]
    for one in now.colleagues:
        heard = one.heard_at.strftime("%Y-%m-%d %H:%M") if one.heard_at else "never"
        lines.append(
            f"  {one.desk:<32} {', '.join(one.roles) or 'left'}; heard {heard}; "
            f"{one.held} entries here, {one.waits} of ours not confirmed"
        )
        if one.missing:
            lines.append(f"    missing: its entries {one.missing[0]} to {one.missing[1]}")
        if one.gaps:
            lines.append(f"    mails that never came: {', '.join(map(str, one.gaps))}")
        lines += [f"    forked at entry {seq}" for seq in one.forked]
        lines += [
            f"    passed over: {passed.entries} × {passed.kind}, not allowed by its role"
            for passed in one.passed_over
        ]
    lines += [
        f"  {one.reason}: {one.desk or 'somebody'}, {one.times} times, last on {one.on}"
        for one in now.problems
    ]
    return lines


@click.command("held-by")
@DATA
@click.argument("desk")
@PASSPHRASE_FILE
@AS_JSON
def held_by(data: Path, desk: str, passphrase_file: Path | None, as_json: bool) -> None:
    """List the cases whose keys a colleague's desk was given or made: for when it leaves."""
    from safelight.desk.unlocking import unlocked  # noqa: PLC0415

    with unlocked(checked_desk(data), passphrase_from(passphrase_file, twice=False)):
        from safelight.casework.team.held import held_by as cases_held_by  # noqa: PLC0415

        cases = cases_held_by(desk)
    say(
        {"desk": desk, "cases": [asdict(one) for one in cases]},
        "\n".join(
            [f"{len(cases)} cases"]
            + [f"{one.case}  {one.why}{'  destroyed' if one.destroyed else ''}" for one in cases]
        ),
        as_json=as_json,
    )
