"""Keys of contents: made, used, and destroyed so that nothing of them is left in the file.

Deleting a row of SQLite leaves bytes behind in three places, each closed here:
* the page it stood on: `secure_delete` overwrites it (set in the database backend);
* copies that SQLite left on a page when it moved rows to another one: the whole table is
  emptied, which overwrites its pages, and the keys that stay are written anew;
* older versions of these pages in the write-ahead log: it is folded in and cut to nothing.
The last two come after the commit; `UnfinishedErasure` remembers until they have been done,
so that a power cut does not leave them undone.

Everything else that holds a person's words is sealed under these keys, so that this small
table is the only one that has to be cleaned so thoroughly.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, Final

from django.db import OperationalError, connection, transaction

from safelight.journal import apart, held_open
from safelight.journal.content import (
    ContentKey,
    UnreadableContentError,
    content_digest,
    key_id_of,
    opened_content,
    sealed_content,
)
from safelight.journal.entry import JournalError
from safelight.journal.models import Destroyed, SealedContent, StoredKey, UnfinishedErasure

_ROUNDS: Final = 20


class DestroyedError(JournalError):
    """Content for a subject whose keys were destroyed."""


def is_destroyed(subject: str) -> bool:
    """Whether the content about a subject is gone for ever."""
    return Destroyed.objects.filter(subject=subject).exists()


def key_of(subject: str) -> ContentKey:
    """Return a key of the subject; made the first time. Refuses a destroyed one.

    Of a case that two people open together only the one that is held in memory.
    """
    row = StoredKey.objects.filter(subject=subject).order_by("key_id").first()
    if row is not None:
        return ContentKey(row.key_id, row.subject, bytes(row.secret))
    if is_destroyed(subject):
        raise DestroyedError(
            "the content of this case was destroyed; nothing can be added to it any more"
        )
    if apart.is_apart(subject):
        held = held_open.held_keys(subject)
        if not held:
            raise apart.ApartError(
                "this case opens to two people together; expected a second person's release, got "
                "none. Ask for it on the page of the case"
            )
        return held[0]
    key = ContentKey.generate(subject)
    keep_key(key)
    return key


def keep_key(key: ContentKey) -> None:
    """Keep a key that was made here or came with a batch.

    Not of a subject that was destroyed, nor of a case that two people open together.
    """
    if not is_destroyed(key.subject) and not apart.is_apart(key.subject):
        StoredKey.objects.get_or_create(
            key_id=key.key_id, defaults={"subject": key.subject, "secret": key.secret}
        )


def keys_of(subjects: Iterable[str]) -> list[ContentKey]:
    """Return every key of these subjects that is stored here; so never one held in memory."""
    rows = StoredKey.objects.filter(subject__in=list(subjects)).order_by("key_id")
    return [ContentKey(row.key_id, row.subject, bytes(row.secret)) for row in rows]


def seal_for(subject: str, kind: str, content: Mapping[str, Any]) -> str:
    """Seal and keep a content; return its digest, for the entry."""
    sealed = sealed_content(content, key_of(subject), kind=kind)
    digest = content_digest(sealed)
    SealedContent.objects.create(digest=digest, subject=subject, sealed=sealed)
    return digest


def keep_content(sealed: bytes, subject: str) -> None:
    """Keep a content that came with a batch, unless its subject was destroyed."""
    if not is_destroyed(subject):
        SealedContent.objects.get_or_create(
            digest=content_digest(sealed), defaults={"subject": subject, "sealed": sealed}
        )


def opened_contents(subject: str, kinds: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Open the contents about a subject; `kinds` is content digest → kind of its entry.

    A digest is left out when its content or key is not here: destroyed, or not come yet; and
    when a colleague sealed nonsense, which must not hide what others wrote.
    Raises `ContentError` for one that was changed.
    """
    keys = {key.key_id: key for key in (*keys_of([subject]), *held_open.held_keys(subject))}
    opened = {}
    rows = SealedContent.objects.filter(digest__in=list(kinds))
    for digest, stored in rows.values_list("digest", "sealed"):
        sealed = bytes(stored)
        key = keys.get(key_id_of(sealed))
        if key is not None:
            with suppress(UnreadableContentError):
                opened[digest] = opened_content(sealed, key, kind=kinds[digest])
    return opened


def destroy(subjects: Iterable[str]) -> None:
    """Destroy every key and content of these subjects, for ever, inside the caller's transaction.

    Call `finish_erasure()` after the commit; whoever forgets finds it done at the next unlock.
    """
    if not transaction.get_connection().in_atomic_block:
        raise JournalError("destroy() outside a transaction: wrap it and its entry in one")
    gone = sorted(set(subjects))
    for subject in gone:
        Destroyed.objects.get_or_create(subject=subject)
    StoredKey.objects.filter(subject__in=gone).update(secret=bytes(32))
    StoredKey.objects.filter(subject__in=gone).delete()
    SealedContent.objects.filter(subject__in=gone).delete()
    UnfinishedErasure.objects.get_or_create(pk=1, defaults={"since_seq": 0})


def set_apart(subjects: Iterable[str]) -> None:
    """Take the keys of these subjects out of the table; their contents stay, and open no more.

    As `destroy`: inside a transaction, and `finish_erasure()` after the commit.
    """
    gone = sorted(set(subjects))
    StoredKey.objects.filter(subject__in=gone).update(secret=bytes(32))
    StoredKey.objects.filter(subject__in=gone).delete()
    UnfinishedErasure.objects.get_or_create(pk=1, defaults={"since_seq": 0})


def _write_keys_anew() -> None:
    # `DELETE` without a condition clears whole pages (SQLite, "The Truncate Optimization"), and
    # with secure_delete overwrites them. The copy is in memory: temp_store = MEMORY.
    table = StoredKey._meta.db_table
    with connection.cursor() as cursor:
        for step in (
            f"CREATE TEMP TABLE kept_keys AS SELECT * FROM {table}",  # nosec B608  # noqa: S608
            f"DELETE FROM {table}",  # nosec B608  # noqa: S608
            f"INSERT INTO {table} SELECT * FROM kept_keys ORDER BY key_id",  # nosec B608  # noqa: S608
            "DROP TABLE kept_keys",
        ):
            cursor.execute(step)


def finish_erasure() -> bool:
    """Write the keys anew and empty the write-ahead log after something was destroyed.

    Once for any number of destructions: it takes seconds with 50,000 cases. False: somebody is
    still reading. It is tried again at the next unlock and after the next destruction.
    """
    if not UnfinishedErasure.objects.exists():
        return True
    with transaction.atomic():
        _write_keys_anew()
    for attempt in range(_ROUNDS):
        if _checkpoint():
            UnfinishedErasure.objects.all().delete()
            return True
        time.sleep(0.01 * attempt)  # a page that is being read in another tab
    return False


def _checkpoint() -> bool:
    with connection.cursor() as cursor:
        try:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            busy = cursor.fetchone()[0]
        except OperationalError:
            return False
    return not busy
