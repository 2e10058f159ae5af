"""Back up the unlocked desk into one sealed file, while it is in use, and verify what was written.

    1  the backup key       current_backup_key(): dead ones are destroyed first
    2  a copy               sqlcipher_export inside one read transaction: a consistent state, no
                            deleted bytes, under a random key of its own
    3  checked              every page's HMAC, SQLite's own check, the head of the journal
    4  the file             whole under its name, or not there at all; synced
    5  read again           from its name, with passphrase and backup key: the digest must fit
    6  backup.made          the entry; a backup that could not be verified has none, and no name

Copying takes a read transaction only, so that others go on writing meanwhile.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from django.db import OperationalError, connection
from django.utils.translation import gettext as _
from sqlcipher3 import dbapi2 as sqlcipher

from safelight.desk.backups.file_format import (
    BackupError,
    BackupFacts,
    copied_out,
    key_text,
    write_backup,
)
from safelight.desk.key_file import KEY_SIZE, Argon2Cost, checked_passphrase
from safelight.sealing.whole_file import UNFINISHED_SUFFIX, WholeFileError, whole_file

_AT_ONCE: Final = 1024 * 1024
Progress = Callable[[str], None]
# In the order in which they happen; pages and the command say them in words.
STEPS: Final = ("key", "copy", "check", "write", "read-again")


@dataclass(frozen=True, slots=True)
class BackedUp:
    """A backup that was written and read again. `sha256` names the whole file."""

    file: Path
    size: int
    sha256: str
    backup: str
    desk: str
    seq: int
    key_file: Path | None


def back_up(
    target: Path,
    passphrase: str,
    *,
    key_to: Path | None,
    cost: Argon2Cost,
    on_progress: Progress = lambda _step: None,
) -> BackedUp:
    """Write a verified backup of the unlocked desk to `target`, a new file.

    `key_to`, a new file on another stick, gets the backup key; without it a colleague's desk
    must be enrolled, which has the key after the next exchange. Raises `BackupError`,
    `WholeFileError`, `WeakPassphraseError`; then nothing is left under either name.
    """
    from safelight.casework.team import backup_keys  # noqa: PLC0415  # models: late
    from safelight.journal import content_keys  # noqa: PLC0415

    passphrase = checked_passphrase(passphrase)
    _check_places(target, key_to, has_colleagues=backup_keys.has_colleagues())
    on_progress("key")
    key = backup_keys.current_backup_key()
    content_keys.finish_erasure()
    with _said_in_words(), _scratch(target.parent) as snapshot:
        on_progress("copy")
        database_key = secrets.token_bytes(KEY_SIZE)
        _export(snapshot, database_key)
        on_progress("check")
        facts = _checked(snapshot, database_key, key.backup)
        on_progress("write")
        with whole_file(target) as file:
            write_backup(
                file,
                snapshot,
                facts,
                database_key=database_key,
                passphrase=passphrase,
                backup_key=key.secret,
                cost=cost,
            )
        try:
            on_progress("read-again")
            _forget_cached(target)
            copied_out(target, None, passphrase=passphrase, backup_key=key.secret)
            sha256 = _sha256(target)
            if key_to is not None:
                with whole_file(key_to) as file:
                    file.write(key_text(key.backup, key.secret).encode("ascii"))
        except BaseException:
            # What was not verified must not look like a backup.
            target.unlink(missing_ok=True)
            raise
    size = target.stat().st_size
    backup_keys.note_backup(key.backup, digest=sha256, size=size)
    if key_to is not None:
        backup_keys.note_key_written(key.backup)
    return BackedUp(target, size, sha256, key.backup, facts.desk, facts.seq, key_to)


def write_key(backup: str, target: Path) -> None:
    """Write the key of a backup to a new file, for the desk that is to be restored."""
    from safelight.casework.team import backup_keys  # noqa: PLC0415  # models: late

    key = backup_keys.opened_backup_key(backup)
    with _said_in_words(), whole_file(target) as file:
        file.write(key_text(key.backup, key.secret).encode("ascii"))
    backup_keys.note_key_written(backup)


def _check_places(target: Path, key_to: Path | None, *, has_colleagues: bool) -> None:
    if key_to is None and not has_colleagues:
        raise BackupError(
            _(
                "this backup could be opened by nobody once this desk is lost: no colleague's desk "
                "holds the backup key. Write the key to another stick as well (--key-to), and keep "
                "the two apart"
            )
        )
    if key_to is not None and key_to.resolve().parent == target.resolve().parent:
        raise BackupError(
            _(
                "the backup and its key go into two different folders, on two different sticks: "
                "after a withdrawal the key is what must be destroyed, and only it"
            )
        )
    for place in (target, key_to):
        if place is not None and os.path.lexists(place):
            raise WholeFileError(_("a file of that name exists already; choose another"))
        if place is not None and not place.parent.is_dir():
            raise BackupError(
                _("there is no such folder to write to; check the path and the stick")
            )


@contextlib.contextmanager
def _said_in_words() -> Iterator[None]:
    try:
        yield
    except (OSError, OperationalError, sqlcipher.OperationalError) as error:
        full = getattr(error, "errno", None) == errno.ENOSPC or "full" in str(error)
        why = (
            _("the disk or stick is full") if full else _("the disk or stick could not be written")
        )
        raise BackupError(
            _(
                "no backup was made: %(why)s. Expected room for twice the size of desk.db; make "
                "room or take another stick, and do it again. The desk itself is as it was"
            )
            % {"why": why}
        ) from None


@contextlib.contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """A name for the copy, beside the backup; what stands there is encrypted, and goes."""
    scratch = folder / f".{secrets.token_hex(8)}{UNFINISHED_SUFFIX}"
    try:
        yield scratch
    finally:
        for ending in ("", "-journal", "-wal", "-shm"):
            scratch.with_name(scratch.name + ending).unlink(missing_ok=True)


def _export(snapshot: Path, key: bytes) -> None:
    connection.ensure_connection()
    raw: Any = connection.connection
    descriptor = os.open(snapshot, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    os.close(descriptor)
    raw.execute(f"ATTACH DATABASE ? AS backup KEY \"x'{key.hex()}'\"", (str(snapshot),))
    try:
        # Nothing of the copy may be written beside it, and it is synced when it is copied.
        raw.execute("PRAGMA backup.journal_mode = OFF").fetchall()
        raw.execute("PRAGMA backup.synchronous = OFF").fetchall()
        raw.execute("BEGIN")
        try:
            raw.execute("SELECT sqlcipher_export('backup')").fetchall()
            raw.execute("COMMIT")
        except BaseException:
            if raw.in_transaction:
                raw.execute("ROLLBACK")
            raise
    finally:
        raw.execute("DETACH DATABASE backup")


def opened_copy(snapshot: Path, key: bytes) -> Any:
    """Return a connection to a copy, apart from Django's, after checking every page of it."""
    copy = sqlcipher.connect(str(snapshot))
    try:
        copy.execute("PRAGMA cipher_log_level = NONE")
        copy.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        copy.execute("PRAGMA temp_store = MEMORY")
        copy.execute("PRAGMA trusted_schema = OFF")
        _check_pages(copy)
    except BaseException:
        copy.close()
        raise
    return copy


def _check_pages(copy: Any) -> None:
    damaged = copy.execute("PRAGMA cipher_integrity_check").fetchall()
    if damaged or copy.execute("PRAGMA quick_check").fetchall() != [("ok",)]:
        raise BackupError(
            _(
                "the copy of the database is damaged; nothing was kept of it. Check the disk, and "
                "run `safelight desk verify`"
            )
        )


def _checked(snapshot: Path, key: bytes, backup: str) -> BackupFacts:
    copy = opened_copy(snapshot, key)
    try:
        (desk,) = copy.execute("SELECT desk FROM journal_signingkey").fetchone()
        row = copy.execute(
            "SELECT seq, digest FROM journal_chainend WHERE desk = ?", (desk,)
        ).fetchone()
        count, last = copy.execute(
            "SELECT count(*), max(seq) FROM journal_journalentry WHERE desk = ?", (desk,)
        ).fetchone()
    finally:
        copy.close()
    if row is None or (count, last) != (row[0], row[0]):
        raise BackupError(
            _("the journal in the copy is not whole; run `safelight desk verify` before a backup")
        )
    made = datetime.now(UTC).date().isoformat()
    size = snapshot.stat().st_size
    return BackupFacts(backup, desk, row[0], row[1], made, size, _sha256(snapshot))


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_AT_ONCE):
            digest.update(piece)
    return digest.hexdigest()


def _forget_cached(path: Path) -> None:
    """Ask the system to read the file from the disk again, as far as it has such a call."""
    if hasattr(os, "posix_fadvise"):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)
