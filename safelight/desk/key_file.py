"""The key file: a random database key, wrapped by a key made from the passphrase.

    passphrase --Argon2id (RFC 9106)--> wrapping key --ChaCha20-Poly1305 (RFC 8439)--> database key

Changing the passphrase re-wraps 32 bytes and leaves the database as it is. The
Argon2 parameters are stored beside the wrapped key and authenticated with it, so
a file whose parameters were weakened does not unwrap.
"""

from __future__ import annotations

import json
import os
import secrets
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from argon2.low_level import ARGON2_VERSION, Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from safelight.errors import SafelightError

FORMAT: Final = "safelight-desk-key/1"
KEY_SIZE: Final = 32
SALT_SIZE: Final = 16
NONCE_SIZE: Final = 12
_LARGEST_FILE: Final = 4096

SHORTEST_PASSPHRASE: Final = 12
_FEWEST_DIFFERENT: Final = 5


class KeyFileError(SafelightError):
    """The key file is missing, damaged, or not one of ours."""


class WrongPassphraseError(SafelightError):
    """The passphrase does not open this key file (or the file was tampered with)."""


class WeakPassphraseError(SafelightError):
    """The passphrase is too easy to guess."""


@dataclass(frozen=True, slots=True)
class Argon2Cost:
    """What one guess at the passphrase costs: memory in KiB, passes over it, lanes."""

    memory_kib: int
    passes: int
    lanes: int

    def checked(self) -> Argon2Cost:
        """Return self, or raise `KeyFileError` for what Argon2 or this machine cannot mean.

        The upper bounds keep a forged key file from asking for all memory there is.
        """
        if not (
            8 * self.lanes <= self.memory_kib <= 4 * 1024 * 1024
            and 1 <= self.passes <= 64
            and 1 <= self.lanes <= 64
        ):
            raise KeyFileError(
                "the key file asks for Argon2 parameters outside what a desk writes; "
                "restore the key file from a backup"
            )
        return self


# RFC 9106 §4 recommends t=3, p=4 with 64 MiB where memory is scarce. A desk is a
# person's own computer, and one guess costs 0.5 s with four times that (measured on 2 cores).
PRODUCTION_COST: Final = Argon2Cost(memory_kib=256 * 1024, passes=3, lanes=4)


def checked_passphrase(untrusted_passphrase: str) -> str:
    """Return a new passphrase that is long enough, or raise `WeakPassphraseError` saying why."""
    passphrase = _normalised(untrusted_passphrase)
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise WeakPassphraseError(
            f"the passphrase has {len(passphrase)} characters; it needs at least "
            f"{SHORTEST_PASSPHRASE}, because whoever copies the disk can try millions of them. "
            "Four or five words chosen by dice are easy to remember"
        )
    if len(set(passphrase)) < _FEWEST_DIFFERENT:
        raise WeakPassphraseError(
            f"the passphrase uses fewer than {_FEWEST_DIFFERENT} different characters; "
            "take four or five words chosen by dice"
        )
    return passphrase


def _normalised(passphrase: str) -> str:
    # The same letters typed on another keyboard or system may come composed differently
    # (й is one code point or two); NFKC makes them the same bytes.
    return unicodedata.normalize("NFKC", passphrase)


def key_from_passphrase(passphrase: str, salt: bytes, cost: Argon2Cost) -> bytes:
    """Return 32 bytes from a passphrase by Argon2id (RFC 9106); slow on purpose."""
    return hash_secret_raw(
        _normalised(passphrase).encode(),
        salt,
        time_cost=cost.passes,
        memory_cost=cost.memory_kib,
        parallelism=cost.lanes,
        hash_len=KEY_SIZE,
        type=Type.ID,
    )


def argon2_fields(salt: bytes, cost: Argon2Cost) -> dict[str, Any]:
    """Return what a file says of its key derivation, to be authenticated with what it wraps."""
    return {
        "name": "argon2id",
        "version": ARGON2_VERSION,
        "memory_kib": cost.memory_kib,
        "passes": cost.passes,
        "lanes": cost.lanes,
        "salt": salt.hex(),
    }


def parsed_argon2(untrusted: dict[str, Any]) -> tuple[bytes, Argon2Cost]:
    """Read these fields back: salt and cost. Raises `ValueError`, `KeyError`, `TypeError`
    for what is not one of ours, `KeyFileError` for a cost outside what a desk writes.
    """
    cost = Argon2Cost(*(untrusted[name] for name in ("memory_kib", "passes", "lanes")))
    salt = bytes.fromhex(untrusted["salt"])
    if (
        (untrusted["name"], untrusted["version"]) != ("argon2id", ARGON2_VERSION)
        or not all(type(n) is int for n in (cost.memory_kib, cost.passes, cost.lanes))
        or len(salt) != SALT_SIZE
    ):
        raise ValueError
    return salt, cost.checked()


def _header(salt: bytes, cost: Argon2Cost) -> dict[str, Any]:
    return {"format": FORMAT, "kdf": argon2_fields(salt, cost)}


def _authenticated(header: dict[str, Any]) -> bytes:
    return json.dumps(header, sort_keys=True, separators=(",", ":")).encode()


def write_key_file(path: Path, database_key: bytes, passphrase: str, *, cost: Argon2Cost) -> None:
    """Wrap `database_key` under `passphrase` and write the key file, readable by its owner only.

    An existing file is replaced in one step, so a power cut leaves the old one or the new one.
    """
    salt, nonce = secrets.token_bytes(SALT_SIZE), secrets.token_bytes(NONCE_SIZE)
    header = _header(salt, cost.checked())
    wrapped = ChaCha20Poly1305(key_from_passphrase(passphrase, salt, cost)).encrypt(
        nonce, database_key, _authenticated(header)
    )
    document = header | {
        "wrap": {"name": "chacha20-poly1305", "nonce": nonce.hex(), "key": wrapped.hex()}
    }
    partial = path.with_name(path.name + ".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(json.dumps(document, indent=2) + "\n")
        file.flush()
        os.fsync(file.fileno())
    old = os.open(path, os.O_WRONLY) if path.exists() else None
    try:
        partial.replace(path)
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
        if old is not None:
            # No name leads there any more, but the old passphrase would open what lies there.
            os.write(old, secrets.token_bytes(os.fstat(old).st_size))
            os.fsync(old)
    finally:
        if old is not None:
            os.close(old)


def unwrapped_key(path: Path, passphrase: str) -> bytes:
    """Return the database key, or raise `WrongPassphraseError` / `KeyFileError`."""
    header, nonce, wrapped, salt, cost = _parsed(_read(path))
    try:
        return ChaCha20Poly1305(key_from_passphrase(passphrase, salt, cost)).decrypt(
            nonce, wrapped, _authenticated(header)
        )
    except InvalidTag:
        raise WrongPassphraseError(
            "the passphrase does not open this desk; check the keyboard layout and Caps Lock, "
            "and try again. Nobody can reset it: without it the desk stays closed"
        ) from None


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_LARGEST_FILE + 1)
    except FileNotFoundError:
        raise KeyFileError(
            f"there is no desk in {path.parent}: expected {path.name} there; "
            "make one with `safelight desk init`"
        ) from None


def _parsed(untrusted: bytes) -> tuple[dict[str, Any], bytes, bytes, bytes, Argon2Cost]:
    damaged = KeyFileError(
        f"the key file is damaged or not a {FORMAT} file; restore it from a backup"
    )
    if len(untrusted) > _LARGEST_FILE:
        raise damaged
    try:
        document = json.loads(untrusted)
        wrap = document["wrap"]
        known = (document["format"], wrap["name"])
        salt, cost = parsed_argon2(document["kdf"])
        nonce, wrapped = bytes.fromhex(wrap["nonce"]), bytes.fromhex(wrap["key"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise damaged from None
    if known != (FORMAT, "chacha20-poly1305") or (len(nonce), len(wrapped)) != (
        NONCE_SIZE,
        KEY_SIZE + 16,
    ):
        raise damaged
    return _header(salt, cost), nonce, wrapped, salt, cost
