"""Append to the journal, read it, verify it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.db import transaction

from safelight.journal.entry import FIRST_PREVIOUS, Entry, JournalError
from safelight.journal.models import JournalEntry, JournalHead, SigningKey

# One key signs entries, heads, statements and requests; each begins with its own words,
# so that a signature over one can never pass for another.
_ENTRY_CONTEXT: Final = b"safelight journal entry v1\n"
_HEAD_CONTEXT: Final = b"safelight journal head v1\n"


@dataclass(frozen=True, slots=True)
class DeskKey:
    """Who signs: the desk's name and its Ed25519 key. Never cached; ask `desk_key()` each time."""

    desk: str
    private: Ed25519PrivateKey

    def __repr__(self) -> str:
        return f"DeskKey(desk={self.desk!r})"


@dataclass(frozen=True, slots=True)
class Verified:
    """A journal that verifies: how many entries, and the digest to compare with a noted one."""

    desk: str
    entries: int
    head: str


def set_desk_key(desk: str, seed: bytes) -> None:
    """Write the desk's signing key, once in the life of a desk."""
    if SigningKey.objects.exists():
        raise JournalError("this desk already has a signing key; it is written only once")
    SigningKey.objects.create(desk=desk, seed=seed)


def desk_key() -> DeskKey:
    """Return the desk's signing key, or raise `JournalError` on a desk that was never set up."""
    row = SigningKey.objects.first()
    if row is None:
        raise JournalError("this desk has no signing key; make it with `safelight desk init`")
    return DeskKey(row.desk, Ed25519PrivateKey.from_private_bytes(bytes(row.seed)))


def append(
    kind: str, body: Mapping[str, Any], *, subject: str = "", at: datetime | None = None
) -> Entry:
    """Sign and store the next entry, inside the transaction the caller has opened.

    The decision and its entry are committed together or not at all; outside a
    transaction this raises `JournalError`. `body` holds ids and codes only.
    """
    if not transaction.get_connection().in_atomic_block:
        raise JournalError("append() outside a transaction: wrap the decision and its entry in one")
    key = desk_key()
    head = JournalHead.objects.filter(desk=key.desk).first()
    entry = Entry(
        desk=key.desk,
        seq=head.seq + 1 if head else 1,
        previous=head.digest if head else FIRST_PREVIOUS,
        at=(at or datetime.now(UTC)).replace(microsecond=0),
        kind=kind,
        subject=subject,
        body=body,
    )
    content = entry.to_bytes()
    JournalEntry.objects.create(
        desk=entry.desk,
        seq=entry.seq,
        kind=entry.kind,
        subject=entry.subject,
        digest=entry.digest,
        content=content,
        signature=key.private.sign(_ENTRY_CONTEXT + content),
    )
    JournalHead.objects.update_or_create(
        desk=entry.desk,
        defaults={
            "seq": entry.seq,
            "digest": entry.digest,
            "signature": key.private.sign(_head_bytes(entry.desk, entry.seq, entry.digest)),
        },
    )
    return entry


def _head_bytes(desk: str, seq: int, digest: str) -> bytes:
    return _HEAD_CONTEXT + f"{desk}\n{seq}\n{digest}".encode()


def entries(*, subject: str | None = None) -> Iterator[Entry]:
    """Yield the entries in order; with `subject`, only those about one case, list or release."""
    rows = JournalEntry.objects.order_by("desk", "seq")
    if subject is not None:
        rows = rows.filter(subject=subject)
    for content in rows.values_list("content", flat=True).iterator():
        yield Entry.parse(bytes(content))


def latest(count: int) -> list[Entry]:
    """Return the last `count` entries, the newest first."""
    rows = JournalEntry.objects.order_by("-id").values_list("content", flat=True)[:count]
    return [Entry.parse(bytes(content)) for content in rows]


def entries_so_far() -> int:
    """Return the row number of the newest entry, to tell later which entries came after it."""
    return JournalEntry.objects.order_by("-id").values_list("id", flat=True).first() or 0


def verify(*, noted_seq: int | None = None, noted_digest: str | None = None) -> Verified:
    """Walk the chain; return what was verified or raise `JournalError` naming the first bad entry.

    A journal put back to an older state of itself verifies, as every prefix of it did
    once. Give a head that was noted elsewhere (`noted_seq`, `noted_digest`) to catch that.
    """
    key = desk_key()
    _refuse_strangers(key.desk)
    public = key.private.public_key()
    previous, expected = FIRST_PREVIOUS, 1
    rows = JournalEntry.objects.filter(desk=key.desk).order_by("seq")
    for row in rows.iterator():
        _check_next(row, expected, previous, public)
        previous, expected = row.digest, expected + 1
        if row.seq == noted_seq and noted_digest is not None and row.digest != noted_digest:
            raise JournalError(
                f"entry {row.seq} is not the one whose digest was noted; the journal was replaced"
            )
    entries_found = expected - 1
    _check_head(key.desk, entries_found, previous, public)
    if noted_seq is not None and entries_found < noted_seq:
        raise JournalError(
            f"the journal ends at entry {entries_found}, but entry {noted_seq} was noted; "
            "it was put back to an older state"
        )
    return Verified(key.desk, entries_found, previous)


def _refuse_strangers(desk: str) -> None:
    # Pages show every row there is. Until desks exchange entries there is no key by which one
    # under another desk's name could be verified, so it was put there by hand.
    stranger = JournalEntry.objects.exclude(desk=desk).order_by("id").first()
    if stranger is not None:
        raise JournalError(
            f"entry {stranger.seq} stands under the name of another desk and was not written "
            "here; it was forged. Restore the desk from a backup"
        )


def _check_next(row: JournalEntry, expected: int, previous: str, public: Ed25519PublicKey) -> None:
    if row.seq != expected:
        raise JournalError(
            f"entry {expected} is missing: after entry {expected - 1} comes entry {row.seq}; "
            "it was dropped. Restore the desk from a backup"
        )
    content = bytes(row.content)
    try:
        public.verify(bytes(row.signature), _ENTRY_CONTEXT + content)
    except InvalidSignature:
        raise JournalError(
            f"entry {row.seq} does not carry this desk's signature; it was forged or changed. "
            "Restore the desk from a backup"
        ) from None
    entry = Entry.parse(content)
    if entry.seq != row.seq or entry.desk != row.desk:
        raise JournalError(
            f"entry {row.seq} was written as entry {entry.seq}; it was moved. "
            "Restore the desk from a backup"
        )
    if entry.previous != previous:
        raise JournalError(
            f"entry {row.seq} does not follow entry {expected - 1}; one of them was replaced "
            "or reordered. Restore the desk from a backup"
        )
    if (entry.digest, entry.kind, entry.subject) != (row.digest, row.kind, row.subject):
        raise JournalError(
            f"entry {row.seq} is filed under columns that differ from what was signed. "
            "Restore the desk from a backup"
        )


def _check_head(desk: str, seq: int, digest: str, public: Ed25519PublicKey) -> None:
    head = JournalHead.objects.filter(desk=desk).first()
    if not seq:
        raise JournalError(
            "entry 1 is missing: a desk's journal begins when the desk is made; the whole of it "
            "was dropped. Restore the desk from a backup"
        )
    if head is None:
        raise JournalError("the journal's head is missing. Restore the desk from a backup")
    try:
        public.verify(bytes(head.signature), _head_bytes(desk, head.seq, head.digest))
    except InvalidSignature:
        raise JournalError("the journal's head does not carry this desk's signature") from None
    if head.seq != seq:
        raise JournalError(
            f"entry {seq + 1} is missing: the journal ends at entry {seq}, its head says "
            f"{head.seq}; the end was dropped. Restore the desk from a backup"
        )
    if head.digest != digest:
        raise JournalError(f"entry {seq} is not the one the journal's head was signed for")
