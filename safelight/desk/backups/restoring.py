"""Restore a desk from a backup: into an empty directory, under a new name, with a new chain.

The database goes through three hands: the verified copy out of the backup; the same without
the old signing key; and a new one under a new random key, because the copy's key is wrapped in
the backup for ever, and would otherwise open with it what is destroyed later. The key file is
written last: until then there is no desk in the directory, and what lies there opens for nobody.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.db import transaction
from sqlcipher3 import dbapi2 as sqlcipher

from safelight.desk.backups.backing_up import opened_copy
from safelight.desk.backups.file_format import (
    BackupError,
    BackupFacts,
    copied_out,
    facts_of,
    parsed_key,
)
from safelight.desk.desk_files import DeskFiles
from safelight.desk.django_start import start_django
from safelight.desk.key_file import KEY_SIZE, Argon2Cost, checked_passphrase, write_key_file
from safelight.desk.setting_up import PublicDesk, check_new_desk, check_public_name
from safelight.desk.unlocking import lock, open_database

_COPY: Final = "restoring.unfinished"
_LARGEST_KEY_FILE: Final = 4096
Progress = Callable[[str], None]
STEPS: Final = ("verify", "rewrite", "new-chain")


@dataclass(frozen=True, slots=True)
class Restored:
    """A desk made from a backup: `public` is for the roster and the team's statement."""

    public: PublicDesk
    was: BackupFacts


def restore(
    file: Path,
    into: Path,
    *,
    name: str,
    passphrase: str,
    key_file: Path | None,
    new_passphrase: str | None,
    cost: Argon2Cost,
    on_progress: Progress = lambda _step: None,
) -> Restored:
    """Make a desk in `into` from a backup, and leave it locked.

    It opens with `new_passphrase`, or with the backup's. Raises `BackupError`,
    `WrongBackupKeyError`, `DeskExistsError`, `NameTakenError`; then there is no desk in `into`.
    """
    check_public_name(name)
    files = DeskFiles(into.resolve())
    check_new_desk(files)
    backup_key = _key_for(file, key_file)
    own_passphrase = checked_passphrase(passphrase if new_passphrase is None else new_passphrase)
    start_django()
    files.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = secrets.token_bytes(KEY_SIZE)
    try:
        with _said_in_words():
            was = _new_database(file, files, passphrase, backup_key, key, on_progress)
            on_progress("new-chain")
            public = _as_a_new_desk(files, key, name, was)
            write_key_file(files.key_file, key, own_passphrase, cost=cost)
    except BaseException:
        _clear(files)
        raise
    files.public_file(name).write_text(public.to_json() + "\n", encoding="ascii")
    return Restored(public, was)


def _key_for(file: Path, key_file: Path | None) -> bytes:
    facts = facts_of(file)
    if key_file is None:
        raise BackupError(
            f"this backup needs its key, {facts.backup}: from a colleague's desk "
            f"(`safelight desk backup-key {facts.backup} --to FILE`) or from the stick it was "
            "written to. Nobody has it any more if a report was taken back since"
        )
    try:
        with key_file.open("rb") as source:
            untrusted = source.read(_LARGEST_KEY_FILE + 1)
    except OSError as error:
        raise BackupError(
            f"the key file cannot be read ({error.strerror}); check the path and the stick"
        ) from None
    backup, secret = parsed_key(untrusted)
    if backup != facts.backup:
        raise BackupError(
            f"the key file is of {backup}; expected the one of {facts.backup}, which this backup "
            "names"
        )
    return secret


def _new_database(  # noqa: PLR0917  # steps of one function
    file: Path,
    files: DeskFiles,
    passphrase: str,
    backup_key: bytes,
    key: bytes,
    on_progress: Progress,
) -> BackupFacts:
    copy_path = files.data / _COPY
    on_progress("verify")
    descriptor = os.open(copy_path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as target:
        was, copy_key = copied_out(file, target, passphrase=passphrase, backup_key=backup_key)
    on_progress("rewrite")
    os.close(os.open(files.database, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    copy = opened_copy(copy_path, copy_key)
    try:
        copy.execute(f"ATTACH DATABASE ? AS desk KEY \"x'{key.hex()}'\"", (str(files.database),))
        copy.execute("SELECT sqlcipher_export('desk')").fetchall()
        copy.execute("DETACH DATABASE desk")
    finally:
        copy.close()
    _remove_copy(files)
    return was


def _as_a_new_desk(files: DeskFiles, key: bytes, name: str, was: BackupFacts) -> PublicDesk:
    open_database(files.database, key)
    try:
        # Late, because models need a started Django.
        from safelight.casework.inbox import make_opening_key  # noqa: PLC0415
        from safelight.casework.opening import rebuild_openings  # noqa: PLC0415
        from safelight.casework.team.restored import RESTORED, begin_new_chain  # noqa: PLC0415
        from safelight.journal import content_keys  # noqa: PLC0415
        from safelight.journal.models import UnfinishedErasure  # noqa: PLC0415

        with transaction.atomic():
            verify_key = begin_new_chain(name, why=RESTORED, backup=was.backup)
            recipient = make_opening_key()
            rebuild_openings()
            # The old signing key went: leave nothing of it in the write-ahead log.
            UnfinishedErasure.objects.get_or_create(pk=1, defaults={"since_seq": 0})
        content_keys.finish_erasure()
    finally:
        lock()
    return PublicDesk(name, recipient, verify_key)


@contextlib.contextmanager
def _said_in_words() -> Iterator[None]:
    try:
        yield
    except (OSError, sqlcipher.DatabaseError) as error:
        full = getattr(error, "errno", None) == errno.ENOSPC or "full" in str(error)
        why = "the disk is full" if full else "a file could not be read or written"
        raise BackupError(
            f"nothing was restored: {why}. Expected room for twice the size of the backup; make "
            "room or choose another folder, and do it again. The backup is as it was"
        ) from None


def _remove_copy(files: DeskFiles) -> None:
    for ending in ("", "-journal", "-wal", "-shm"):
        (files.data / (_COPY + ending)).unlink(missing_ok=True)


def _clear(files: DeskFiles) -> None:
    """Take away what lies there: no key file was written, so it is noise to everybody."""
    _remove_copy(files)
    for ending in ("", "-journal", "-wal", "-shm"):
        files.database.with_name(files.database.name + ending).unlink(missing_ok=True)
