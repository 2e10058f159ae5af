"""Verify the whole journal: every desk's chain, to its end, and what is missing or forked.

Fast because of what a chain is: an entry names the digest of the signed entry before it, so
the signature of the last one vouches for all. Each link is checked by hashing (about ten
microseconds an entry), one signature a chain. Only when something is wrong are signatures
checked one by one, to name the first bad entry.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import connection

from safelight.journal.chain import desk_key
from safelight.journal.entry import (
    FIRST_PREVIOUS,
    FORMAT,
    Entry,
    JournalError,
    SignedEntry,
    SignedHead,
    is_head_signed_by,
    is_signed_by,
)
from safelight.journal.merging import Missing, beyond
from safelight.journal.models import (
    ChainEnd,
    ForkedEntry,
    JournalEntry,
    JournalHead,
    KnownDesk,
)

_RESTORE: Final = "Restore the desk from a backup"
_AT_ONCE: Final = 2000
_CONTENT: Final = re.compile(rb',"content":"(?:[0-9a-f]{64})?",$')


@dataclass(frozen=True, slots=True)
class VerifiedChain:
    """One desk's chain as it is held here: unbroken up to `entries`."""

    desk: str
    entries: int
    head: str


@dataclass(frozen=True, slots=True)
class Forked:
    """A desk that signed two different entries with one number. Both are held as proof."""

    desk: str
    seq: int
    held: str
    other: str


@dataclass(frozen=True, slots=True)
class Verified:
    """A journal that verifies. `head` is to be noted elsewhere, and compared later.

    `missing` (entries that colleagues signed for and that have not come) and `forks` do not
    make this journal wrong; they are for people to look at.
    """

    desk: str
    entries: int
    head: str
    chains: tuple[VerifiedChain, ...]
    missing: tuple[Missing, ...]
    forks: tuple[Forked, ...]


def team_keys() -> dict[str, Ed25519PublicKey]:
    """Return the verify key of every desk whose entries are taken in, this one's among them."""
    own = desk_key()
    keys = {
        row.desk: Ed25519PublicKey.from_public_bytes(bytes.fromhex(row.verify_key))
        for row in KnownDesk.objects.all()
    }
    return keys | {own.desk: own.private.public_key()}


def verify(*, noted_seq: int | None = None, noted_digest: str | None = None) -> Verified:
    """Walk every chain; return what was verified or raise `JournalError` naming the first bad
    entry.

    A journal put back to an older state of itself verifies, as every prefix of it did
    once. Give a head that was noted elsewhere (`noted_seq`, `noted_digest`) to catch that,
    or hear of it from colleagues: their desks hold this one's entries.
    """
    own, keys = desk_key().desk, team_keys()
    _refuse_strangers(keys)
    chains = _verified_chains(own, keys, noted_seq=noted_seq, noted_digest=noted_digest)
    missing = _missing(keys, own=own)
    _check_own_head(own, chains[0])
    if noted_seq is not None and chains[0].entries < noted_seq:
        raise JournalError(
            f"the journal ends at entry {chains[0].entries}, but entry {noted_seq} was noted; "
            "it was put back to an older state"
        )
    return Verified(
        own, sum(c.entries for c in chains), chains[0].head, chains, missing, tuple(_forks())
    )


def _desks_held() -> Iterator[str]:
    yield from JournalEntry.objects.order_by().values_list("desk", flat=True).distinct()


def _refuse_strangers(keys: Mapping[str, Ed25519PublicKey]) -> None:
    # Pages show every row there is, so one that nobody's key can vouch for was put there by hand.
    for desk in sorted(set(_desks_held()) - set(keys)):
        stranger = JournalEntry.objects.filter(desk=desk).order_by("seq").first()
        seq = stranger.seq if stranger else 0
        raise JournalError(
            f"entry {seq} stands under the name of a desk that nobody enrolled here; "
            f"it was forged. {_RESTORE}"
        )


@dataclass(slots=True)
class _Walked:
    """How far one chain has been walked; `last` is its last entry, whose signature counts."""

    seq: int = 0
    clock: int = 0
    digest: str = FIRST_PREVIOUS
    last: SignedEntry | None = None


def _verified_chains(
    own: str,
    keys: Mapping[str, Ed25519PublicKey],
    *,
    noted_seq: int | None,
    noted_digest: str | None,
) -> tuple[VerifiedChain, ...]:
    """Walk all chains in one pass over the table; this desk's chain comes first."""
    walked = {own: _Walked()}
    signed, signature = b"", b""
    for row in _rows("ORDER BY id"):
        desk, seq, clock, kind, subject, digest, signed, signature = row
        at = walked.setdefault(desk, _Walked())
        if (
            seq != at.seq + 1
            or clock <= at.clock
            or hashlib.sha256(signed + signature).hexdigest() != digest
            or not _says(signed, desk, seq, clock, kind, subject, at.digest)
        ):
            _name_the_first_bad(desk, keys[desk])
        at.seq, at.clock, at.digest = seq, clock, digest
        at.last = SignedEntry(signed, signature)
        if noted_seq == seq and desk == own and noted_digest not in (None, digest):
            raise JournalError(
                f"entry {seq} is not the one whose digest was noted; the journal was replaced"
            )
    for desk, at in walked.items():
        if at.last is not None and not is_signed_by(at.last, keys[desk]):
            _name_the_first_bad(desk, keys[desk])
    return tuple(
        VerifiedChain(desk, walked[desk].seq, walked[desk].digest)
        for desk in (own, *sorted(set(walked) - {own}))
    )


def _says(  # noqa: PLR0917  # the columns of a row, a million times
    signed: bytes, desk: str, seq: int, clock: int, kind: str, subject: str, previous: str
) -> bool:
    """Whether canonical bytes end with exactly these fields (keys are sorted; `entry.to_bytes`).

    Comparing bytes instead of reading JSON: no value holds a quotation mark, so what stands at
    the end of the text are the fields of the entry itself.
    """
    end = (
        f'"desk":"{desk}","format":"{FORMAT}","kind":"{kind}","previous":"{previous}",'
        f'"seq":{seq},"subject":"{subject}"}}'
    ).encode()
    if not signed.endswith(end):
        return False
    before = signed[: -len(end)]
    content = _CONTENT.search(before)
    return content is not None and before[: content.start()].endswith(f',"clock":{clock}'.encode())


_Row = tuple[str, int, int, str, str, str, bytes, bytes]


def _rows(which: str, parameters: Sequence[str] = ()) -> Iterator[_Row]:
    # Not through the ORM: a million rows as objects cost more than the hashing.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT desk, seq, clock, kind, subject, digest, signed, signature "  # nosec B608  # noqa: S608
            f"FROM journal_journalentry {which}",
            list(parameters),
        )
        while rows := cursor.fetchmany(_AT_ONCE):
            for row in rows:
                yield (*row[:6], bytes(row[6]), bytes(row[7]))


def _name_the_first_bad(desk: str, key: Ed25519PublicKey) -> NoReturn:
    """Walk the chain again, every signature this time, and raise for the first bad entry."""
    previous, expected, clock, own = FIRST_PREVIOUS, 1, 0, desk_key().desk
    whose = "this desk's" if desk == own else f"{desk}'s"
    of = "" if desk == own else f" of {desk}"
    for row in _rows("WHERE desk = %s ORDER BY seq", [desk]):
        _, seq, stored_clock, kind, subject, digest, signed, signature = row
        if seq != expected:
            raise JournalError(
                f"entry {expected}{of} is missing: after entry {expected - 1} comes entry {seq}; "
                f"it was dropped. {_RESTORE}"
            )
        one = SignedEntry(signed, signature)
        if not is_signed_by(one, key):
            raise JournalError(
                f"entry {seq}{of} does not carry {whose} signature; it was forged or changed. "
                f"{_RESTORE}"
            )
        entry = Entry.parse(signed)
        if entry.seq != seq or entry.desk != desk:
            raise JournalError(
                f"entry {seq}{of} was written as entry {entry.seq}; it was moved. {_RESTORE}"
            )
        if entry.previous != previous:
            raise JournalError(
                f"entry {seq}{of} does not follow entry {expected - 1}; one of them was replaced "
                f"or reordered. {_RESTORE}"
            )
        columns = (stored_clock, kind, subject, digest)
        if columns != (entry.clock, entry.kind, entry.subject, one.digest):
            raise JournalError(
                f"entry {seq}{of} is filed under columns that differ from what was signed. "
                f"{_RESTORE}"
            )
        if entry.clock <= clock:
            raise JournalError(f"entry {seq}{of} counts back; it was forged. {_RESTORE}")
        previous, expected, clock = digest, expected + 1, entry.clock
    raise JournalError(
        f"the entries{of} are not stored in the order in which they were written; rows were moved. "
        f"{_RESTORE}"
    )


def _check_own_head(own: str, chain: VerifiedChain) -> None:
    if not chain.entries:
        raise JournalError(
            "entry 1 is missing: a desk's journal begins when the desk is made; the whole of it "
            f"was dropped. {_RESTORE}"
        )
    row = JournalHead.objects.filter(desk=own).first()
    if row is None:
        raise JournalError(f"the journal's head is missing. {_RESTORE}")
    head = SignedHead(row.desk, row.seq, row.digest, bytes(row.signature))
    if not is_head_signed_by(head, desk_key().private.public_key()):
        raise JournalError("the journal's head does not carry this desk's signature")
    if head.seq > chain.entries:
        raise JournalError(
            f"entry {chain.entries + 1} is missing: the journal ends at entry {chain.entries}, "
            f"its head says {head.seq}; the end was dropped. {_RESTORE}"
        )
    if (head.seq, head.digest) != (chain.entries, chain.head):
        raise JournalError(
            f"entry {chain.entries} is not the one the journal's head was signed for"
        )
    _check_ends()


def _check_ends() -> None:
    for row in ChainEnd.objects.all():
        held = JournalEntry.objects.filter(desk=row.desk).order_by("-seq").first()
        if held is None or (held.seq, held.clock, held.digest) != (row.seq, row.clock, row.digest):
            raise JournalError(
                f"the chain of {row.desk} does not end at entry {row.seq}, as was noted: entries "
                f"were dropped or added by hand. {_RESTORE}"
            )


def _missing(keys: Mapping[str, Ed25519PublicKey], *, own: str) -> tuple[Missing, ...]:
    """Heads of colleagues that go further than what is held; each head must be theirs."""
    ends = dict(ChainEnd.objects.values_list("desk", "seq"))
    found = []
    for row in JournalHead.objects.exclude(desk=own).order_by("desk"):
        head = SignedHead(row.desk, row.seq, row.digest, bytes(row.signature))
        key = keys.get(row.desk)
        if key is None or not is_head_signed_by(head, key):
            raise JournalError(
                f"the head of {row.desk} does not carry its signature; it was forged"
            )
        found.append(beyond(head, ends.get(row.desk, 0)))
    return tuple(one for one in found if one is not None)


def _forks() -> Iterator[Forked]:
    for row in ForkedEntry.objects.order_by("desk", "seq", "digest"):
        held = JournalEntry.objects.filter(desk=row.desk, seq=row.seq).values_list("digest")
        yield Forked(row.desk, row.seq, held[0][0] if held else "", row.digest)
