"""How a desk takes in what colleagues' desks wrote: rules only, no storage and no clock.

Each desk writes one chain. Entries travel in any order, twice, late, or not at all; these
rules make the outcome the same whatever happened on the way:

    known       the very entry is held already                        nothing happens
    follows     it is the next one and names the one before           it is held
    early       its number is beyond the next                         kept apart until it follows
    forked      another entry of that desk is held under its number,  kept apart as proof; that
                or it names another entry before it                   chain ends at the fork here
    refused     not signed by that desk, unreadable, from a stranger, or its counter goes back

A chain that forked was written by two copies of one desk (a backup that was put back) or by
somebody who has its key. Which branch is true is for people; everybody who holds both
entries can prove the fork.

Worked example. We hold desk-2 up to 3. A batch brings 5, 4, 4, and 3 with another content:
3' is forked (and from now on nothing of desk-2 is taken in); without it 5 is early, 4
follows and brings 5 with it, the second 4 is known.

Order for projections: `Entry.order`, (clock, desk). It is the same on every desk that holds
the same entries, and an entry stands after everything its writer had seen (Lamport, "Time,
clocks, and the ordering of events", CACM 21(7), 1978, §3).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from safelight.journal.entry import (
    FIRST_PREVIOUS,
    Entry,
    JournalError,
    SignedEntry,
    SignedHead,
    is_head_signed_by,
    is_signed_by,
)

# So that a broken or hostile colleague cannot fill this desk with entries that never follow.
MOST_EARLY: Final = 20_000


@dataclass(frozen=True, slots=True)
class End:
    """The last entry held of one desk's chain; seq 0 before the first."""

    desk: str
    seq: int
    clock: int
    digest: str


def no_entries_of(desk: str) -> End:
    """The end of a chain of which nothing is held."""
    return End(desk, 0, 0, FIRST_PREVIOUS)


@dataclass(frozen=True, slots=True)
class Refused:
    """An entry that was not taken in. `reason`: see `REASONS`."""

    desk: str
    seq: int
    reason: str


REASONS: Final = (
    "stranger",  # no desk of the team has that name
    "forged",  # the signature is not that desk's
    "unreadable",  # signed, but not an entry of this format
    "forked",  # the desk signed two different entries with one number
    "clock-goes-back",  # its counter is not above the one before
    "too-many-early",  # beyond the bound on entries that wait for others
    "wrong-key",  # a key came with its content and does not open it (`exchange`)
)


@dataclass(frozen=True, slots=True)
class Taken:
    """What a batch did. `new` are the entries that are held now, in the order taken."""

    new: tuple[Entry, ...] = ()
    known: int = 0
    early: int = 0
    refused: tuple[Refused, ...] = ()


@dataclass(frozen=True, slots=True)
class Missing:
    """Entries that a desk has signed for and that are not held here."""

    desk: str
    first: int
    last: int


class ChainStore(Protocol):
    """What the rules need of a desk's storage; all of it inside one transaction."""

    def end(self, desk: str) -> End: ...
    def digest_of(self, desk: str, seq: int) -> str | None: ...
    def hold(self, entry: Entry, signed: SignedEntry) -> None: ...
    def early(self, desk: str, seq: int) -> SignedEntry | None: ...
    def count_early(self, desk: str) -> int: ...
    def keep_early(self, entry: Entry, signed: SignedEntry) -> None: ...
    def drop_early(self, desk: str, seq: int) -> None: ...
    def is_forked(self, desk: str) -> bool: ...
    def keep_fork(self, entry: Entry, signed: SignedEntry) -> None: ...
    def head(self, desk: str) -> SignedHead | None: ...
    def keep_head(self, head: SignedHead) -> None: ...


def take(
    store: ChainStore,
    untrusted: Iterable[SignedEntry],
    heads: Iterable[SignedHead],
    *,
    team: Mapping[str, Ed25519PublicKey],
) -> Taken:
    """Take in entries and heads by the rules above. Never raises for what a colleague sent."""
    new: list[Entry] = []
    refused: list[Refused] = []
    known = early = 0
    read, bad = _readable(untrusted, team)
    refused += bad
    # By number, so that a batch in any order costs one pass and keeps little aside.
    for entry, signed in sorted(read, key=lambda pair: (pair[0].desk, pair[0].seq)):
        outcome = _take_one(store, entry, signed)
        if outcome == "known":
            known += 1
        elif outcome == "early":
            early += 1
        elif outcome == "follows":
            new.append(entry)
            new += _take_waiting(store, entry.desk, refused)
        else:
            refused.append(Refused(entry.desk, entry.seq, outcome))
    for head in heads:
        key = team.get(head.desk)
        if key is not None and is_head_signed_by(head, key):
            if store.digest_of(head.desk, head.seq) not in (None, head.digest):
                # It signed another end for a colleague: two histories, and here is the proof.
                refused.append(Refused(head.desk, head.seq, "forked"))
                continue
            held = store.head(head.desk)
            if held is None or held.seq < head.seq:
                store.keep_head(head)
    return Taken(tuple(new), known, early, tuple(refused))


def _readable(
    untrusted: Iterable[SignedEntry], team: Mapping[str, Ed25519PublicKey]
) -> tuple[list[tuple[Entry, SignedEntry]], list[Refused]]:
    read: list[tuple[Entry, SignedEntry]] = []
    refused: list[Refused] = []
    for signed in untrusted:
        try:
            entry = Entry.parse(signed.signed)
        except JournalError:
            refused.append(Refused("", 0, "unreadable"))
            continue
        key = team.get(entry.desk)
        if key is None:
            refused.append(Refused(entry.desk, entry.seq, "stranger"))
        elif not is_signed_by(signed, key):
            refused.append(Refused(entry.desk, entry.seq, "forged"))
        else:
            read.append((entry, signed))
    return read, refused


def _take_one(store: ChainStore, entry: Entry, signed: SignedEntry) -> str:
    end = store.end(entry.desk)
    if entry.seq <= end.seq:
        held = store.digest_of(entry.desk, entry.seq)
        outcome = "known" if held == signed.digest else "forked"
    elif store.is_forked(entry.desk):
        outcome = "forked"
    elif entry.seq > end.seq + 1:
        outcome = _early(store, entry, signed)
    elif entry.previous != end.digest:
        # Signed by that desk, after an entry that is not the one we hold: it has two histories.
        outcome = "forked"
    elif entry.clock <= end.clock:
        outcome = "clock-goes-back"
    else:
        store.hold(entry, signed)
        outcome = "follows"
    if outcome == "forked":
        store.keep_fork(entry, signed)
    return outcome


def _early(store: ChainStore, entry: Entry, signed: SignedEntry) -> str:
    waiting = store.early(entry.desk, entry.seq)
    if waiting is not None:
        return "known" if waiting.digest == signed.digest else "forked"
    if store.count_early(entry.desk) >= MOST_EARLY:
        return "too-many-early"
    store.keep_early(entry, signed)
    return "early"


def _take_waiting(store: ChainStore, desk: str, refused: list[Refused]) -> list[Entry]:
    """Take what waited for the entry that has just been taken."""
    new: list[Entry] = []
    while True:
        seq = store.end(desk).seq + 1
        signed = store.early(desk, seq)
        if signed is None:
            return new
        store.drop_early(desk, seq)
        entry = Entry.parse(signed.signed)
        outcome = _take_one(store, entry, signed)
        if outcome != "follows":
            refused.append(Refused(desk, seq, outcome))
            return new
        new.append(entry)


def missing(store: ChainStore, desks: Iterable[str]) -> tuple[Missing, ...]:
    """Say which entries the desks have signed for and we do not hold: to be asked for."""
    heads = ((desk, store.head(desk)) for desk in sorted(desks))
    found = (beyond(head, store.end(desk).seq) for desk, head in heads if head is not None)
    return tuple(one for one in found if one is not None)


def beyond(head: SignedHead, held: int) -> Missing | None:
    """Say what a desk has signed for past the `held` entries of its chain that are here."""
    return Missing(head.desk, held + 1, head.seq) if head.seq > held else None
