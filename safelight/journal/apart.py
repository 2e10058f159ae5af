"""Cases that two people open together: which they are, by the entries about them.

The content keys of such a case stand in no table of any desk (`casework.team.two_person`): they
are put together from two shares, and live in `held_open` until a time is over or the desk locks.
"""

from __future__ import annotations

from typing import Final

from safelight.journal.entry import Entry, JournalError
from safelight.journal.models import JournalEntry, PassedOver

MARKED: Final = "case.two-person"
ENDED: Final = "case.two-person-ended"


class ApartError(JournalError):
    """Content of a case that two people open together, asked for by one."""


def mark_of(subject: str) -> Entry | None:
    """Return the last entry that marks a subject or ends a mark; None when there was none."""
    rows = JournalEntry.objects.filter(subject=subject, kind__in=(MARKED, ENDED))
    columns = rows.order_by("-clock", "-desk").values_list("desk", "seq", "signed")
    for desk, seq, signed in columns:
        if not PassedOver.objects.filter(desk=desk, seq=seq).exists():
            return Entry.parse(bytes(signed))
    return None


def is_apart(subject: str) -> bool:
    """Whether the keys of a subject may stand in no table of this desk."""
    mark = mark_of(subject)
    return mark is not None and mark.kind == MARKED
