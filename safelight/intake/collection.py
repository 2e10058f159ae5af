"""What desks fetch, and when the server may forget it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db.models import Count, Q

from safelight.intake.models import Acknowledgement, HeldEnvelope, HighestSeen, Mailbox
from safelight.intake.storage import durable_write, forget_deleted_bytes, readable

PAGE: Final = 500
_LAST_NUMBER: Final = "envelope"


@dataclass(frozen=True)
class Listed:
    """One line of a desk's list."""

    sequence: int
    envelope_id: str
    size: int
    day: date
    mailbox_id: str


def envelope_id(key: int) -> str:
    """Return the public form of a random key: 16 hexadecimal digits."""
    return f"{key:016x}"


def waiting_for(desk: str, *, after: int) -> tuple[Sequence[Listed], bool]:
    """Return up to `PAGE` envelopes that `desk` has not acknowledged, and whether more follow.

    `after` is the last `sequence` of the page before, 0 for the first. Numbers grow
    and are never reused, also not by a server that was restarted.
    """
    with readable():
        unnumbered = HeldEnvelope.objects.filter(sequence=None).exists()
    if unnumbered:
        _number_new_envelopes()
    with readable():
        rows = list(
            HeldEnvelope.objects.filter(sequence__gt=after)
            .exclude(acknowledgement__desk=desk)
            .order_by("sequence")
            .values_list("sequence", "key", "size", "mailbox__day", "mailbox__mailbox_id")[
                : PAGE + 1
            ]
        )
    listed = [
        Listed(sequence or 0, envelope_id(key), size, day, mailbox)
        for sequence, key, size, day, mailbox in rows[:PAGE]
    ]
    return listed, len(rows) > PAGE


def _number_new_envelopes() -> None:
    """Number what arrived since the last list by random key, so not by arrival."""
    with durable_write():
        last, _ = HighestSeen.objects.get_or_create(name=_LAST_NUMBER, defaults={"value": 0})
        new = (
            HeldEnvelope.objects.filter(sequence=None).order_by("key").values_list("key", flat=True)
        )
        for number, key in enumerate(list(new), start=last.value + 1):
            HeldEnvelope.objects.filter(key=key).update(sequence=number)
            last.value = number
        last.save(update_fields=["value"])


def sealed_bytes(untrusted_id: str) -> bytes | None:
    """Return the envelope of that id, or None if it is not (or no longer) here."""
    with readable():
        held = HeldEnvelope.objects.filter(key=int(untrusted_id, 16)).only("sealed").first()
    return None if held is None else bytes(held.sealed)


def acknowledge(desk: str, envelope_ids: Iterable[str], *, usable_desks: Sequence[str]) -> int:
    """Record that `desk` has these, delete what all `usable_desks` have; return how many went.

    Ids that are not here are passed over: they were deleted after an earlier answer got lost.
    """
    keys = [int(untrusted, 16) for untrusted in envelope_ids]
    with durable_write():
        here = HeldEnvelope.objects.filter(key__in=keys).values_list("key", "mailbox_id")
        pairs = list(here)
        for key, _ in pairs:
            Acknowledgement.objects.get_or_create(envelope_id=key, desk=desk)
        Mailbox.objects.filter(key__in=[mailbox for _, mailbox in pairs]).update(fetched=True)
        gone = _delete_what_all_have(usable_desks)
    if gone:
        forget_deleted_bytes()
    return gone


def _delete_what_all_have(usable_desks: Sequence[str]) -> int:
    wanted = set(usable_desks)
    if not wanted:
        return 0
    complete = list(
        HeldEnvelope.objects.annotate(
            have=Count("acknowledgement", filter=Q(acknowledgement__desk__in=wanted))
        )
        .filter(have=len(wanted))
        .values_list("key", flat=True)
    )
    Acknowledgement.objects.filter(envelope_id__in=complete).delete()
    HeldEnvelope.objects.filter(key__in=complete).delete()
    return len(complete)
