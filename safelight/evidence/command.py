"""`safelight evidence`: bundles that a court's expert can verify without us."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from safelight.evidence.bundles.bundling import (
    Bundle,
    Derivative,
    Original,
    continue_bundle,
    make_bundle,
    published_script,
)
from safelight.evidence.bundles.custody import NOTED_EVENTS, CustodyEvent
from safelight.evidence.bundles.proof import make_proof, verified_proof
from safelight.evidence.bundles.verifying import Examination, examine
from safelight.evidence.capture.command import capture, captures
from safelight.evidence.exhibits.command import exhibit
from safelight.evidence.problems import EvidenceError
from safelight.evidence.timestamps.asking import over_http
from safelight.evidence.timestamps.authorities import read_authorities
from safelight.sealing.recipients import HybridRecipient
from safelight.sealing.root_key import load_root, root_beside
from safelight.sealing.roster import verified_roster
from safelight.sealing.statement import key_id
from safelight.sealing.whole_file import whole_file

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_BAG = click.argument("bag", type=click.Path(exists=True, file_okay=False, path_type=Path))
_AS_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
_KEY = click.option(
    "--key", "key_file", required=True, type=_FILE, help="The desk's private key (PEM)."
)
_AUTHORITIES = click.option(
    "--authorities",
    type=_FILE,
    help="YAML: whom to ask for timestamps (docs/how-to/bundle-evidence.md).",
)
_NO_TIMESTAMP = click.option(
    "--no-timestamp", is_flag=True, help="Ask nobody; the bundle then proves no time."
)
_PROXY = click.option("--proxy", help="Ask through this, such as socks5h://127.0.0.1:9050 (Tor).")
_DESK = click.option(
    "--desk-key", help="Fingerprint of the desk's key, 64 hex digits, as it came by another way."
)
_ROOTS = click.option(
    "--tsa-roots", type=_FILE, help="PEM: the authorities' roots, as they came by another way."
)
_AT = click.option(
    "--at",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day at which certificates must be valid (00:00 UTC); now if left out.",
)


@click.group("evidence")
def evidence() -> None:
    """Capture pages, bundle files as evidence, and verify bundles."""


evidence.add_command(capture)
evidence.add_command(captures)


evidence.add_command(exhibit)


@evidence.command("new-key")
@click.argument("key_file", type=click.Path(path_type=Path, dir_okay=False))
@_AS_JSON
def new_key(key_file: Path, as_json: bool) -> None:
    """Make the key that signs bundles (PEM, readable by you alone); print its fingerprint."""
    key = Ed25519PrivateKey.generate()
    with whole_file(key_file) as file:
        file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    fingerprint = key_id(key.public_key())
    _tell({"desk_key": fingerprint}, fingerprint, as_json=as_json)


@evidence.command("bundle")
@click.argument("files", metavar="FILES...", nargs=-1, required=True, type=_FILE)
@click.option("--out", "bag", required=True, type=click.Path(path_type=Path))
@_KEY
@_AUTHORITIES
@_NO_TIMESTAMP
@_PROXY
@click.option("--roster", "roster_file", type=_FILE, help="Seal originals to its desks.")
@click.option("--root", help="The roster's root key; otherwise root.pub beside it.")
@click.option(
    "--sealed",
    "envelopes",
    multiple=True,
    nargs=2,
    type=_FILE,
    metavar="FILE ENVELOPE",
    help="FILE arrived sealed in ENVELOPE, which is kept instead of sealing FILE anew.",
)
@click.option("--withhold", multiple=True, type=_FILE, help="Of this FILE, only the sealed one.")
@click.option(
    "--derivative",
    "derivatives",
    multiple=True,
    nargs=2,
    type=_FILE,
    metavar="DERIVATIVE FILE",
    help="Add DERIVATIVE too, which was made from FILE.",
)
@_AS_JSON
def bundle(  # noqa: PLR0917  # click passes them by name
    files: tuple[Path, ...],
    bag: Path,
    key_file: Path,
    authorities: Path | None,
    no_timestamp: bool,
    proxy: str | None,
    roster_file: Path | None,
    root: str | None,
    envelopes: tuple[tuple[Path, Path], ...],
    withhold: tuple[Path, ...],
    derivatives: tuple[tuple[Path, Path], ...],
    as_json: bool,
) -> None:
    """Put FILES, each with its sealed original, into a signed and timestamped bundle.

    Exit 0 also where an authority did not answer: that is a gap, said here and in the bundle.
    """
    _one_way(authorities, no_timestamp)
    kept = {file.resolve(): envelope for file, envelope in envelopes}
    held_back = {file.resolve() for file in withhold}
    if not kept.keys() | held_back <= {file.resolve() for file in files}:
        raise click.UsageError("--sealed and --withhold name files that are among FILES")
    now = datetime.now(tz=UTC)
    made = make_bundle(
        bag,
        [Original(file, kept.get(file.resolve()), file.resolve() in held_back) for file in files],
        [Derivative(*pair) for pair in derivatives],
        desk=_private_key(key_file),
        recipients=_recipients(roster_file, root, now),
        authorities=() if authorities is None else read_authorities(authorities),
        ask=over_http(proxy),
        now=now,
    )
    _tell_made(made, as_json=as_json)


@evidence.command("note")
@_BAG
@click.argument("event", type=click.Choice([event.value for event in NOTED_EVENTS]))
@_KEY
@_AUTHORITIES
@_NO_TIMESTAMP
@_PROXY
@_AS_JSON
def note(  # noqa: PLR0917  # click passes them by name
    bag: Path,
    event: str,
    key_file: Path,
    authorities: Path | None,
    no_timestamp: bool,
    proxy: str | None,
    as_json: bool,
) -> None:
    """Write into the custody log what happened to a bundle, and seal it again.

    `stamped-again` before an authority's certificate ends keeps the earlier timestamps good.
    """
    _one_way(authorities, no_timestamp)
    made = continue_bundle(
        bag,
        CustodyEvent(event),
        desk=_private_key(key_file),
        authorities=() if authorities is None else read_authorities(authorities),
        ask=over_http(proxy),
        now=datetime.now(tz=UTC),
    )
    _tell_made(made, as_json=as_json)


@evidence.command("verify")
@_BAG
@_DESK
@_ROOTS
@_AT
@click.option(
    "--consistency-only",
    is_flag=True,
    help="Whether the parts agree, without key and roots: proves neither who nor when.",
)
@_AS_JSON
@click.pass_context
def verify(  # noqa: PLR0917  # click passes them by name
    context: click.Context,
    bag: Path,
    desk_key: str | None,
    tsa_roots: Path | None,
    at: datetime | None,
    consistency_only: bool,
    as_json: bool,
) -> None:
    """Verify a bundle and name every fault. Exit 0: verified; 1: faults."""
    if consistency_only == bool(desk_key or tsa_roots) or bool(desk_key) != bool(tsa_roots):
        raise click.UsageError(
            "give --desk-key and --tsa-roots, which reached you by another way than the bundle; "
            "or --consistency-only, which proves neither who made it nor when"
        )
    found = examine(
        bag,
        desk=None if desk_key is None else _fingerprint(desk_key),
        roots=None if tsa_roots is None else tsa_roots.read_bytes(),
        at=_moment(at),
    )
    sound = "consistent" if consistency_only else "verified"
    verdict = "faulty" if found.faults else sound
    _tell(_facts(found, verdict), _said(found, verdict), as_json=as_json)
    context.exit(1 if found.faults else 0)


@evidence.command("proof")
@_BAG
@click.argument("item")
@_DESK
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False))
@_AS_JSON
def proof(bag: Path, item: str, desk_key: str | None, out: Path, as_json: bool) -> None:
    """Write a proof that ITEM (such as 0001) entered a bundle, which shows no other item."""
    if desk_key is None:
        raise click.UsageError("give --desk-key, the fingerprint of the key that sealed it")
    made = make_proof(bag, item=item, desk=_fingerprint(desk_key), at=_moment(None))
    with whole_file(out) as file:
        file.write(made)
    _tell({"proof": str(out), "item": item}, f"Written: {out}", as_json=as_json)


@evidence.command("verify-proof")
@click.argument("proof_file", metavar="PROOF", type=_FILE)
@_DESK
@_ROOTS
@_AT
@_AS_JSON
def verify_proof(
    proof_file: Path,
    desk_key: str | None,
    tsa_roots: Path | None,
    at: datetime | None,
    as_json: bool,
) -> None:
    """Verify what `proof` wrote: one item, its digest, and when it was sealed."""
    if desk_key is None or tsa_roots is None:
        raise click.UsageError("give --desk-key and --tsa-roots, as they came by another way")
    found = verified_proof(
        proof_file.read_bytes(),
        desk=_fingerprint(desk_key),
        roots=tsa_roots.read_bytes(),
        at=_moment(at),
    )
    entry = found.entry
    facts = {
        "verdict": "verified",
        "bag": entry.bag,
        "item": entry.item,
        "sha256": entry.digest,
        "sealed_sha256": entry.sealed or None,
        "origin_sha256": entry.origin or None,
        "line": entry.n,
        "of": found.entries,
        "times": {name: time.isoformat() for name, time in found.times.items()},
    }
    said = (
        f"Verified: item {entry.item}, sha256 {entry.digest}, sealed by {min(found.times.values())}"
    )
    _tell(facts, said, as_json=as_json)


@evidence.command("script")
def script() -> None:
    """Print verify.sh, which an expert should have from here and not from the bundle."""
    click.echo(published_script(), nl=False)


def _one_way(authorities: Path | None, no_timestamp: bool) -> None:
    if (authorities is None) != no_timestamp:
        raise click.UsageError("give either --authorities, or --no-timestamp")


def _private_key(path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise EvidenceError(
            "the key file is not an Ed25519 private key in PEM; make one with "
            "`safelight evidence new-key`"
        )
    return key


def _recipients(
    roster_file: Path | None, root: str | None, now: datetime
) -> tuple[HybridRecipient, ...]:
    if roster_file is None:
        return ()
    trusted = load_root(root) if root else root_beside(roster_file)
    verified = verified_roster(
        roster_file.read_bytes(), root=trusted, today=now.date(), last_seen_version=None
    )
    return verified.recipients(now.date())


def _fingerprint(untrusted: str) -> str:
    text = untrusted.replace(" ", "").replace(":", "").lower()
    if len(text) != 64 or set(text) - set("0123456789abcdef"):
        raise click.UsageError(
            "a fingerprint is 64 hex digits, as `safelight evidence new-key` says"
        )
    return text


def _moment(at: datetime | None) -> datetime:
    return datetime.now(tz=UTC) if at is None else at.replace(tzinfo=UTC)


def _facts(found: Examination, verdict: str) -> dict[str, Any]:
    return {
        "verdict": verdict,
        "bag": found.bag,
        "desk_key": found.fingerprint,
        "items": found.items,
        "log_entries": found.entries,
        "seals": found.seals,
        "timestamps": [
            {
                "seal": one.seal,
                "authority": one.authority,
                "time": one.stamp.time.isoformat(),
                "certificates_until": one.stamp.good_until.isoformat(),
                "openssl_agrees": one.stamp.openssl_asked or None,
            }
            for one in found.stamps
        ],
        "gaps": list(found.gaps),
        "faults": [{"code": one.code.value, "where": one.where} for one in found.faults],
    }


def _said(found: Examination, verdict: str) -> str:
    lines = [f"FAULT {one.code.value}: {one.where}" for one in found.faults]
    lines += [f"gap: {where}: no timestamp came" for where in found.gaps]
    lines += [
        f"seal {one.seal} existed at {one.stamp.time}, says {one.authority}"
        + ("" if one.stamp.openssl_asked else " (openssl is not here to agree)")
        for one in found.stamps
    ]
    return "\n".join([*lines, f"{verdict}: {found.items} items, {found.entries} log lines"])


def _tell_made(made: Bundle, *, as_json: bool) -> None:
    facts = {
        "bag": made.id,
        "out": os.fspath(made.folder),
        "items": made.items,
        "desk_key": made.fingerprint,
        "seal": made.seal.number,
        "timestamps": {name: one.time.isoformat() for name, one in made.seal.stamps.items()},
        "gaps": [{"authority": gap.authority, "reason": gap.reason} for gap in made.seal.gaps],
    }
    for gap in made.seal.gaps:
        click.echo(f"gap: {gap.reason}; later: `safelight evidence note … stamped-again`", err=True)
    said = (
        f"{made.folder}: {made.items} items, seal {made.seal.number}, desk key {made.fingerprint}"
    )
    _tell(facts, said, as_json=as_json)


def _tell(facts: dict[str, Any], said: str, *, as_json: bool) -> None:
    click.echo(json.dumps(facts, ensure_ascii=False, indent=1) if as_json else said)
