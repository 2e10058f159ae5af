"""A proposal comes into being, and each entry about one: the same for every method."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from safelight.journal import chain
from safelight.release.document import document_digest
from safelight.release.models import Proposal
from safelight.release.proposal import ProposalState
from safelight.release.second_person import share_document


def stored(
    proposal_id: str,
    draft: bytes,
    document: bytes,
    *,
    method: str,
    by: str,
    corrects: str,
    reason: str,
    **facts: Any,
) -> Proposal:
    """Store a proposal, with its entry and what colleagues see, in the caller's transaction.

    `facts` stand in the entry: what whoever approves would ask about this method.
    """
    proposal = Proposal.objects.create(
        proposal_id=proposal_id,
        state=ProposalState.PROPOSED,
        method=method,
        draft=draft,
        document_sha256=document_digest(document),
        proposed_on=datetime.now(tz=UTC).date(),
        proposed_by=by,
        corrects=corrects,
        reason=reason,
    )
    why = {"by": by, "method": method, "corrects": corrects, "reason": reason}
    note("release.proposed", proposal, **why, **facts)
    share_document(proposal_id, document)
    return proposal


def note(kind: str, proposal: Proposal, **facts: Any) -> None:
    """Append an entry about a proposal, inside the caller's transaction."""
    body = {"document_sha256": proposal.document_sha256, **facts}
    chain.append(kind, body, subject=proposal.proposal_id)
