"""A backup: one file. A line that says what it is, then a copy of the database, encrypted anew.

    {"format":"safelight-backup/1","backup":"backup:…","desk":…,"seq":…,"head":…,"made":…,
     "kdf":{…argon2id…},"wrap":{"name":"chacha20-poly1305","nonce":…,"key":…},
     "database":{"size":…,"sha256":…}}\\n
    desk.db as SQLCipher wrote it, under a random key of its own

The random key is wrapped by HKDF-SHA256 (RFC 5869) of two things: what Argon2id makes of the
passphrase, and the backup key (`casework.team.backup_keys`), 32 bytes that stand nowhere in
the file. Everything of the line but the wrapped key is authenticated with it, the digest of
the copy included.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from safelight.desk.key_file import (
    KEY_SIZE,
    NONCE_SIZE,
    SALT_SIZE,
    Argon2Cost,
    KeyFileError,
    argon2_fields,
    key_from_passphrase,
    parsed_argon2,
)
from safelight.errors import SafelightError
from safelight.sealing.strict_json import parse_object

FORMAT: Final = "safelight-backup/1"
KEY_FORMAT: Final = "safelight-backup-key/1"
_LARGEST_LINE: Final = 4096
_AT_ONCE: Final = 1024 * 1024
_BACKUP: Final = re.compile(r"backup:[0-9a-f]{16}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/+=-]{0,159}")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class BackupError(SafelightError):
    """A backup that cannot be made, read or verified."""


class WrongBackupKeyError(BackupError):
    """The passphrase, or the backup key, is not the one of this backup."""


@dataclass(frozen=True, slots=True)
class BackupFacts:
    """What a backup says about itself in the clear: whose it is and up to where."""

    backup: str
    desk: str
    seq: int
    head: str
    made: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class _Line:
    facts: BackupFacts
    header: dict[str, Any]
    nonce: bytes
    wrapped: bytes
    salt: bytes
    cost: Argon2Cost


def _wrapping_key(passphrase: str, backup_key: bytes, salt: bytes, cost: Argon2Cost) -> bytes:
    both = key_from_passphrase(passphrase, salt, cost) + backup_key
    return HKDF(SHA256(), KEY_SIZE, salt, b"safelight backup v1").derive(both)


def _header(facts: BackupFacts, salt: bytes, cost: Argon2Cost) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "backup": facts.backup,
        "desk": facts.desk,
        "seq": facts.seq,
        "head": facts.head,
        "made": facts.made,
        "kdf": argon2_fields(salt, cost),
        "database": {"size": facts.size, "sha256": facts.sha256},
    }


def _authenticated(header: dict[str, Any]) -> bytes:
    return json.dumps(header, sort_keys=True, separators=(",", ":")).encode()


def write_backup(
    sink: BinaryIO,
    snapshot: Path,
    facts: BackupFacts,
    *,
    database_key: bytes,
    passphrase: str,
    backup_key: bytes,
    cost: Argon2Cost,
) -> None:
    """Write the line and the copy. The copy's size and digest in `facts` are those of its file."""
    salt, nonce = secrets.token_bytes(SALT_SIZE), secrets.token_bytes(NONCE_SIZE)
    header = _header(facts, salt, cost.checked())
    wrapping = ChaCha20Poly1305(_wrapping_key(passphrase, backup_key, salt, cost))
    wrapped = wrapping.encrypt(nonce, database_key, _authenticated(header))
    wrap = {"name": "chacha20-poly1305", "nonce": nonce.hex(), "key": wrapped.hex()}
    sink.write(_authenticated(header | {"wrap": wrap}) + b"\n")
    with snapshot.open("rb") as source:
        while piece := source.read(_AT_ONCE):
            sink.write(piece)


def facts_of(path: Path) -> BackupFacts:
    """Return what a backup says about itself, not yet verified by anything."""
    with _opened(path) as file:
        return _read_line(file).facts


def copied_out(
    path: Path, target: BinaryIO | None, *, passphrase: str, backup_key: bytes
) -> tuple[BackupFacts, bytes]:
    """Verify a backup and write its database to `target`, if given; return facts and its key.

    Raises `WrongBackupKeyError` for the wrong passphrase or key, `BackupError` for a file that
    is cut off, added to or changed. What was written by then must be thrown away.
    """
    with _opened(path) as file:
        line = _read_line(file)
        wrapping = _wrapping_key(passphrase, backup_key, line.salt, line.cost)
        try:
            key = ChaCha20Poly1305(wrapping).decrypt(
                line.nonce, line.wrapped, _authenticated(line.header)
            )
        except InvalidTag:
            raise WrongBackupKeyError(
                "this backup does not open: the passphrase is another one, the key file is of "
                "another backup, or its first line was changed. Check the keyboard layout and "
                "Caps Lock; the key file must name the same backup as the file does"
            ) from None
        digest, size = hashlib.sha256(), 0
        while piece := file.read(_AT_ONCE):
            size += len(piece)
            digest.update(piece)
            if target is not None:
                target.write(piece)
    if (size, digest.hexdigest()) != (line.facts.size, line.facts.sha256):
        raise BackupError(
            f"the backup is damaged: expected {line.facts.size} bytes of database as they were "
            f"written, got {size} or others. It was cut off, or the disk lost something; take "
            "another backup"
        )
    return line.facts, key


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise BackupError(
            f"the backup cannot be read ({error.strerror}); check the path and the stick"
        ) from None


def _read_line(file: BinaryIO) -> _Line:
    damaged = BackupError(
        f"this is no {FORMAT} file, or its first line is damaged; choose the file that "
        "`safelight desk backup` wrote"
    )
    raw = file.readline(_LARGEST_LINE)
    if not raw.endswith(b"\n"):
        raise damaged
    try:
        document = parse_object(raw, largest=_LARGEST_LINE)
        wrap, database = document.pop("wrap"), document["database"]
        salt, cost = parsed_argon2(document["kdf"])
        nonce, wrapped = bytes.fromhex(wrap["nonce"]), bytes.fromhex(wrap["key"])
        facts = BackupFacts(
            document["backup"],
            document["desk"],
            document["seq"],
            document["head"],
            document["made"],
            database["size"],
            database["sha256"],
        )
        is_ours = (
            (document["format"], wrap["name"]) == (FORMAT, "chacha20-poly1305")
            and (len(nonce), len(wrapped)) == (NONCE_SIZE, KEY_SIZE + 16)
            and _BACKUP.fullmatch(facts.backup)
            and _NAME.fullmatch(facts.desk)
            and all(_DIGEST.fullmatch(one) for one in (facts.head, facts.sha256))
            and _DAY.fullmatch(facts.made)
            and all(type(n) is int and n >= 0 for n in (facts.seq, facts.size))
            and _header(facts, salt, cost) == document
        )
    except (ValueError, KeyError, TypeError, AttributeError, KeyFileError):
        raise damaged from None
    if not is_ours:
        raise damaged
    return _Line(facts, document, nonce, wrapped, salt, cost)


def key_text(backup: str, secret: bytes) -> str:
    """Return the text of a key file: one JSON object."""
    document = {"format": KEY_FORMAT, "backup": backup, "key": secret.hex()}
    return json.dumps(document, indent=2) + "\n"


def parsed_key(untrusted: bytes) -> tuple[str, bytes]:
    """Read a key file: the backup's id and the key. Raises `BackupError`."""
    try:
        document = parse_object(untrusted, largest=_LARGEST_LINE)
        backup, secret = document["backup"], bytes.fromhex(document["key"])
        is_ours = (
            set(document) == {"format", "backup", "key"}
            and document["format"] == KEY_FORMAT
            and _BACKUP.fullmatch(backup) is not None
            and len(secret) == KEY_SIZE
        )
    except (ValueError, KeyError, TypeError):
        is_ours = False
    if not is_ours:
        raise BackupError(
            f"this is no {KEY_FORMAT} file; choose the one that `safelight desk backup-key` wrote"
        )
    return backup, secret
