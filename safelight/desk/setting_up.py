"""Make a new desk: key file, encrypted database, its own keys, its public file."""

from __future__ import annotations

import json
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction

from safelight.desk.desk_files import DeskFiles
from safelight.desk.django_start import start_django
from safelight.desk.key_file import Argon2Cost, checked_passphrase, write_key_file
from safelight.desk.sqlcipher.held_key import KEY_SIZE
from safelight.desk.unlocking import lock, open_database
from safelight.errors import SafelightError

# As in the roster (sealing/roster.py), and at least two characters, as a coder's pseudonym needs.
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,30}[a-z0-9]")


class DeskExistsError(SafelightError):
    """There is a desk already, or the name cannot be one."""


@dataclass(frozen=True, slots=True)
class PublicDesk:
    """What others may know of a desk: goes into the roster."""

    name: str
    recipient: str
    verify_key: str

    def to_json(self) -> str:
        """Return the public file's text: one JSON object with these three fields."""
        return json.dumps(
            {"name": self.name, "recipient": self.recipient, "verify_key": self.verify_key},
            indent=2,
        )


def set_up(data: Path, name: str, passphrase: str, *, cost: Argon2Cost) -> PublicDesk:
    """Make a desk in `data`, leave it locked, and return what the roster needs.

    Order matters: the key file is written first, so that no database exists whose key is lost.
    """
    check_public_name(name)
    files = DeskFiles(data.resolve())
    check_new_desk(files)
    passphrase = checked_passphrase(passphrase)
    start_django()
    files.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = secrets.token_bytes(KEY_SIZE)
    write_key_file(files.key_file, key, passphrase, cost=cost)
    open_database(files.database, key)
    try:
        files.database.chmod(0o600)
        public = _make_keys(name)
    finally:
        lock()
    files.public_file(name).write_text(public.to_json() + "\n", encoding="ascii")
    return public


def check_public_name(name: str) -> None:
    """Raise `DeskExistsError` unless a desk can have this name in a roster."""
    if not _NAME.fullmatch(name):
        raise DeskExistsError(
            "a desk's name is 2 to 32 lower-case letters, digits and inner dashes, such as desk-1; "
            "it is public, so take no person's name and no town"
        )


def check_new_desk(files: DeskFiles) -> None:
    """Raise `DeskExistsError` if there is a desk, or a part of one."""
    for present in (files.key_file, files.database):
        if present.exists():
            raise DeskExistsError(
                f"{present.name} is already there; expected a directory without a desk. "
                "Choose another --data, or use the desk that is there"
            )


def _make_keys(name: str) -> PublicDesk:
    # Late, because models need a started Django and a command line needs neither.
    from safelight.casework.inbox import make_opening_key  # noqa: PLC0415
    from safelight.journal.chain import append, set_desk_key  # noqa: PLC0415

    signing = Ed25519PrivateKey.generate()
    verify_key = signing.public_key().public_bytes_raw().hex()
    with transaction.atomic():
        set_desk_key(name, signing.private_bytes_raw())
        recipient = make_opening_key()
        append("desk.made", {"verify-key": verify_key}, subject=name)
    return PublicDesk(name, recipient, verify_key)
