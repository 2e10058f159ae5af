"""`safelight serve`: check everything that would make reports unreadable, then open."""

from __future__ import annotations

import json
from pathlib import Path

import click

from safelight.server.starting import Plan, prepared, run


@click.command()
@click.option(
    "--data",
    "data",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Directory of the mailboxes; made if missing, readable by this user only.",
)
@click.option(
    "--roster",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="The signed roster. May be replaced by a newer one while the server runs.",
)
@click.option("--root", required=True, help="The root public key: 64 hex digits or a file.")
@click.option(
    "--socket",
    type=click.Path(path_type=Path),
    help="Listen on this Unix socket (mode 0660), for an onion service or a proxy.",
)
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Listen on 127.0.0.1; 0 takes a free port."
)
@click.option("--host", "hosts", multiple=True, help="A name the site is reached by. Repeatable.")
@click.option(
    "--exit-to",
    default="https://www.wikipedia.org/",
    show_default=True,
    help="Where “leave this page” leads: something nobody asks about.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one object with the address.")
def serve(
    *,
    data: Path,
    roster: Path,
    root: str,
    socket: Path | None,
    port: int | None,
    hosts: tuple[str, ...],
    exit_to: str,
    as_json: bool,
) -> None:
    """Run the blind server: it takes sealed envelopes and can open none."""
    if (socket is None) == (port is None):
        raise click.UsageError("give either --socket or --port")
    plan = Plan(
        data=data,
        roster=roster,
        root=root,
        socket=socket,
        port=port,
        hosts=hosts,
        exit_to=exit_to,
    )
    ready = prepared(plan)
    if as_json:
        click.echo(json.dumps(ready.facts()))
    else:
        click.echo(f"Serving on {ready.address}")
        click.echo(
            f"Reports are sealed to {ready.desks} desk(s) of roster {ready.roster_version}, "
            f"signed by root {ready.root_fingerprint}"
        )
    run(ready)
