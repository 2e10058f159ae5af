"""Unlock and lock a desk in this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from django.db import DatabaseError, OperationalError, connections, transaction
from django.utils.translation import gettext as _

from safelight.campaigns.case_evidence import runs, watching, workplace
from safelight.desk import kept_numbers, linking_run, long_run
from safelight.desk.desk_files import DeskFiles
from safelight.desk.django_start import migrate, start_django
from safelight.desk.key_file import (
    Argon2Cost,
    KeyFileError,
    checked_passphrase,
    unwrapped_key,
    write_key_file,
)
from safelight.desk.launch import Launch
from safelight.desk.sqlcipher import held_key
from safelight.errors import SafelightError
from safelight.journal import held_open

_LONGEST_PASSPHRASE: Final = 1024


class DeskStorageError(SafelightError):
    """The database could not be written or read to the end: the disk, not the program."""


def is_of_the_disk(error: Exception) -> bool:
    """Whether a database error says that the disk failed; its subclasses are mistakes of ours."""
    return type(error) in (DatabaseError, OperationalError)


def storage_sentence() -> str:
    """What to tell a person when the disk failed, in the page's language."""
    return _(
        "desk.db could not be written or read: the disk is full, the file is damaged, or another "
        "program holds it. What was finished before is kept and nothing half-done is. Make room "
        "and do the same again; if it stays so, restore the desk from a backup"
    )


@contextmanager
def storage_in_words() -> Iterator[None]:
    """Turn what the disk did into a `DeskStorageError`."""
    try:
        yield
    except DatabaseError as error:
        if not is_of_the_disk(error):
            raise
        raise DeskStorageError(storage_sentence()) from None


def unlock(data: Path, passphrase: str) -> None:
    """Unlock the desk in `data` and bring its tables up to date.

    Raises `WrongPassphraseError`, `KeyFileError` or `WrongKeyError`; the desk is then locked.
    """
    files = DeskFiles(data.resolve())
    key = unwrapped_key(files.key_file, passphrase)
    if not files.database.is_file() or files.database.stat().st_size == 0:
        # SQLite would silently make a new one, and the cases would seem to be gone. A full disk
        # or a copy that broke off leaves an empty file.
        raise KeyFileError(
            f"the key file is there, but {files.database.name} is not beside it, or is empty; "
            "put both files of the desk, or of one backup, into the same directory"
        )
    open_database(files.database, key)


def unlock_for(launch: Launch, passphrase: str) -> None:
    """Unlock the desk of a launch; a demo's desk is marked as invented, for good.

    The first time, the launch notes where the journal stood: the guide ticks what came later.
    From here on pages are looked at again that somebody asked for: commands, which unlock a desk
    for a moment, begin nothing.
    """
    unlock(launch.config.data, passphrase)
    watching.start(launch.config.data)
    if launch.config.guided:
        from safelight.desk.simulated import note_simulated  # noqa: PLC0415  # models: late
        from safelight.journal.chain import entries_so_far  # noqa: PLC0415  # models: late

        note_simulated()
        if launch.entries_before is None:
            launch.entries_before = entries_so_far()


def open_database(database: Path, key: bytes) -> None:
    """Hold the key, check that it opens the database, migrate; on any failure lock again."""
    connections.close_all()
    held_key.hold(database, key)
    try:
        with storage_in_words():
            migrate()
            _finish_what_a_power_cut_left()
    except BaseException:
        lock()
        raise


def _finish_what_a_power_cut_left() -> None:
    from safelight.campaigns.case_evidence.keeping import (  # noqa: PLC0415  # models: late
        remove_unfinished,
    )
    from safelight.casework.projecting import catch_up  # noqa: PLC0415  # models: late
    from safelight.casework.team.two_person import forget_old_seeds  # noqa: PLC0415  # models: late
    from safelight.journal.content_keys import finish_erasure  # noqa: PLC0415

    with transaction.atomic():
        forget_old_seeds()
    finish_erasure()
    catch_up()
    remove_unfinished()
    workplace.remove_leftovers()


def lock() -> None:
    """Forget the key and close this thread's connection.

    Other threads' connections end with the request they serve (CONN_MAX_AGE is 0).
    """
    watching.forget()
    held_key.release()
    kept_numbers.forget()
    linking_run.forget()
    long_run.forget_all()
    runs.forget()
    held_open.close_all()
    connections.close_all()


def change_passphrase(data: Path, old: str, new: str, *, cost: Argon2Cost) -> None:
    """Wrap the same database key under a new passphrase. A copy of the old key file still opens
    with the old one, so this helps against a passphrase somebody saw, not against a copied disk.

    Raises `WrongPassphraseError`, `WeakPassphraseError`; the old passphrase then still holds.
    """
    file = DeskFiles(data.resolve()).key_file
    key = unwrapped_key(file, old)
    write_key_file(file, key, checked_passphrase(new), cost=cost)


def passphrase_in(path: Path) -> str:
    """Read a passphrase file: its first line."""
    try:
        with path.open(encoding="utf-8") as file:
            return file.readline(_LONGEST_PASSPHRASE + 1).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise KeyFileError(
            f"the passphrase file cannot be read ({type(error).__name__}); "
            "expected a UTF-8 text file whose first line is the passphrase"
        ) from None


@contextmanager
def unlocked(data: Path, passphrase: str) -> Iterator[None]:
    """Unlock for as long as a command runs."""
    start_django()
    unlock(data, passphrase)
    try:
        with storage_in_words():
            yield
    finally:
        lock()
