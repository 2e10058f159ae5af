"""What a reader remembers between two visits, so that no host can lead them back or aside.

The same protections as in The Update Framework (Samuel, Mathewson, Cappos & Dingledine 2010,
§4): arbitrary content, rollback, mix-and-match and, by the address book's last day, freeze.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from safelight.publication.address_book import BOOK_NAME, AddressBook, verified_address_book
from safelight.publication.key_changes import (
    CHANGES_NAME,
    KeyChange,
    key_of_today,
    read_key_changes,
)
from safelight.publication.reading import PublicationError
from safelight.sealing.signed_folder import LastSeen, Verified, read_plain, verify_folder
from safelight.sealing.strict_json import parse_object

FORMAT: Final = "safelight-reader/1"
_LARGEST: Final = 1024 * 1024
_HEX: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Memory:
    """The key trusted now, the newest publication and the newest address book seen (0: none)."""

    key: str
    version: int
    digest: str
    book_version: int = 0

    def to_bytes(self) -> bytes:
        facts = {
            "format": FORMAT,
            "key": self.key,
            "version": self.version,
            "digest": self.digest,
            "book_version": self.book_version,
        }
        return json.dumps(facts, sort_keys=True).encode("ascii") + b"\n"

    @classmethod
    def parse(cls, untrusted: bytes) -> Memory:
        """Raises `PublicationError` for anything that `to_bytes` does not make."""
        try:
            made = _read(untrusted)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise PublicationError(
                "what was remembered of earlier publications cannot be read; expected the file "
                "that `verify --remember` wrote. Without it, start anew with a key from the keeper"
            ) from None
        return made


def _read(untrusted: bytes) -> Memory:
    facts = parse_object(untrusted, largest=4096)
    if facts.pop("format") != FORMAT:
        raise ValueError("format")
    made = Memory(**facts)
    if not all(type(n) is int and n >= 0 for n in (made.version, made.book_version)):
        raise ValueError("number")
    if not all(_HEX.fullmatch(text) for text in (made.key, made.digest)):
        raise ValueError("hex")
    if made.to_bytes() != untrusted:
        raise ValueError("form")
    return made


@dataclass(frozen=True, slots=True)
class Accepted:
    """A publication that holds, and what to remember of it. `book` may be absent, or expired."""

    verified: Verified
    memory: Memory
    book: AddressBook | None
    key_changed: bool

    def is_current(self, today: date) -> bool:
        """False when the address book has run out: a newer publication may be kept back."""
        return self.book is None or self.book.is_current(today)


def accept(
    folder: Path, *, key: Ed25519PublicKey | None, memory: Memory | None, last_seen: LastSeen | None
) -> Accepted:
    """Verify a folder against a key got by another way, or against what is remembered.

    Raises `PublicationError` or `SignedFolderError`, naming what is wrong; then nothing that
    was remembered changes.
    """
    trusted = key
    if memory is not None:
        remembered = Ed25519PublicKey.from_public_bytes(bytes.fromhex(memory.key))
        if trusted is not None and trusted != remembered:
            raise PublicationError(
                "the key given is not the one remembered; if the keeper says that it is right, "
                "delete what was remembered and start anew"
            )
        trusted = remembered
        last_seen = LastSeen(memory.version, memory.digest)
    if trusted is None:
        raise PublicationError("whose publication is it? Give the public key with --key")
    signer = key_of_today(trusted, _changes(folder))
    verified = verify_folder(folder, key=signer, last_seen=last_seen)
    book = _book(folder, signer)
    seen = 0 if memory is None else memory.book_version
    if (0 if book is None else book.version) < seen:
        raise PublicationError(
            f"its address book is older than book {seen}, seen before, or is gone: somebody "
            "leads readers back to addresses that were given up. Fetch it from another mirror"
        )
    now = Memory(
        signer.public_bytes_raw().hex(),
        verified.version,
        verified.digest,
        0 if book is None else book.version,
    )
    return Accepted(verified, now, book, signer != trusted)


def _changes(folder: Path) -> tuple[KeyChange, ...]:
    try:
        return read_key_changes(read_plain(folder / CHANGES_NAME, largest=_LARGEST))
    except FileNotFoundError:
        return ()


def _book(folder: Path, signer: Ed25519PublicKey) -> AddressBook | None:
    try:
        signed = read_plain(folder / BOOK_NAME, largest=_LARGEST)
    except FileNotFoundError:
        return None
    return verified_address_book(signed, key=signer)
