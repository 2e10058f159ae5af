"""`safelight evidence capture` and `safelight evidence captures`."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from safelight.evidence.capture.behaviours import Behaviour, parse_behaviours, usual_behaviours
from safelight.evidence.capture.capture_policy import CapturePolicy, exit_through, hosts_only
from safelight.evidence.capture.capture_queue import (
    CaptureQueue,
    Turn,
    read_queue,
    run_queue,
    write_queue,
)
from safelight.evidence.capture.capture_record import (
    CaptureRecord,
    CaptureStatus,
    changed_files,
    read_record,
)
from safelight.evidence.capture.capturing import Progress
from safelight.evidence.capture.capturing import capture as capture_page
from safelight.evidence.capture.difference import difference
from safelight.evidence.capture.login import Cookie, read_login

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_AS_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")


@click.command("capture")
@click.argument("urls", metavar="URL...", nargs=-1)
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False))
@click.option("--proxy", help="Go out through this, such as socks5h://127.0.0.1:9050 (Tor).")
@click.option(
    "--direct", is_flag=True, help="Go out from here: the site sees this machine's address."
)
@click.option("--cookies", type=_FILE, help="Log in with these: cookies.txt, or JSON.")
@click.option("--behaviours", "behaviours_file", type=_FILE, help="YAML: what to do on the page.")
@click.option("--only-host", "hosts", multiple=True, help="Reach only this host and those below.")
@click.option("--language", default="ru", show_default=True, help="As the browser says it.")
@click.option("--again-hours", type=click.IntRange(1, 24 * 90), help="Capture again after so long.")
@click.option("--times", type=click.IntRange(1, 1000), default=1, help="How often again.")
@click.option(
    "--any-certificate", is_flag=True, help="Go on where a certificate is not good; that is a gap."
)
@click.option(
    "--without-box", is_flag=True, help="Where no sandbox can be made; the record says so."
)
@click.option(
    "--loopback-port",
    "loopback_ports",
    multiple=True,
    type=click.IntRange(1, 65535),
    help="Reach this port of this machine, to try a capture on a page of your own.",
)
@_AS_JSON
def capture(  # noqa: PLR0917  # click passes them by name
    urls: tuple[str, ...],
    out: Path,
    proxy: str | None,
    direct: bool,
    cookies: Path | None,
    behaviours_file: Path | None,
    hosts: tuple[str, ...],
    language: str,
    again_hours: int | None,
    times: int,
    any_certificate: bool,
    without_box: bool,
    loopback_ports: tuple[int, ...],
    as_json: bool,
) -> None:
    """Capture pages, each into a folder of its own in OUT. Without a URL: what is due there.

    Exit 0: every page was captured, perhaps with gaps, which are said. Exit 1: one FAILED.
    """
    if direct == (proxy is not None):
        raise click.UsageError(
            "give either --proxy, so that the site does not see who captures it, or --direct"
        )
    usual = CapturePolicy.usual(through=exit_through(proxy), language=language)
    policy = CapturePolicy(
        **{
            **{name: getattr(usual, name) for name in ("exit", "language", "viewport", "limits")},
            "hosts": hosts_only(hosts),
            "ports": usual.ports,
            "loopback_ports": frozenset(loopback_ports),
            "boxed": not without_box,
            "any_certificate": any_certificate,
        }
    )
    login = () if cookies is None else read_login(cookies)
    behaviours = _behaviours(behaviours_file)
    again = None if again_hours is None else timedelta(hours=again_hours)
    queue = read_queue(out).added(
        urls, due=datetime.now(tz=UTC), again=again, times=times if again else 0
    )
    write_queue(out, queue)
    made: list[tuple[Path, CaptureRecord]] = []

    def one(url: str, place: Path) -> CaptureRecord:
        record = _captured(url, place, policy, behaviours, login)
        made.append((place, record))
        return record

    queue = run_queue(out, one, on_change=lambda _: None)
    facts = {
        "captures": [_facts(place, record) for place, record in made],
        "refused": sum(waiting.turn is Turn.REFUSED for waiting in queue.waiting),
        "waiting": _waiting(queue),
    }
    said = "\n".join(_said(place, record) for place, record in made) or "Nothing is due."
    _tell(facts, said, as_json=as_json)
    failed = any(record.status is CaptureStatus.FAILED for _, record in made)
    click.get_current_context().exit(1 if failed or facts["refused"] else 0)


@click.group("captures")
def captures() -> None:
    """Look at captures and compare them."""


@captures.command("show")
@click.argument("folder", type=_FOLDER)
@_AS_JSON
def show(folder: Path, as_json: bool) -> None:
    """Say what a capture came to. Exit 1 if a file is not as its record says."""
    record = read_record(folder)
    changed = changed_files(folder, record)
    said = _said(folder, record)
    if changed:
        said += "\nCHANGED since: " + ", ".join(changed)
    _tell(_facts(folder, record) | {"changed": list(changed)}, said, as_json=as_json)
    click.get_current_context().exit(1 if changed else 0)


@captures.command("diff")
@click.argument("earlier", type=_FOLDER)
@click.argument("later", type=_FOLDER)
@_AS_JSON
def diff(earlier: Path, later: Path, as_json: bool) -> None:
    """Say what changed between two captures of one address: removed? edited?"""
    found = difference(earlier, later)
    facts = {
        "change": found.change.value,
        "earlier": found.earlier.began.isoformat(),
        "later": found.later.began.isoformat(),
        "http_status": [found.earlier.http_status, found.later.http_status],
        "pixels_differing": found.pixels,
        "text": list(found.text),
        "text_cut": found.text_cut,
    }
    said = "\n".join([f"{found.change.value}", *found.text])
    _tell(facts, said, as_json=as_json)


def _captured(
    url: str,
    place: Path,
    policy: CapturePolicy,
    behaviours: tuple[Behaviour, ...],
    login: tuple[Cookie, ...],
) -> CaptureRecord:
    def progress(now: Progress) -> None:
        click.echo(f"{place.name}: {now.stage}, {now.requests} requests", err=True)

    return capture_page(
        url,
        place=place,
        policy=policy,
        behaviours=behaviours,
        login=login,
        on_progress=progress,
    )


def _behaviours(file: Path | None) -> tuple[Behaviour, ...]:
    return usual_behaviours() if file is None else parse_behaviours(file.read_bytes())


def _waiting(queue: CaptureQueue) -> list[dict[str, str]]:
    return [
        {"id": one.id, "due": one.due.isoformat()}
        for one in queue.waiting
        if one.turn is Turn.WAITING
    ]


def _facts(place: Path, record: CaptureRecord) -> dict[str, Any]:
    return {"folder": str(place), **json.loads(record.to_json())}


def _said(place: Path, record: CaptureRecord) -> str:
    lines = [f"{place}: {record.status.value.upper()}, HTTP {record.http_status or 'no answer'}"]
    lines += [f"  gap: {gap.kind.value} {gap.detail} {gap.where}".rstrip() for gap in record.gaps]
    if record.fidelity is not None:
        same = "the same" if record.fidelity.text_equal else "ANOTHER"
        share = record.fidelity.pixels_differing
        lines.append(f"  replayed offline: {same} text, {share:.5f} of the pixels differ")
    if not record.boxed:
        lines.append("  made without the sandbox: nothing but flags kept the browser in")
    return "\n".join(lines)


def _tell(facts: dict[str, Any], said: str, *, as_json: bool) -> None:
    click.echo(json.dumps(facts, ensure_ascii=False, indent=1) if as_json else said)
