"""Which entries count: a pure function of the entries and the statement, so it is the same on
every desk that has both, whatever came first.

An entry that its desk's roles did not allow on its day stays in its chain and verifies, but no
fold sees it (`journal.models.PassedOver`). The day is the one its desk wrote into it: a desk
that dates back is held only by `last_entry` of the statement.

An order to destroy that was obeyed stays obeyed, also if a later statement passes it over.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

from safelight.casework.team.models import Member, RoleHeld
from safelight.casework.team.roles import EVERY_DESK, MAY, Role
from safelight.casework.team.statement import RoleSpan, TeamDesk
from safelight.journal.entry import Entry
from safelight.journal.models import Destroyed, JournalEntry, PassedOver

_DAY: Final = slice(len('{"at":"'), len('{"at":"2026-01-01'))  # canonical bytes begin with it


def members() -> dict[str, TeamDesk]:
    """The desks of the statement that counts, by name; empty on a desk of its own."""
    spans: dict[str, list[RoleSpan]] = {}
    for held in RoleHeld.objects.order_by("pk"):
        spans.setdefault(held.desk, []).append(RoleSpan(Role(held.role), held.since, held.until))
    return {
        row.desk: TeamDesk(
            row.desk, row.recipient, row.verify_key, tuple(spans[row.desk]), row.last_entry
        )
        for row in Member.objects.all()
    }


def judge(entries: Iterable[Entry]) -> frozenset[tuple[str, int]]:
    """Note which of these new entries count for nothing; return them as (desk, seq).

    Inside the caller's transaction, before the tables follow.
    """
    team = members()
    if not team:
        return frozenset()
    passed = [
        PassedOver(desk=entry.desk, seq=entry.seq, kind=entry.kind, subject=entry.subject)
        for entry in entries
        if not _counts(team.get(entry.desk), entry.seq, entry.kind, entry.at.date())
    ]
    PassedOver.objects.bulk_create(passed, ignore_conflicts=True)
    return frozenset((one.desk, one.seq) for one in passed)


def judge_all() -> list[str]:
    """Judge every entry anew; return the subjects for which something changed."""
    team = members()
    before = set(PassedOver.objects.values_list("desk", "seq", "kind", "subject"))
    now = {line for desk in team.values() for line in _passed_over_of(desk)}
    for desk, seq, _, _ in before - now:
        PassedOver.objects.filter(desk=desk, seq=seq).delete()
    PassedOver.objects.bulk_create(
        [PassedOver(desk=d, seq=s, kind=k, subject=about) for d, s, k, about in now - before]
    )
    return sorted({subject for _, _, _, subject in before ^ now if subject})


def _passed_over_of(desk: TeamDesk) -> Iterable[tuple[str, int, str, str]]:
    rows = JournalEntry.objects.filter(desk=desk.name)
    if desk.until is None and desk.last_entry is None:
        # Kinds it may write since its first day and may still: nothing of these can be judged away.
        always = {
            kind
            for span in desk.spans
            if span.since == desk.since and span.until is None
            for kind in MAY[span.role]
        }
        rows = rows.exclude(kind__in=EVERY_DESK | always)
    obeyed = set(Destroyed.objects.values_list("subject", flat=True))
    for seq, kind, subject, signed in rows.values_list(
        "seq", "kind", "subject", "signed"
    ).iterator():
        if kind == "case.destroyed" and subject in obeyed:
            continue
        day = date.fromisoformat(bytes(signed[_DAY]).decode("ascii"))
        if not desk.counts(seq, kind, day):
            yield desk.name, seq, kind, subject


def _counts(desk: TeamDesk | None, seq: int, kind: str, day: date) -> bool:
    return desk is not None and desk.counts(seq, kind, day)
