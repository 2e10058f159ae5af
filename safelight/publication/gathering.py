"""Reads the parts of a publication from files, and refuses what a reader would refuse.

A roster that has expired or a list of helpers of another root key would lie in every mirror
for months; so nothing unverified goes in.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from safelight.publication.address_book import AddressBook, sign_address_book
from safelight.publication.key_changes import KeyChange, key_of_today, read_key_changes
from safelight.publication.letters import read_letters
from safelight.publication.outward import Outward
from safelight.publication.reading import PublicationError
from safelight.sealing.help_list import verified_help_list
from safelight.sealing.manifest import Manifest, SignedFolderError
from safelight.sealing.roster import verified_roster
from safelight.sealing.signed_folder import read_manifest
from safelight.vocabulary.strict_yaml import KeyTwiceError, strict_yaml


@dataclass(frozen=True, slots=True)
class Parts:
    """The files that somebody named; None for a part that is left out."""

    roster: Path | None = None
    help_list: Path | None = None
    letters: Path | None = None
    address_book: Path | None = None
    form: Path | None = None
    key_changes: Path | None = None


def gathered(
    parts: Parts, *, key: Ed25519PrivateKey, root: Ed25519PublicKey | None, today: date
) -> Outward:
    """Verify every part and sign the address book. Raises `SafelightError` by the part's name."""
    if root is None and (parts.roster or parts.help_list):
        raise PublicationError(
            "a roster and a list of helpers are signed by the root key; give it with --root"
        )
    roster = _bytes(parts.roster)
    listed = _bytes(parts.help_list)
    helps = None
    if root is not None and roster:
        verified_roster(roster, root=root, today=today, last_seen_version=None)
    if root is not None and listed:
        helps = verified_help_list(listed, root=root, today=today, last_seen_version=None)
    book = None if parts.address_book is None else read_address_book(parts.address_book)
    if book is not None and not book.is_current(today):
        raise PublicationError(
            "the address book has expired; look at each address, then give it a new version"
        )
    changes = _bytes(parts.key_changes)
    if changes and key_of_today(key.public_key(), read_key_changes(changes)) != key.public_key():
        raise PublicationError(
            "this key has a successor; sign with that one, or readers will refuse what you publish"
        )
    return Outward(
        letters=read_letters(_bytes(parts.letters)) if parts.letters else (),
        book=book,
        signed_book=b"" if book is None else sign_address_book(book, key),
        help=helps,
        signed_help=listed,
        signed_roster=roster,
        form=_bytes(parts.form),
        key_changes=changes,
    )


def _bytes(path: Path | None) -> bytes:
    return b"" if path is None else path.read_bytes()


def read_address_book(path: Path) -> AddressBook:
    """Read an address book that somebody wrote, in YAML or JSON. Raises `PublicationError`."""
    try:
        found = strict_yaml(path.read_bytes())
    except KeyTwiceError as reason:
        raise PublicationError(f"the address book, {reason}") from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise PublicationError("the address book is neither YAML nor JSON") from None
    return AddressBook.parse(found)


def manifest_before(
    folder: Path, *, key: Ed25519PublicKey, changes: tuple[KeyChange, ...]
) -> Manifest:
    """Return the manifest of the publication before, signed by this key or by one before it."""
    keys = [key]
    keys += [Ed25519PublicKey.from_public_bytes(bytes.fromhex(one.before)) for one in changes]
    for place, one in enumerate(keys):
        try:
            return read_manifest(folder, key=one)
        except SignedFolderError:
            if place + 1 == len(keys):
                raise
    raise AssertionError("there is at least one key")
