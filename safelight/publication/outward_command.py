"""`safelight publication mirror | probe | change-key | rebuild-server`: out into the world."""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import click

from safelight.publication.gathering import read_address_book
from safelight.publication.key_changes import (
    changes_to_bytes,
    keys_before,
    make_key_change,
    read_key_changes,
)
from safelight.publication.keys_on_disk import alone_with, private_key
from safelight.publication.mirrors import mirroring
from safelight.publication.mirrors.target import Credentials
from safelight.publication.reader import Memory
from safelight.publication.reading import PublicationError
from safelight.publication.rebuilding import DATA, KEY, ROOT, ROSTER, SITE, rebuild_server
from safelight.publication.replaced_file import replace_file
from safelight.sealing.public_key import load_public_key
from safelight.sealing.root_key import load_root
from safelight.sealing.signed_folder import read_manifest

USER: Final = "SAFELIGHT_MIRROR_USER"
SECRET: Final = "SAFELIGHT_MIRROR_SECRET"  # noqa: S105 - the variable's name
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_NEW_FILE = click.Path(path_type=Path, dir_okay=False)
_FOLDER = click.Path(path_type=Path, file_okay=False)
_JSON = click.option("--json", "as_json", is_flag=True, help="one JSON object on standard output")
_PROXY = click.option(
    "--proxy", help="send everything through it, such as socks5h://127.0.0.1:9050 (Tor)"
)


def _today() -> date:
    return datetime.now(tz=UTC).date()


def _answer(facts: dict[str, Any], said: str, *, as_json: bool) -> None:
    click.echo(json.dumps(facts, sort_keys=True) if as_json else said)


@click.command("mirror")
@click.argument("folder", type=_FOLDER)
@click.argument("target")
@click.option("--key", required=True, help="the public key: 64 hex digits, or a file of them")
@click.option("--anew", is_flag=True, help="send every file, also those that seem to be there")
@_PROXY
@_JSON
def mirror(
    folder: Path, target: str, *, key: str, anew: bool, proxy: str | None, as_json: bool
) -> None:
    """Bring the publication in FOLDER to TARGET; only what changed, its manifest last.

    TARGET is a folder, davs://host/folder/, s3://bucket/prefix?endpoint=https://host or
    ssh:user@host:folder (by rsync). Who we are there stands in SAFELIGHT_MIRROR_USER and
    SAFELIGHT_MIRROR_SECRET. Cut off half-way, say it again: it goes on.
    """
    place = mirroring.target_of(
        target,
        credentials=Credentials(os.environ.get(USER, ""), os.environ.get(SECRET, "")),
        proxy=proxy,
    )

    def told(done: int, of: int) -> None:
        if not as_json:
            click.echo(f"\r{done} of {of} files", nl=done == of, err=True)

    done = mirroring.mirror(folder, place, key=load_public_key(key), anew=anew, told=told)
    facts = {
        "version": done.version,
        "was": done.was,
        "sent": done.sent,
        "deleted": done.deleted,
        "kept": done.kept,
    }
    said = (
        f"publication {done.version} is there: {done.sent} files sent, {done.kept} were there, "
        f"{done.deleted} taken away"
    )
    _answer(facts, said, as_json=as_json)


@click.command("probe")
@click.argument("folder", type=_FOLDER)
@click.option("--key", required=True, help="the public key: 64 hex digits, or a file of them")
@click.option("--address-book", required=True, type=_FILE, help="the addresses (YAML)")
@click.option("--spares", type=_FILE, help="an address book of places to take in when one fails")
@click.option("--state", type=_NEW_FILE, help="a file that counts failures from probe to probe")
@click.option(
    "--give-up-after",
    type=click.IntRange(1, 1000),
    default=3,
    show_default=True,
    help="so many probes in a row that were not good",
)
@click.option(
    "--next-book", type=_NEW_FILE, help="write the next address book here, if one is needed"
)
@click.option(
    "--days",
    type=click.IntRange(1, 366),
    default=60,
    show_default=True,
    help="how long the next address book is good",
)
@click.option("--whole", is_flag=True, help="fetch every file, not only the manifest")
@_PROXY
@_JSON
def probe(
    folder: Path,
    *,
    key: str,
    address_book: Path,
    spares: Path | None,
    state: Path | None,
    give_up_after: int,
    next_book: Path | None,
    days: int,
    whole: bool,
    proxy: str | None,
    as_json: bool,
) -> None:
    """Look at every address: does it show the publication in FOLDER as it was signed?

    good, behind (an older one), changed (bytes that nobody signed), silent, or ahead: a newer
    one, and then FOLDER is not the newest. With --next-book what failed too often makes room
    for spares that are good, and the file is what `build --address-book` takes. Exit code 1 when
    no address is good.
    """
    from safelight.publication.mirrors import probing  # noqa: PLC0415 - brings an HTTP library
    from safelight.publication.mirrors.fetching import new_session  # noqa: PLC0415

    verify = load_public_key(key)
    newest = read_manifest(folder, key=verify)
    earlier = keys_before(folder, verify)
    book = read_address_book(address_book)
    more = () if spares is None else read_address_book(spares).addresses
    before = (
        probing.read_failures(state.read_bytes()) if state is not None and state.exists() else {}
    )

    def told(one: probing.Probe) -> None:
        if not as_json:
            click.echo(f"{one.state:8}{one.url}")

    probes = probing.probe_all(
        book,
        [one for one in more if one.url not in {known.url for known in book.addresses}],
        before,
        lambda url: probing.probe(
            url, newest, new_session(proxy), key=verify, earlier=earlier, whole=whole
        ),
        told,
    )
    # Before anything can be refused: what was seen counts, whatever follows.
    if state is not None:
        replace_file(state, probing.failures_to_bytes(probes))
    following = probing.rotated(
        book, more, probes, give_up_after=give_up_after, on=_today(), days=days
    )
    if following is not None and next_book is not None:
        replace_file(next_book, following.to_bytes() + b"\n")
    facts = {
        "addresses": [
            {"url": one.url, "state": one.state, "failures": one.failures} for one in probes
        ],
        "rotate": following is not None,
        "book_version": book.version if following is None else following.version,
    }
    said = "the address book can stay"
    if following is not None:
        said = f"address book {following.version} is due; publish it with the next publication"
    _answer(facts, said, as_json=as_json)


@click.command("change-key")
@click.option("--from", "old", required=True, type=_FILE, help="the private key that ends (PEM)")
@click.option("--to", "new", required=True, help="the public key that follows")
@click.option(
    "--changes",
    required=True,
    type=_NEW_FILE,
    help="key-changes.json; made, or added to, and given to every later `build`",
)
@_JSON
def change_key(*, old: Path, new: str, changes: Path, as_json: bool) -> None:
    """Let the old key name the new one, so that readers who know the old one follow.

    For a key that was stolen this is no way: the thief can do the same. Then tell readers the
    new key by another way, and let them start anew.
    """
    made = make_key_change(private_key(old), load_public_key(new), on=_today())
    with alone_with(changes):
        known = read_key_changes(changes.read_bytes()) if changes.exists() else ()
        if any(one.before == made.before for one in known):
            raise PublicationError(
                "this key has named its successor already; a second one would make both void"
            )
        replace_file(changes, changes_to_bytes([*known, made]))
    facts = {"before": made.before, "after": made.after, "changes": len(known) + 1}
    _answer(facts, f"{made.after} follows; sign with it from now on", as_json=as_json)


@click.command("rebuild-server")
@click.argument("copy", type=_FOLDER)
@click.option("--into", "place", required=True, type=_FOLDER, help="a new folder for the server")
@click.option("--key", required=True, help="the public key: 64 hex digits, or a file of them")
@click.option("--root", required=True, help="the root public key: 64 hex digits or a file")
@click.option("--remember", type=_FILE, help="what `verify --remember` wrote, against old copies")
@_JSON
def rebuild(
    copy: Path, *, place: Path, key: str, root: str, remember: Path | None, as_json: bool
) -> None:
    """Make a lost server again from any copy of its publication: pages, roster, helpers.

    Prints how to start it. What no desk had fetched from the lost server is gone; receipts of
    reports that desks have do not open here, and reporters are told to write again.
    """
    memory = None if remember is None else Memory.parse(remember.read_bytes())
    found = rebuild_server(
        copy,
        place,
        key=load_public_key(key),
        memory=memory,
        root=load_root(root),
        today=_today(),
    )
    start = (
        f"safelight serve --data {place / DATA} --roster {place / ROSTER} --root {place / ROOT} "
        f"--publication {place / SITE} --publication-key {place / KEY} "
        "--socket SOCKET --host NAME"
    )
    facts = {
        "version": found.verified.version,
        "files": found.verified.files,
        "roster_version": found.roster_version,
        "helpers": found.helpers,
        "start": start,
    }
    said = f"publication {found.verified.version} and roster {found.roster_version} are in place"
    if not found.helpers:
        said += "; the copy has no list of who helps"
    _answer(facts, f"{said}. Start it with\n  {start}", as_json=as_json)
