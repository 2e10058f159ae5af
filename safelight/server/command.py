"""`safelight serve`: check everything that would make reports unreadable, then open."""

from __future__ import annotations

import json
from pathlib import Path

import click

from safelight.circles.addresses import CIRCLES
from safelight.circles.looks import DEFAULT_LOOK, LOOK, LOOKS
from safelight.intake.budget import DEFAULT_FORMS_AN_HOUR, FORMS_AN_HOUR
from safelight.intake.configuration import (
    DEFAULT_LARGEST_FILE,
    DEFAULT_MAILBOX_DAYS,
    LARGEST_FILE,
    MAILBOX_DAYS,
)
from safelight.intake.work import (
    CEILING_BITS,
    DEFAULT_UPLOADS_AN_HOUR,
    REST_BITS,
    UPLOADS_AN_HOUR,
    WORK_BITS,
)
from safelight.sealing.padding import MIB
from safelight.server.database import DATABASE
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
@click.option(
    "--publication",
    type=click.Path(path_type=Path, file_okay=False),
    help="A signed publication to show. May be mirrored into anew while the server runs.",
)
@click.option("--publication-key", help="The public key that signed it: hex digits or a file.")
@click.option(
    "--work-bits",
    type=click.IntRange(0, CEILING_BITS),
    default=REST_BITS,
    show_default=True,
    help="What an upload costs a browser at rest: each bit doubles the computing.",
)
@click.option(
    "--uploads-an-hour",
    type=click.IntRange(1),
    default=DEFAULT_UPLOADS_AN_HOUR,
    show_default=True,
    help="Up to so many uploads an hour are rest; above, they become dearer.",
)
@click.option(
    "--forms-an-hour",
    type=click.IntRange(1),
    default=DEFAULT_FORMS_AN_HOUR,
    show_default=True,
    help="Forms without JavaScript that are taken; a quarter of it at once, the rest queue.",
)
@click.option(
    "--largest-file",
    type=click.IntRange(1, 1024),
    default=DEFAULT_LARGEST_FILE // MIB,
    show_default=True,
    help="MiB of the largest sealed file, and of a form without JavaScript with its files.",
)
@click.option(
    "--mailbox-days",
    type=click.IntRange(1),
    default=DEFAULT_MAILBOX_DAYS,
    show_default=True,
    help="After so many quiet days a mailbox is deleted.",
)
@click.option(
    "--circles",
    is_flag=True,
    help="Carry circles too: small rooms that this server cannot read.",
)
@click.option(
    "--look",
    type=click.Choice(sorted(LOOKS)),
    default=DEFAULT_LOOK,
    show_default=True,
    help="What the page of circles looks like to somebody who glances at it.",
)
@click.option(
    "--database",
    default="",
    help="A PostgreSQL to keep it all in: 'host=/run/postgresql dbname=safelight'. Else a file.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 16),
    default=1,
    show_default=True,
    help="Processes that answer. One is enough for a file; more can use more of a PostgreSQL.",
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
    publication: Path | None,
    publication_key: str | None,
    work_bits: int,
    uploads_an_hour: int,
    forms_an_hour: int,
    largest_file: int,
    mailbox_days: int,
    circles: bool,
    look: str,
    database: str,
    workers: int,
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
        publication=publication,
        publication_key=publication_key,
        limits={
            WORK_BITS: work_bits,
            UPLOADS_AN_HOUR: uploads_an_hour,
            FORMS_AN_HOUR: forms_an_hour,
            LARGEST_FILE: largest_file * MIB,
            MAILBOX_DAYS: mailbox_days,
            CIRCLES: int(circles),
            DATABASE: database,
            LOOK: look,
        },
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
    run(ready, workers=workers)
