"""Append to this desk's chain, and read what all desks of the team wrote."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils.module_loading import import_string

from safelight.journal import content_keys
from safelight.journal.content import Told
from safelight.journal.entry import (
    LARGEST_CLOCK,
    Entry,
    JournalError,
    SignedEntry,
    sign_entry,
    sign_head,
)
from safelight.journal.merging import End, no_entries_of
from safelight.journal.models import (
    ChainEnd,
    JournalEntry,
    JournalHead,
    PassedOver,
    SigningKey,
)

# Nobody counts so far; beyond it each desk counts on from its own, and there is room for that.
_LARGEST_COUNTED: int = LARGEST_CLOCK - 2**40


@dataclass(frozen=True, slots=True)
class DeskKey:
    """Who signs: the desk's name and its Ed25519 key. Never cached; ask `desk_key()` each time."""

    desk: str
    private: Ed25519PrivateKey

    def __repr__(self) -> str:
        return f"DeskKey(desk={self.desk!r})"


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
    kind: str,
    body: Mapping[str, Any],
    *,
    subject: str = "",
    at: datetime | None = None,
    content: Mapping[str, Any] | None = None,
) -> Entry:
    """Sign and store the next entry, inside the transaction the caller has opened.

    The decision and its entry are committed together or not at all; outside a
    transaction this raises `JournalError`. `body` stays readable for ever and holds ids and
    codes only; `content` (JSON, words allowed) is sealed under the subject's key and goes
    when that is destroyed.
    """
    if not transaction.get_connection().in_atomic_block:
        raise JournalError("append() outside a transaction: wrap the decision and its entry in one")
    _check_may_write(kind)
    key = desk_key()
    end = end_of(key.desk)
    # A colleague's last possible number has no next one: counted on from, it would silence all.
    counted = ChainEnd.objects.filter(clock__lte=_LARGEST_COUNTED)
    latest_clock = max(end.clock, counted.aggregate(latest=Max("clock"))["latest"] or 0)
    entry = Entry(
        desk=key.desk,
        seq=end.seq + 1,
        clock=latest_clock + 1,
        previous=end.digest,
        at=(at or datetime.now(UTC)).replace(microsecond=0),
        kind=kind,
        subject=subject,
        body=body,
        content="" if content is None else content_keys.seal_for(subject, kind, content),
    )
    signed = sign_entry(entry, key.private)
    store_entry(entry, signed)
    head = sign_head(entry.desk, entry.seq, signed.digest, key.private)
    JournalHead.objects.update_or_create(
        desk=entry.desk,
        defaults={"seq": head.seq, "digest": head.digest, "signature": head.signature},
    )
    return entry


def _check_may_write(kind: str) -> None:
    # Asked for by name, as rooms above know who may do what. Here, so that no room forgets.
    name = getattr(settings, "SAFELIGHT_MAY_WRITE", None)
    if name is not None:
        import_string(name)(kind)


def end_of(desk: str) -> End:
    """Return how far this desk holds another's chain, or its own."""
    row = ChainEnd.objects.filter(desk=desk).first()
    return no_entries_of(desk) if row is None else End(desk, row.seq, row.clock, row.digest)


def store_entry(entry: Entry, signed: SignedEntry) -> None:
    """Store an entry as the new end of its chain. Whoever calls has checked that it follows."""
    digest = signed.digest
    JournalEntry.objects.create(
        desk=entry.desk,
        seq=entry.seq,
        clock=entry.clock,
        kind=entry.kind,
        subject=entry.subject,
        digest=digest,
        signed=signed.signed,
        signature=signed.signature,
    )
    ChainEnd.objects.update_or_create(
        desk=entry.desk, defaults={"seq": entry.seq, "clock": entry.clock, "digest": digest}
    )


def entries(*, subject: str | None = None) -> Iterator[Entry]:
    """Yield the entries of all desks in their one order; with `subject`, those about one thing."""
    rows = JournalEntry.objects.order_by("clock", "desk")
    if subject is not None:
        rows = rows.filter(subject=subject)
    for signed in rows.values_list("signed", flat=True).iterator():
        yield Entry.parse(bytes(signed))


def held_about(kinds: str) -> Iterator[tuple[str, int, str, str]]:
    """Yield (desk, seq, kind, subject) of the entries whose kind begins with `kinds`."""
    rows = JournalEntry.objects.filter(kind__startswith=kinds).order_by("desk", "seq")
    yield from rows.values_list("desk", "seq", "kind", "subject").iterator()


def told(subject: str) -> list[Told]:
    """Return what all desks wrote about a subject, in order, with the contents that open.

    Without the entries that count for nothing (`PassedOver`), so that no fold sees them.
    """
    about = list(entries(subject=subject))
    passed = set(PassedOver.objects.filter(subject=subject).values_list("desk", "seq"))
    if passed:
        about = [entry for entry in about if (entry.desk, entry.seq) not in passed]
    kinds = {entry.content: entry.kind for entry in about if entry.content}
    contents = content_keys.opened_contents(subject, kinds) if kinds else {}
    return [Told(entry, contents.get(entry.content)) for entry in about]


def latest(count: int) -> list[Entry]:
    """Return the last `count` entries that this desk stored, the newest first."""
    rows = JournalEntry.objects.order_by("-id").values_list("signed", flat=True)[:count]
    return [Entry.parse(bytes(signed)) for signed in rows]


def entries_so_far() -> int:
    """Return the row number of the newest entry, to tell later which entries came after it."""
    return JournalEntry.objects.order_by("-id").values_list("id", flat=True).first() or 0
