"""The way of a release from proposal to publication: states, moves and the second person.

Pure: who may do what, in which state. `review` does it, with the database and journal.
The table is drawn in docs/methods/disclosure.md; a test holds drawing and table together.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from safelight.release.counts import ReleaseError


class ProposalState(StrEnum):
    PROPOSED = "proposed"
    AUDITED = "audited"
    APPROVED = "approved"
    PUBLISHED = "published"
    TURNED_DOWN = "turned-down"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"


class MoveReason(StrEnum):
    """Why a release was turned down, corrected or withdrawn: closed codes, never sentences."""

    NUMBERS_WRONG = "numbers-wrong"
    SAYS_TOO_MUCH = "says-too-much"
    NOT_NEEDED = "not-needed"
    CODING_CORRECTED = "coding-corrected"
    LATE_REPORTS = "late-reports"
    LIST_CORRECTED = "list-corrected"
    CONSENT_WITHDRAWN = "consent-withdrawn"
    DANGER = "danger-to-somebody"


REASONS: Final[Mapping[ProposalState, tuple[MoveReason, ...]]] = {
    ProposalState.TURNED_DOWN: (
        MoveReason.NUMBERS_WRONG,
        MoveReason.SAYS_TOO_MUCH,
        MoveReason.NOT_NEEDED,
    ),
    ProposalState.CORRECTED: (
        MoveReason.CODING_CORRECTED,
        MoveReason.LIST_CORRECTED,
        MoveReason.LATE_REPORTS,
        MoveReason.CONSENT_WITHDRAWN,
    ),
    ProposalState.WITHDRAWN: (
        MoveReason.NUMBERS_WRONG,
        MoveReason.SAYS_TOO_MUCH,
        MoveReason.CONSENT_WITHDRAWN,
        MoveReason.DANGER,
    ),
}


NEXT: Final[Mapping[ProposalState, frozenset[ProposalState]]] = {
    ProposalState.PROPOSED: frozenset({ProposalState.AUDITED, ProposalState.TURNED_DOWN}),
    ProposalState.AUDITED: frozenset({ProposalState.APPROVED, ProposalState.TURNED_DOWN}),
    ProposalState.APPROVED: frozenset({ProposalState.PUBLISHED, ProposalState.TURNED_DOWN}),
    ProposalState.PUBLISHED: frozenset({ProposalState.CORRECTED, ProposalState.WITHDRAWN}),
    ProposalState.TURNED_DOWN: frozenset(),
    ProposalState.CORRECTED: frozenset(),
    ProposalState.WITHDRAWN: frozenset(),
}

# A pseudonym, as for coders: the journal and this table hold no names.
_PSEUDONYM: Final = re.compile(r"[a-z0-9][a-z0-9-]{1,31}")


def check_pseudonym(untrusted: str) -> str:
    if not _PSEUDONYM.fullmatch(untrusted):
        raise ReleaseError(
            "a reviewer goes by a pseudonym of 2 to 32 characters a-z, 0-9 and -, got another form"
        )
    return untrusted


def check_move(now: ProposalState, to: ProposalState) -> None:
    """Raise ReleaseError unless the table has this move."""
    if to not in NEXT[now]:
        raise ReleaseError(
            f"a release that is {now.value} cannot become {to.value}; "
            + (
                f"next comes {' or '.join(sorted(NEXT[now]))}"
                if NEXT[now]
                else "this is its last state, propose a new one"
            )
        )


def check_second_person(*, proposed_by: str, reviewer: str) -> None:
    """Two people stand behind every release: nobody approves what they proposed."""
    if proposed_by == reviewer:
        raise ReleaseError(
            "whoever proposed a release cannot approve it; ask a second person to review it"
        )


def check_reason(to: ProposalState, untrusted: str) -> MoveReason:
    """Return the reason, or raise ReleaseError unless it is one of those for this move."""
    for reason in REASONS[to]:
        if reason.value == untrusted:
            return reason
    raise ReleaseError(
        f"to become {to.value} a release needs a reason: expected one of "
        + ", ".join(reason.value for reason in REASONS[to])
    )
