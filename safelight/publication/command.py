"""`safelight publication`: make the key, build a publication, verify one."""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from safelight.publication.bundle import build_bundle
from safelight.publication.document import Publication, PublicationError
from safelight.publication.site import site_files
from safelight.sealing.signed_folder import LastSeen, read_manifest, verify_folder

_HEX_KEY: Final = 64
_HEX: Final = re.compile(r"[0-9A-Fa-f]{64}")
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.group()
def publication() -> None:
    """Build and verify what is published: a signed folder that any host may carry."""


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
    on: datetime | None,
    as_json: bool,
) -> None:
    """Write the site of a release document to FOLDER, signed; all of it or nothing."""
    key = _private_key(key_file)
    before = None if previous is None else read_manifest(previous, key=key.public_key())
    release = Publication.parse(document.read_bytes())
    day = (on or datetime.now(tz=UTC)).date()  # a publication says no more than the day
    manifest = build_bundle(folder, site_files(release), key=key, on=day, previous=before)
    facts = {
        "version": manifest.version,
        "digest": manifest.digest,
        "files": len(manifest.files),
        "public_key": key.public_key().public_bytes_raw().hex(),
        "release_sha256": release.digest,
    }
    said = f"publication {manifest.version}: {len(manifest.files)} files, {manifest.digest}"
    _answer(facts, said, as_json)


@publication.command()
@click.argument("folder", type=_FOLDER)
@click.option("--key", required=True, help="the public key: 64 hex digits, or a file of them")
@click.option("--last-seen", help="VERSION or VERSION:DIGEST of the newest one seen before")
@click.option("--json", "as_json", is_flag=True, help="one JSON object on standard output")
def verify(folder: Path, key: str, last_seen: str | None, as_json: bool) -> None:
    """Verify every file of FOLDER against the signed manifest. Exit code 1 names what is wrong."""
    seen = None if last_seen is None else _last_seen(last_seen)
    found = verify_folder(folder, key=_public_key(key), last_seen=seen)
    facts = {
        "version": found.version,
        "digest": found.digest,
        "on": found.on.isoformat(),
        "files": found.files,
        "bytes": found.size,
        "rollback_checked": seen is not None,
    }
    said = (
        f"publication {found.version} of {found.on}: {found.files} files as signed\n"
        f"note it for the next time: --last-seen {found.version}:{found.digest}"
    )
    if seen is None:
        said += "\nwhether it is the newest was not checked: nothing was given with --last-seen"
    _answer(facts, said, as_json)


def _answer(facts: dict[str, Any], said: str, as_json: bool) -> None:
    click.echo(json.dumps(facts, sort_keys=True) if as_json else said)


def _private_key(path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise PublicationError(
            "the key file is not an Ed25519 private key in PEM; make one with "
            "`safelight publication new-key`"
        )
    return key


def _public_key(untrusted: str) -> Ed25519PublicKey:
    path = Path(untrusted)
    text = untrusted
    # By its letters and not by its length: a path may be 64 characters long, too.
    if not _HEX.fullmatch(untrusted) and path.is_file():
        text = path.read_text(encoding="ascii", errors="replace").strip()[: _HEX_KEY + 1]
    try:
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(text))
    except ValueError:
        raise PublicationError(
            "the public key is 64 hex digits, as `safelight publication new-key` prints it, "
            "or a file of them; got neither"
        ) from None


def _last_seen(untrusted: str) -> LastSeen:
    version, _, digest = untrusted.partition(":")
    if not version.isdecimal() or (digest and len(digest) != 64):
        raise PublicationError("--last-seen is a version, or version:digest as `verify` prints it")
    return LastSeen(int(version), digest or None)
