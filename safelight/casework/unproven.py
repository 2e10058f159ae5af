"""What came to a case's mailbox and cannot be shown to be from its reporter: kept apart.

Recipients are public, so anybody who knows a mailbox can seal something to the desks. What
carries no tag of the report's key stays a sealed original: in no journal, no conversation, no
coding. A person may look at each, one at a time, on a page of its own.
"""

from __future__ import annotations

from typing import Final

from safelight.casework.folding import CaseNow
from safelight.casework.inbox import NOT_PROVEN
from safelight.casework.models import EnvelopeState, ReceivedEnvelope

# Somebody may send thousands; the page stays a page, and says how many there are.
SHOWN: Final = 20


def unproven_in(now: CaseNow) -> tuple[int, list[ReceivedEnvelope]]:
    """Return how many there are for a case, and the newest of them."""
    if not now.mailbox or now.state in {"locked", "withdrawn"}:
        return 0, []
    found = ReceivedEnvelope.objects.filter(
        mailbox=now.mailbox, state=EnvelopeState.SET_ASIDE, reason=NOT_PROVEN
    )
    # A colleague's desk may have had the report that proves one.
    found = found.exclude(digest__in=[turn.key for turn in now.conversation])
    return found.count(), list(found.order_by("-received_on", "digest")[:SHOWN])


def one_unproven(now: CaseNow, digest: str) -> ReceivedEnvelope | None:
    """Return one of them by its digest, or None."""
    if not unproven_in(now)[0]:
        return None
    return ReceivedEnvelope.objects.filter(
        digest=digest, mailbox=now.mailbox, state=EnvelopeState.SET_ASIDE, reason=NOT_PROVEN
    ).first()
