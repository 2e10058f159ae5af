"""Hand entries to colleagues' desks, and take theirs in: `merging`'s rules on the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import transaction

from safelight.journal import content_keys
from safelight.journal.batch import Batch
from safelight.journal.chain import append, desk_key, end_of, store_entry
from safelight.journal.content import content_digest
from safelight.journal.entry import Entry, JournalError, SignedEntry, SignedHead
from safelight.journal.merging import End, Taken, take
from safelight.journal.models import (
    ChainEnd,
    EarlyEntry,
    ForkedEntry,
    JournalEntry,
    JournalHead,
    KnownDesk,
    SealedContent,
)
from safelight.journal.verifying import team_keys

# Small enough for one envelope of 16 MiB with contents of the usual size.
MOST_ENTRIES: int = 2000
_MOST_BYTES: int = 8 * 1024 * 1024


class _Database:
    """The tables, as the rules see them."""

    def end(self, desk: str) -> End:
        return end_of(desk)

    def digest_of(self, desk: str, seq: int) -> str | None:
        found = JournalEntry.objects.filter(desk=desk, seq=seq)
        return found.values_list("digest", flat=True).first()

    def hold(self, entry: Entry, signed: SignedEntry) -> None:
        store_entry(entry, signed)

    def early(self, desk: str, seq: int) -> SignedEntry | None:
        row = EarlyEntry.objects.filter(desk=desk, seq=seq).first()
        return None if row is None else SignedEntry(bytes(row.signed), bytes(row.signature))

    def count_early(self, desk: str) -> int:
        return EarlyEntry.objects.filter(desk=desk).count()

    def keep_early(self, entry: Entry, signed: SignedEntry) -> None:
        EarlyEntry.objects.create(
            desk=entry.desk, seq=entry.seq, signed=signed.signed, signature=signed.signature
        )

    def drop_early(self, desk: str, seq: int) -> None:
        EarlyEntry.objects.filter(desk=desk, seq=seq).delete()

    def is_forked(self, desk: str) -> bool:
        return ForkedEntry.objects.filter(desk=desk).exists()

    def keep_fork(self, entry: Entry, signed: SignedEntry) -> None:
        ForkedEntry.objects.get_or_create(
            digest=signed.digest,
            defaults={
                "desk": entry.desk,
                "seq": entry.seq,
                "signed": signed.signed,
                "signature": signed.signature,
            },
        )

    def head(self, desk: str) -> SignedHead | None:
        row = JournalHead.objects.filter(desk=desk).first()
        if row is None:
            return None
        return SignedHead(row.desk, row.seq, row.digest, bytes(row.signature))

    def keep_head(self, head: SignedHead) -> None:
        JournalHead.objects.update_or_create(
            desk=head.desk,
            defaults={"seq": head.seq, "digest": head.digest, "signature": head.signature},
        )


def enrol(desk: str, verify_key: str) -> None:
    """Take a colleague's desk into the team: a person's decision, with its entry.

    `verify_key` is 64 hex digits, from the signed roster. Another key under a name that is
    taken is refused: entries of the old one could no longer be verified.
    """
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(verify_key))
    except ValueError:
        raise JournalError("a verify key is 64 hex digits, as in the roster; got others") from None
    with transaction.atomic():
        known = KnownDesk.objects.filter(desk=desk).first()
        if desk == desk_key().desk or (known is not None and known.verify_key != verify_key):
            raise JournalError(
                f"{desk} is known here under another key; expected the one it was enrolled with. "
                "A desk that was made anew takes a new name"
            )
        if known is None:
            KnownDesk.objects.create(desk=desk, verify_key=verify_key)
            append("desk.enrolled", {"verify-key": verify_key}, subject=desk)


def held_ends() -> dict[str, int]:
    """Return how far each chain is held here: what to tell a colleague who is to send the rest."""
    return dict(ChainEnd.objects.values_list("desk", "seq"))


def batch_for(theirs: Mapping[str, int]) -> Batch:
    """Return the next entries, in order, that a desk lacks that holds `theirs` (desk → seq).

    With their contents and keys, and all heads. Ask again with the new ends until no entry
    is left; one batch stays below what an envelope takes.
    """
    entries: list[SignedEntry] = []
    contents: dict[str, bytes] = {}
    subjects: set[str] = set()
    size = 0
    for desk, seq in sorted(held_ends().items()):
        rows = JournalEntry.objects.filter(desk=desk, seq__gt=theirs.get(desk, 0), seq__lte=seq)
        for row in rows.order_by("seq")[: MOST_ENTRIES - len(entries)].iterator():
            signed = bytes(row.signed)
            entry = Entry.parse(signed)
            if entry.content:
                sealed = SealedContent.objects.filter(digest=entry.content).first()
                if sealed is not None:
                    contents[entry.content] = bytes(sealed.sealed)
                    size += len(contents[entry.content])
                subjects.add(entry.subject)
            entries.append(SignedEntry(signed, bytes(row.signature)))
            size += len(signed)
            if size > _MOST_BYTES:
                break
        if len(entries) == MOST_ENTRIES or size > _MOST_BYTES:
            break
    heads = tuple(
        SignedHead(row.desk, row.seq, row.digest, bytes(row.signature))
        for row in JournalHead.objects.order_by("desk")
    )
    keys = tuple(content_keys.keys_of(subjects))
    return Batch(tuple(entries), heads, tuple(contents.values()), keys)


def admit(batch: Batch) -> Taken:
    """Take a colleague's batch in, all in one transaction; return what it did.

    The tables that show the entries are the caller's to bring up to date, for every subject
    of `Taken.new`, in the same transaction.
    """
    if not transaction.get_connection().in_atomic_block:
        raise JournalError("admit() outside a transaction: tables must follow in the same one")
    taken = take(_Database(), batch.entries, batch.heads, team=team_keys())
    for key in batch.keys:
        content_keys.keep_key(key)
    _keep_contents(batch)
    return taken


def _keep_contents(batch: Batch) -> None:
    """Keep the contents that entries of the batch name, also of those that wait or were known."""
    subjects: dict[str, str] = {}
    team = team_keys()
    for signed in batch.entries:
        try:
            entry = Entry.parse(signed.signed)
        except JournalError:
            continue  # refused by name in `take`
        if entry.content and entry.desk in team:
            subjects[entry.content] = entry.subject
    for sealed in batch.contents:
        subject = subjects.get(content_digest(sealed))
        if subject is not None:
            content_keys.keep_content(sealed, subject)


def subjects_of(entries: Iterable[Entry]) -> list[str]:
    """Return the subjects of entries, each once, in the order of their first entry."""
    return list(dict.fromkeys(entry.subject for entry in entries))
