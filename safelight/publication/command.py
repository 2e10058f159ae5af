"""`safelight publication`: make the key, build a publication, verify one."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from safelight.publication.bundle import build_bundle
from safelight.publication.document import Publication
from safelight.publication.gathering import Parts, gathered, manifest_before
from safelight.publication.key_changes import read_key_changes
from safelight.publication.keys_on_disk import alone_with, private_key
from safelight.publication.noisy_document import FORMAT as NOISY_FORMAT
from safelight.publication.noisy_document import NoisyPublication
from safelight.publication.outward import Outward
from safelight.publication.outward_command import change_key, mirror, probe, rebuild
from safelight.publication.reader import Accepted, Memory, accept
from safelight.publication.reading import PublicationError
from safelight.publication.replaced_file import replace_file
from safelight.publication.site import noisy_site_files, site_files
from safelight.sealing.public_key import load_public_key
from safelight.sealing.root_key import load_root
from safelight.sealing.signed_folder import LastSeen

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.group()
def publication() -> None:
    """Build and verify what is published: a signed folder that any host may carry."""


for _command in (mirror, probe, change_key, rebuild):
    publication.add_command(_command)


@publication.command("new-key")
@click.argument("key_file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="one JSON object on standard output")
def new_key(key_file: Path, as_json: bool) -> None:
    """Make the signing key (PEM, readable by you alone) and print its public half.

    The public half is also written beside it, with the ending .pub: give that to readers.
    """
    public_file = key_file.with_suffix(".pub")
    if not key_file.exists() and (public_file == key_file or public_file.exists()):
        raise PublicationError(
            "the public half goes beside the key under its name with the ending .pub, and that "
            "is taken; give another name, such as publication.pem"
        )
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        handle = os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise PublicationError(
            "the key file exists already; a key is never overwritten, give another name"
        ) from None
    with os.fdopen(handle, "wb") as file:
        file.write(pem)
    public = key.public_key().public_bytes_raw().hex()
    public_file.write_text(f"{public}\n", encoding="ascii")
    _answer({"public_key": public}, public, as_json)


@publication.command()
@click.argument("folder", type=_FOLDER)
@click.option("--document", required=True, type=_FILE, help="the release document of the desk")
@click.option("--key", "key_file", required=True, type=_FILE, help="the private key (PEM)")
@click.option("--previous", type=_FOLDER, help="the folder of the publication before this one")
@click.option("--roster", type=_FILE, help="the signed roster, for servers made from this")
@click.option("--help-list", type=_FILE, help="the signed list of who helps")
@click.option("--root", help="the root public key, which signed those two")
@click.option("--letters", type=_FILE, help="letters.json, as the desk writes it")
@click.option("--address-book", type=_FILE, help="where we can be reached (YAML); signed here")
@click.option("--form", type=_FILE, help="the pocket form")
@click.option("--key-changes", type=_FILE, help="key-changes.json, once the key was changed")
@click.option(
    "--on", type=click.DateTime(["%Y-%m-%d"]), help="day of publication; default: today, UTC"
)
@click.option("--json", "as_json", is_flag=True, help="one JSON object on standard output")
def build(
    folder: Path,
    *,
    document: Path,
    key_file: Path,
    previous: Path | None,
    root: str | None,
    on: datetime | None,
    as_json: bool,
    **parts: Path | None,
) -> None:
    """Write the site of a release document to FOLDER, signed; all of it or nothing."""
    key = private_key(key_file)
    day = (on or datetime.now(tz=UTC)).date()  # a publication says no more than the day
    outward = gathered(
        Parts(**parts), key=key, root=None if root is None else load_root(root), today=day
    )
    changes = read_key_changes(outward.key_changes) if outward.key_changes else ()
    before = (
        None
        if previous is None
        else manifest_before(previous, key=key.public_key(), changes=changes)
    )
    release, files = _site(document.read_bytes(), outward)
    manifest = build_bundle(folder, files, key=key, on=day, previous=before)
    facts = {
        "version": manifest.version,
        "digest": manifest.digest,
        "files": len(manifest.files),
        "public_key": key.public_key().public_bytes_raw().hex(),
        "release_sha256": release.digest,
    }
    said = f"publication {manifest.version}: {len(manifest.files)} files, {manifest.digest}"
    _answer(facts, said, as_json)


def _site(
    untrusted: bytes, outward: Outward
) -> tuple[Publication | NoisyPublication, Mapping[str, bytes]]:
    """Read a release of either kind. What is neither is said to be none of the first."""
    if f'"format":"{NOISY_FORMAT}"'.encode() in untrusted:
        noisy = NoisyPublication.parse(untrusted)
        return noisy, noisy_site_files(noisy, outward=outward)
    release = Publication.parse(untrusted)
    return release, site_files(release, outward=outward)


@publication.command()
@click.argument("folder", type=_FOLDER)
@click.option("--key", help="the public key: 64 hex digits, or a file of them")
@click.option("--last-seen", help="VERSION or VERSION:DIGEST of the newest one seen before")
@click.option(
    "--remember",
    type=click.Path(path_type=Path, dir_okay=False),
    help="a file that keeps what was verified, for the next time",
)
@click.option("--json", "as_json", is_flag=True, help="one JSON object on standard output")
def verify(
    folder: Path, *, key: str | None, last_seen: str | None, remember: Path | None, as_json: bool
) -> None:
    """Verify every file of FOLDER against the signed manifest. Exit code 1 names what is wrong.

    With --remember the key is needed only the first time; from then on an older publication,
    another one of the same version, an older address book or a key that was left behind are
    refused, and a change of the key is followed.
    """
    seen = None if last_seen is None else _last_seen(last_seen)
    given = None if key is None else load_public_key(key)
    # Of two at once the slower one would remember the older publication.
    with contextlib.nullcontext() if remember is None else alone_with(remember):
        memory = None
        if remember is not None and remember.exists():
            memory = Memory.parse(remember.read_bytes())
        if memory is None and given is None:
            raise click.UsageError("give the public key with --key; the keeper has it")
        found = accept(folder, key=given, memory=memory, last_seen=seen)
        if remember is not None:
            replace_file(remember, found.memory.to_bytes())
    today = datetime.now(tz=UTC).date()
    checked = memory is not None or seen is not None
    facts = {
        "version": found.verified.version,
        "digest": found.verified.digest,
        "on": found.verified.on.isoformat(),
        "files": found.verified.files,
        "bytes": found.verified.size,
        "rollback_checked": checked,
        "key": found.memory.key,
        "key_changed": found.key_changed,
        "current": found.is_current(today),
    }
    _answer(facts, _said(found, checked=checked, today=today), as_json)


def _said(found: Accepted, *, checked: bool, today: date) -> str:
    one = found.verified
    said = [
        f"publication {one.version} of {one.on}: {one.files} files as signed",
        f"note it for the next time: --last-seen {one.version}:{one.digest}",
    ]
    if not checked:
        said.append("whether it is the newest was not checked: nothing was given to compare with")
    if found.key_changed:
        said.append(f"the key was changed by its keeper; it is now {found.memory.key}")
    if not found.is_current(today):
        said.append(
            "its address book has expired: there may be a newer publication that this host keeps "
            "back. Look at another address"
        )
    return "\n".join(said)


def _answer(facts: dict[str, Any], said: str, as_json: bool) -> None:
    click.echo(json.dumps(facts, sort_keys=True) if as_json else said)


def _last_seen(untrusted: str) -> LastSeen:
    version, _, digest = untrusted.partition(":")
    if not version.isdecimal() or (digest and len(digest) != 64):
        raise PublicationError("--last-seen is a version, or version:digest as `verify` prints it")
    return LastSeen(int(version), digest or None)
