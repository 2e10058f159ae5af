"""`safelight demo`: the whole path, on a country that is made up."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import click

from safelight.demo.progress import Progress

# A country whose own list shows a steeper rise than what happened: worth looking at first.
_DEFAULT_SEED = 20
_DEFAULT_DATA = Path("demo-data")


@click.command()
@click.option("--once", is_flag=True, help="No servers: run the path unattended into --out.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="With --once: where the published site and what was true go.",
)
@click.option(
    "--data",
    type=click.Path(file_okay=False, path_type=Path),
    default=_DEFAULT_DATA,
    show_default=True,
    help="Without --once: the demo's folder.",
)
@click.option("--seed", type=click.IntRange(min=0), default=_DEFAULT_SEED, show_default=True)
@click.option(
    "--size", type=click.Choice(["tiny", "small", "full"]), default="small", show_default=True
)
@click.option("--language", type=click.Choice(["ru", "en"]), help="Default: the terminal's.")
@click.option("--port-server", type=click.IntRange(1024, 65535), default=8100, show_default=True)
@click.option("--port-desk", type=click.IntRange(1024, 65535), default=8101, show_default=True)
@click.option("--check", is_flag=True, help="Start, fetch both addresses, stop.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def demo(  # noqa: PLR0917  # click passes them by name
    once: bool,
    out: Path | None,
    data: Path,
    seed: int,
    size: str,
    language: str | None,
    port_server: int,
    port_desk: int,
    check: bool,
    as_json: bool,
) -> None:
    """Invent a country, take its reports, publish its numbers, beside what was true.

    Without --once it runs a server and a desk and prints their two addresses.
    """
    if once != (out is not None):
        raise click.UsageError("--once and --out DIR go together")
    if once and check:
        raise click.UsageError("--check is for the demo with servers, without --once")
    progress = Progress(language or _terminal_language())
    if out is not None:
        _once(out, seed=seed, size=size, progress=progress, as_json=as_json)
    else:
        _live(
            data.resolve(),
            seed=seed,
            size=size,
            ports=(port_server, port_desk),
            progress=progress,
            check=check,
            as_json=as_json,
        )


def _once(out: Path, *, seed: int, size: str, progress: Progress, as_json: bool) -> None:
    # Late: `safelight demo --help` should not wait for Django, numpy and the desk.
    from safelight.demo.live import ending_on_signals  # noqa: PLC0415
    from safelight.demo.once import SITE, run_once, truth_name  # noqa: PLC0415

    with ending_on_signals():  # so that the temporary desk is removed then, too
        outcome = run_once(out, seed=seed, size=size, progress=progress)
    if as_json:
        _print(outcome.facts() | _times(progress))
        return
    totals = ", ".join(
        f"{list_id} {progress.say('hidden') if total is None else total}"
        for list_id, total in outcome.totals.items()
    )
    click.echo(progress.say("summary", totals_shown=totals, **outcome.facts()))
    for list_id in outcome.left_out:
        click.echo(progress.say("summary_left_out", list=list_id))
    click.echo(
        progress.say(
            "done_once",
            seconds=f"{progress.total_seconds:.0f}",
            site=out / SITE / progress.language / "index.html",
            truth=out / truth_name(progress.language),
        )
    )


def _live(
    data: Path,
    *,
    seed: int,
    size: str,
    ports: tuple[int, int],
    progress: Progress,
    check: bool,
    as_json: bool,
) -> None:
    from safelight.demo.live import (  # noqa: PLC0415
        check_addresses,
        ending_on_signals,
        running_demo,
        wait_for_the_end,
    )

    port_server, port_desk = ports
    with (
        ending_on_signals(),
        running_demo(
            data,
            seed=seed,
            size=size,
            port_server=port_server,
            port_desk=port_desk,
            progress=progress,
        ) as running,
    ):
        if check:
            check_addresses(running.addresses)
            progress.note("checked")
        if as_json:
            _print(running.facts() | _times(progress))
        else:
            for line in running.addresses_said(progress):
                click.echo(line)
        if not check:
            if not as_json:
                click.echo(running.what_to_try(progress))
            wait_for_the_end(running.children)
            progress.note("stopping")
    progress.note("stopped")


def _times(progress: Progress) -> dict[str, Any]:
    return {"seconds": {**progress.seconds, "total": progress.total_seconds}}


def _print(facts: dict[str, Any]) -> None:
    click.echo(json.dumps(facts, ensure_ascii=False))


def _terminal_language() -> str:
    named = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG", "")
    return "ru" if named.startswith("ru") else "en"
