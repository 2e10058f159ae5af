"""A team of desks in memory: the real rules, the real signatures, no database and no network.

Each desk has its own chain, its copies of the others', contents and keys; a post bag holds
batches that a test delivers in any order, twice or never.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from safelight.casework.folding import CaseNow, fold
from safelight.journal.batch import Batch
from safelight.journal.content import (
    ContentKey,
    Told,
    content_digest,
    key_id_of,
    opened_content,
    sealed_content,
)
from safelight.journal.entry import Entry, SignedEntry, SignedHead, sign_entry, sign_head
from safelight.journal.merging import End, Missing, Taken, missing, no_entries_of, take

AT = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)


@dataclass
class MemoryStore:
    """What `merging.ChainStore` asks for, in dictionaries."""

    held: dict[tuple[str, int], SignedEntry] = field(default_factory=dict)
    ends: dict[str, End] = field(default_factory=dict)
    waiting: dict[tuple[str, int], SignedEntry] = field(default_factory=dict)
    forks: dict[str, dict[str, SignedEntry]] = field(default_factory=dict)
    heads: dict[str, SignedHead] = field(default_factory=dict)

    def end(self, desk: str) -> End:
        return self.ends.get(desk, no_entries_of(desk))

    def digest_of(self, desk: str, seq: int) -> str | None:
        held = self.held.get((desk, seq))
        return held.digest if held else None

    def hold(self, entry: Entry, signed: SignedEntry) -> None:
        self.held[entry.desk, entry.seq] = signed
        self.ends[entry.desk] = End(entry.desk, entry.seq, entry.clock, signed.digest)

    def early(self, desk: str, seq: int) -> SignedEntry | None:
        return self.waiting.get((desk, seq))

    def count_early(self, desk: str) -> int:
        return sum(1 for name, _ in self.waiting if name == desk)

    def keep_early(self, entry: Entry, signed: SignedEntry) -> None:
        self.waiting[entry.desk, entry.seq] = signed

    def drop_early(self, desk: str, seq: int) -> None:
        del self.waiting[desk, seq]

    def is_forked(self, desk: str) -> bool:
        return desk in self.forks

    def keep_fork(self, entry: Entry, signed: SignedEntry) -> None:
        self.forks.setdefault(entry.desk, {})[signed.digest] = signed

    def head(self, desk: str) -> SignedHead | None:
        return self.heads.get(desk)

    def keep_head(self, head: SignedHead) -> None:
        self.heads[head.desk] = head


@dataclass
class SimulatedDesk:
    """One desk of the team. `team` is shared: name → verify key."""

    name: str
    team: dict[str, Ed25519PublicKey]
    key: Ed25519PrivateKey
    store: MemoryStore = field(default_factory=MemoryStore)
    contents: dict[str, bytes] = field(default_factory=dict)
    keys: dict[str, ContentKey] = field(default_factory=dict)
    own_keys: dict[str, str] = field(default_factory=dict)
    destroyed: set[str] = field(default_factory=set)

    def write(
        self,
        kind: str,
        subject: str,
        content: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Entry | None:
        """Append to the desk's own chain; None when the subject was destroyed."""
        if subject in self.destroyed:
            return None
        digest = ""
        if content is not None:
            sealed = sealed_content(content, self._key_of(subject), kind=kind)
            digest = content_digest(sealed)
            self.contents[digest] = sealed
        end = self.store.end(self.name)
        clock = max([e.clock for e in self.store.ends.values()], default=0) + 1
        entry = Entry(
            self.name, end.seq + 1, clock, end.digest, AT, kind, subject, body or {}, digest
        )
        signed = sign_entry(entry, self.key)
        self.store.hold(entry, signed)
        self.store.keep_head(sign_head(self.name, entry.seq, signed.digest, self.key))
        if kind == "case.destroyed":
            self._destroy(subject)
        return entry

    def _key_of(self, subject: str) -> ContentKey:
        known = self.keys.get(self.own_keys.get(subject, ""))
        if known is None:
            known = ContentKey.generate(subject)
            self.keys[known.key_id] = known
            self.own_keys[subject] = known.key_id
        return known

    def _destroy(self, subject: str) -> None:
        self.destroyed.add(subject)
        self.keys = {i: k for i, k in self.keys.items() if k.subject != subject}
        self.contents = {
            digest: sealed
            for digest, sealed in self.contents.items()
            if key_id_of(sealed) in self.keys
        }

    def batch(self, theirs: Mapping[str, int], *, most: int = 10_000) -> Batch:
        """What a desk lacks that holds `theirs`; at most `most` entries."""
        entries = [
            signed
            for (desk, seq), signed in sorted(self.store.held.items())
            if seq > theirs.get(desk, 0)
        ][:most]
        named = {Entry.parse(e.signed).content for e in entries}
        contents = tuple(self.contents[d] for d in sorted(named & set(self.contents)))
        keys = tuple(self.keys[i] for i in sorted({key_id_of(c) for c in contents}))
        return Batch(tuple(entries), tuple(self.store.heads.values()), contents, keys)

    def receive(self, batch: Batch) -> Taken:
        """Take a batch in, as `exchange.admit` and `colleagues.take_in_batch` do."""
        taken = take(self.store, batch.entries, batch.heads, team=self.team)
        for key in batch.keys:
            if key.subject not in self.destroyed:
                self.keys[key.key_id] = key
        for sealed in batch.contents:
            if key_id_of(sealed) in self.keys:
                self.contents[content_digest(sealed)] = sealed
        for entry in taken.new:
            if entry.kind == "case.destroyed":
                self._destroy(entry.subject)
        return taken

    def ends(self) -> dict[str, int]:
        return {desk: end.seq for desk, end in self.store.ends.items()}

    def missing(self) -> tuple[Missing, ...]:
        return missing(self.store, self.team)

    def entries(self) -> list[Entry]:
        read = [Entry.parse(signed.signed) for signed in self.store.held.values()]
        return sorted(read, key=lambda entry: entry.order)

    def tables(self) -> dict[str, CaseNow | None]:
        """How every case stands: what the projections would show."""
        stories: dict[str, list[Told]] = {}
        for entry in self.entries():
            stories.setdefault(entry.subject, []).append(Told(entry, self._content(entry)))
        return {subject: fold(subject, story) for subject, story in sorted(stories.items())}

    def _content(self, entry: Entry) -> dict[str, Any] | None:
        sealed = self.contents.get(entry.content)
        key = self.keys.get(key_id_of(sealed)) if sealed else None
        return opened_content(sealed, key, kind=entry.kind) if sealed and key else None


REPORT: Final = (
    '{"answers":{},"consent":{},"form":{"id":"what-happened","version":"1"},'
    '"format":"safelight-report/1","language":"ru","mailbox":null,"message_key":null,'
    '"reply_to":null,"roster":null,"sealed_by":"browser","withdrawal":null,"written":"2026-03-14"}'
)


def a_team(*names: str) -> list[SimulatedDesk]:
    """Desks that know one another's keys."""
    team: dict[str, Ed25519PublicKey] = {}
    desks = []
    for name in names:
        key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(name.encode()).digest())
        team[name] = key.public_key()
        desks.append(SimulatedDesk(name, team, key))
    return desks


def made(case_id: str, **changes: Any) -> dict[str, Any]:
    """The content of a `case.made`."""
    return {
        "report": REPORT,
        "envelope": f"envelope-{case_id}",
        "mailbox": "0f" * 16,
        "origin": "server",
        "received_on": "2026-03-14",
        "lane": "reports",
        "lane_reasons": [],
        "suspicion": 0,
    } | changes


def everybody_hears_everybody(desks: list[SimulatedDesk]) -> None:
    """One desk hears all the others, then all of them hear it."""
    first, *others = desks
    for other in others:
        first.receive(other.batch(first.ends()))
    for other in others:
        other.receive(first.batch(other.ends()))
