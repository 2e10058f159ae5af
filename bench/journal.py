"""How long the journal takes to verify, and what one entry costs to write.

python bench/journal.py [--entries 1000000]

A desk's real database and real signatures; the entries are written by SQL because a
million decisions would take an afternoon. A signature a link at verification would be the
peer: the readable walk that names the first bad entry, measured on a part.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from safelight.desk.django_start import start_django
from safelight.desk.key_file import Argon2Cost, unwrapped_key
from safelight.desk.setting_up import set_up

PASSPHRASE = "correct horse battery staple"  # a published example
AT = datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)
PART = 20_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    count = parser.parse_args().entries
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "desk"
        set_up(data, "desk-1", PASSPHRASE, cost=Argon2Cost(memory_kib=8, passes=1, lanes=1))
        start_django()
        from safelight.desk.sqlcipher import held_key

        held_key.hold(data / "desk.db", unwrapped_key(data / "desk.key.json", PASSPHRASE))
        facts: dict[str, float] = {"entries": count, "append_ms": round(append_cost(), 2)}
        fill(count)
        from safelight.journal import verifying

        begun, worked = time.perf_counter(), time.process_time()
        verified = verifying.verify()
        facts["verify_seconds"] = round(time.perf_counter() - begun, 1)
        facts["verify_cpu_seconds"] = round(time.process_time() - worked, 1)
        assert verified.entries >= count
        worked = time.process_time()
        every_signature(PART)
        facts["every_signature_cpu_seconds_per_million"] = round(
            (time.process_time() - worked) * 1_000_000 / PART, 1
        )
        facts["database_mb"] = round((data / "desk.db").stat().st_size / 1e6)
        print(json.dumps(facts))


def append_cost() -> float:
    """Milliseconds for a decision's entry with a content, each in a transaction of its own."""
    from django.db import transaction

    from safelight.journal.chain import append

    begun = time.perf_counter()
    for number in range(200):
        with transaction.atomic():
            append("case.lane", {}, subject=f"case-{number}", content={"lane": "urgent"})
    return (time.perf_counter() - begun) * 5


def fill(count: int) -> None:
    from django.db import connection, transaction

    from safelight.journal.chain import desk_key, end_of
    from safelight.journal.entry import Entry, sign_entry, sign_head
    from safelight.journal.models import ChainEnd, JournalHead

    key, end = desk_key(), end_of("desk-1")
    previous, clock = end.digest, end.clock
    rows = []
    with transaction.atomic(), connection.cursor() as cursor:
        for seq in range(end.seq + 1, count + 1):
            clock += 1
            entry = Entry(
                "desk-1",
                seq,
                clock,
                previous,
                AT,
                "case.coded",
                f"{seq % 50_000:016x}",
                {},
                "ab" * 32,
            )
            signed = sign_entry(entry, key.private)
            previous = signed.digest
            rows.append(
                ("desk-1", seq, clock, entry.kind, entry.subject, previous, signed.signed,
                 signed.signature)
            )  # fmt: skip
            if len(rows) == 5000 or seq == count:
                cursor.executemany(
                    "INSERT INTO journal_journalentry "
                    "(desk, seq, clock, kind, subject, digest, signed, signature) "
                    "VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
                    rows,
                )
                rows = []
        ChainEnd.objects.filter(desk="desk-1").update(seq=count, clock=clock, digest=previous)
        head = sign_head("desk-1", count, previous, key.private)
        JournalHead.objects.filter(desk="desk-1").update(
            seq=count, digest=previous, signature=head.signature
        )


def every_signature(most: int) -> None:
    from safelight.journal.chain import desk_key
    from safelight.journal.entry import Entry, SignedEntry, is_signed_by
    from safelight.journal.verifying import _rows

    public = desk_key().private.public_key()
    for number, row in enumerate(_rows("WHERE desk = %s ORDER BY seq", ["desk-1"])):
        if number == most:
            return
        assert is_signed_by(SignedEntry(row[6], row[7]), public)
        Entry.parse(row[6])


if __name__ == "__main__":
    main()
