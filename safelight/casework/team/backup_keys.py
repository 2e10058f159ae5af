"""Keys of backups: random, held by the desks of the team, and destroyed with every withdrawal.

A backup opens with its passphrase *and* the key that was current when it was made. The key is
the content of a journal entry about `backup:<id>`, so it reaches every colleague's desk with
the journal, and is destroyed as contents are. It must go when something goes that a backup
under it may hold:

    a key is dead    when there is a `case.destroyed` (or a case that two people open together
                     from now on) that its maker had not seen when the key was made (`ends`: how
                     far it held each chain then)

So each desk says the same of each key, whatever the order in which entries arrived. A desk
backs up under keys of its own only: a colleague's may come from somebody who knew of a
destruction that is not known here yet.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from safelight.errors import SafelightError
from safelight.journal import content_keys
from safelight.journal.apart import MARKED
from safelight.journal.chain import append, desk_key, told
from safelight.journal.entry import Entry
from safelight.journal.exchange import held_ends
from safelight.journal.models import Destroyed, JournalEntry, KnownDesk

PREFIX: Final = "backup:"
_AFTER_PREFIX: Final = "backup;"  # the next character: a range that an index answers
MADE: Final = "backup.key-made"
WRITTEN: Final = "backup.key-written"
FILE_DESTROYED: Final = "backup.key-destroyed"
BACKED_UP: Final = "backup.made"
_KEY_SIZE: Final = 32
# After either, no desk alone can show a content that an older backup holds with its key.
_TAKES_CONTENT: Final = ("case.destroyed", MARKED)


class BackupKeyError(SafelightError):
    """A key of a backup that is not here, or was destroyed."""


@dataclass(frozen=True, slots=True)
class BackupKey:
    """What a backup needs besides its passphrase. Never printed, logged or cached."""

    backup: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class BackupsUnderKey:
    """What the journal says about one key: backups made under it, copies written to files."""

    backup: str
    desk: str
    made: Entry
    is_alive: bool
    latest: Entry | None
    backups: int
    files_left: int


def has_colleagues() -> bool:
    """Whether another desk of the team will hold the keys that are made here."""
    return KnownDesk.objects.exists()


def current_backup_key() -> BackupKey:
    """Return the key that this desk's backups are made under now; made anew if it is dead."""
    with transaction.atomic():
        retire_backup_keys()
        own = desk_key().desk
        for made in _alive():
            if made.desk == own:
                return opened_backup_key(made.subject)
        fresh = BackupKey(PREFIX + secrets.token_hex(8), secrets.token_bytes(_KEY_SIZE))
        append(
            MADE, {"ends": held_ends()}, subject=fresh.backup, content={"key": fresh.secret.hex()}
        )
    return fresh


def opened_backup_key(backup: str) -> BackupKey:
    """Return the key of a backup by its id, or raise `BackupKeyError`: destroyed or not here."""
    if content_keys.is_destroyed(backup):
        raise BackupKeyError(
            _(
                "after this backup was made a person took a report back, or a case was marked for "
                "two people; so its key was destroyed on every desk, and it opens for nobody any "
                "more. Take a later backup, or restore the desk from a colleague's"
            )
        )
    for one in told(backup):
        if one.entry.kind == MADE and one.content is not None:
            return BackupKey(backup, bytes.fromhex(one.content["key"]))
    raise BackupKeyError(
        _(
            "the key of this backup is not on this desk; expected the id that the backup names, "
            "such as backup:0123456789abcdef. Ask the desk that made it, or exchange with it first"
        )
    )


def retire_backup_keys() -> int:
    """Destroy the keys that are dead, inside the caller's transaction; return how many.

    Call `content_keys.finish_erasure()` after the commit.
    """
    dead = [made.subject for made in _alive() if _has_outlived(made)]
    if dead:
        content_keys.destroy(dead)
    return len(dead)


def _alive() -> Iterator[Entry]:
    """Entries that made a key which nothing has destroyed yet, the newest first.

    Also when the key itself has not come: it must not be taken in later.
    """
    gone = Destroyed.objects.filter(subject__gte=PREFIX, subject__lt=_AFTER_PREFIX)
    rows = JournalEntry.objects.filter(
        subject__gte=PREFIX, subject__lt=_AFTER_PREFIX, kind=MADE
    ).exclude(subject__in=gone.values("subject"))
    for signed in rows.order_by("-clock", "-desk").values_list("signed", flat=True):
        yield Entry.parse(bytes(signed))


def _has_outlived(made: Entry) -> bool:
    """Whether something was destroyed that the maker of the key did not know of."""
    ends = made.body.get("ends")
    seen = ends if isinstance(ends, dict) else {}
    for desk in held_ends():
        after = seen.get(desk, 0)
        if JournalEntry.objects.filter(
            desk=desk, seq__gt=after if isinstance(after, int) else 0, kind__in=_TAKES_CONTENT
        ).exists():
            return True
    return False


def note_backup(backup: str, *, digest: str, size: int) -> None:
    """Write down that a backup was made and verified; `digest` names its file."""
    with transaction.atomic():
        append(BACKED_UP, {"digest": digest, "size": size}, subject=backup)


def note_key_written(backup: str) -> None:
    """Write down that a copy of a key was written to a file: it must be destroyed by hand."""
    with transaction.atomic():
        append(WRITTEN, {}, subject=backup)


def note_key_file_destroyed(backup: str) -> None:
    """Write down that a person destroyed the files with this key."""
    with transaction.atomic():
        append(FILE_DESTROYED, {}, subject=backup)


def backups_known() -> list[BackupsUnderKey]:
    """Return what the journal says about keys of backups, of all desks, the newest first."""
    rows = JournalEntry.objects.filter(subject__gte=PREFIX, subject__lt=_AFTER_PREFIX)
    about: dict[str, list[Entry]] = {}
    for signed in rows.order_by("clock", "desk").values_list("signed", flat=True):
        entry = Entry.parse(bytes(signed))
        about.setdefault(entry.subject, []).append(entry)
    found = [_known(subject, entries) for subject, entries in about.items()]
    kept = [one for one in found if one is not None]
    return sorted(kept, key=lambda one: one.made.order, reverse=True)


def _known(subject: str, entries: list[Entry]) -> BackupsUnderKey | None:
    made = next((entry for entry in entries if entry.kind == MADE), None)
    if made is None:
        return None
    backups = [entry for entry in entries if entry.kind == BACKED_UP]
    files = 0
    for entry in entries:
        if entry.kind == WRITTEN:
            files += 1
        elif entry.kind == FILE_DESTROYED:
            files = 0
    return BackupsUnderKey(
        subject,
        made.desk,
        made,
        not content_keys.is_destroyed(subject),
        backups[-1] if backups else None,
        len(backups),
        files,
    )
