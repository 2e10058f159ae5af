"""Hand entries to colleagues' desks, and take theirs in: `merging`'s rules on the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import transaction

from safelight.journal import content_keys
from safelight.journal.batch import Batch
from safelight.journal.chain import append, desk_key, end_of, store_entry
from safelight.journal.content import content_digest, key_id_of, opened_content
from safelight.journal.entry import Entry, JournalError, SignedEntry, SignedHead, is_signed_by
from safelight.journal.merging import End, Missing, Refused, Taken, missing, take
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


def missing_here() -> tuple[Missing, ...]:
    """Say which entries colleagues have signed for and this desk does not hold."""
    return missing(_Database(), set(team_keys()) - {desk_key().desk})


def batch_for(
    theirs: Mapping[str, int],
    *,
    upto: Mapping[str, int] | None = None,
    most_bytes: int = _MOST_BYTES,
) -> Batch:
    """Return the next entries, in order, that a desk lacks that holds `theirs` (desk → seq).

    With their contents and keys, and all heads. Ask again with the new ends until no entry
    is left; one batch stays below what an envelope takes. `upto` (desk → seq) leaves out
    chains that are not in it, and what is beyond. `most_bytes`: of entries and contents, before
    base64; the last entry may go beyond it by one content.
    """
    entries: list[SignedEntry] = []
    contents: dict[str, bytes] = {}
    subjects: set[str] = set()
    size = 0
    for desk, held in sorted(held_ends().items()):
        seq = held if upto is None else min(held, upto.get(desk, 0))
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
            if size > most_bytes:
                break
        if len(entries) == MOST_ENTRIES or size > most_bytes:
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
    wrong = _keep_contents(batch)
    return replace(taken, refused=(*taken.refused, *wrong))


def _keep_contents(batch: Batch) -> list[Refused]:
    """Keep the contents that entries of the batch name, also of those that wait or were known,
    and the keys that open them.

    A content is named by a signed entry; a key by nobody. A wrong one, kept, would make the case
    unreadable here, so a key is kept only when it has opened a content under its name. Returns
    the entries whose key was wrong.
    """
    named: dict[str, Entry] = {}
    team = team_keys()
    for signed in batch.entries:
        try:
            entry = Entry.parse(signed.signed)
        except JournalError:
            continue  # refused by name in `take`
        if entry.content and entry.desk in team and is_signed_by(signed, team[entry.desk]):
            named[entry.content] = entry
    keys = {key.key_id: key for key in batch.keys}
    wrong, good = list[Refused](), set[str]()
    for sealed in batch.contents:
        about = named.get(content_digest(sealed))
        if about is None:
            continue
        content_keys.keep_content(sealed, about.subject)
        key = keys.get(key_id_of(sealed))
        if key is None or key.key_id in good:
            continue
        try:
            opened_content(sealed, key, kind=about.kind)
        except (JournalError, ValueError):  # another key, or sealed by somebody who is no desk
            wrong.append(Refused(about.desk, about.seq, "wrong-key"))
        else:
            good.add(key.key_id)
            content_keys.keep_key(key)
    return wrong


def subjects_of(entries: Iterable[Entry]) -> list[str]:
    """Return the subjects of entries, each once, in the order of their first entry."""
    return list(dict.fromkeys(entry.subject for entry in entries))
