"""Propose, audit, approve, publish, and what may follow: each step and its journal entry in one
transaction. Releases with noise are proposed by `noisy_review`, which spends first; from
then on they go the same way.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from safelight.journal import chain
from safelight.release.audit import AuditReport, Earlier, audit
from safelight.release.counts import ReleaseError
from safelight.release.document import document_digest, release_document
from safelight.release.draft import Draft, draft_from_bytes, draft_to_bytes
from safelight.release.ledger import read_ledger
from safelight.release.models import Proposal, Reviewer
from safelight.release.noise.audit import audit_noisy
from safelight.release.noise.document import noisy_document
from safelight.release.noise.noisy_table import NoisyDraft
from safelight.release.noise.store import noisy_from_bytes
from safelight.release.noting import note, stored
from safelight.release.proposal import (
    NEXT,
    MoveReason,
    ProposalState,
    check_move,
    check_pseudonym,
    check_reason,
    check_second_person,
)
from safelight.release.revisions import revision_log
from safelight.release.second_person import (
    approval_by_another,
    require_alone,
    reviewers,
    turned_down_by_another,
)

SUPPRESSION, NOISE = "suppression", "noise"
SHORTEST_PASSPHRASE: Final = 12
# About 50 ms and 16 MiB. The database is encrypted already; this keeps a colleague at the
# unlocked desk from reading off a reviewer's passphrase.
_SCRYPT: Final[Mapping[str, int]] = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}


@dataclass(frozen=True)
class Reviewed:
    """A proposal with its draft and the very bytes that would be published."""

    proposal: Proposal
    draft: Draft | NoisyDraft
    document: bytes


def drafted(proposal: Proposal) -> Draft | NoisyDraft:
    """The draft as it is stored, by the method of the release."""
    stored = bytes(proposal.draft)
    return noisy_from_bytes(stored) if proposal.method == NOISE else draft_from_bytes(stored)


def document_of(draft: Draft | NoisyDraft) -> bytes:
    """The release document of either kind."""
    return noisy_document(draft) if isinstance(draft, NoisyDraft) else release_document(draft)


def earlier_releases(*, but: str = "") -> Earlier:
    """Every release that ever went out from this desk, whatever became of it."""
    out = Proposal.objects.filter(published_on__isnull=False).exclude(proposal_id=but)
    drafts = [drafted(proposal) for proposal in out]
    return Earlier(
        tuple(draft for draft in drafts if isinstance(draft, Draft)),
        tuple(draft for draft in drafts if isinstance(draft, NoisyDraft)),
    )


def open_proposal(proposal_id: str) -> Reviewed:
    """The only way to a proposal. Raises ReleaseError where there is none, or it was altered."""
    found = Proposal.objects.filter(proposal_id=proposal_id).first()
    if found is None:
        raise ReleaseError(
            _("there is no such release on this desk; go back to the list of numbers")
        )
    _follow_journal(found)
    draft = drafted(found)
    document = document_of(draft)
    if document_digest(document) != found.document_sha256:
        raise ReleaseError(
            _(
                "this release no longer gives the bytes that were proposed (the program or the "
                "vocabulary has changed since); propose the numbers again"
            )
        )
    return Reviewed(found, draft, document)


def _follow_journal(proposal: Proposal) -> None:
    """Bring the table to what colleagues decided in the journal; nothing on a desk alone."""
    state = ProposalState(proposal.state)
    if ProposalState.TURNED_DOWN not in NEXT[state] or reviewers() is None:
        return
    desk, reason = turned_down_by_another(proposal.proposal_id)
    if desk:
        _move(proposal, ProposalState.TURNED_DOWN)
        proposal.ended_because = reason
        proposal.reviewed_by = desk
        proposal.save()
        return
    approved_by = _approved_by(proposal) if state is ProposalState.AUDITED else ""
    if approved_by:
        proposal.reviewed_by = approved_by
        _move(proposal, ProposalState.APPROVED)
        proposal.save()


def _approved_by(proposal: Proposal) -> str:
    return approval_by_another(
        proposal.proposal_id, proposal.document_sha256, proposed_by=proposal.proposed_by
    )


def follow_colleagues() -> None:
    """Bring every proposal that waits to what colleagues decided."""
    waiting = [state for state in ProposalState if ProposalState.TURNED_DOWN in NEXT[state]]
    with transaction.atomic():
        for proposal in Proposal.objects.filter(state__in=waiting).defer("draft"):
            _follow_journal(proposal)


def propose(draft: Draft, *, by: str, corrects: str = "", reason: str = "") -> Proposal:
    """Store a draft as a proposal and audit it at once; PROPOSED is where a failed audit ends.

    `corrects`: the proposal it will replace once it is published, with the `reason` why.
    """
    with transaction.atomic():
        why = check_correction(corrects, reason)
        if why:
            draft = replace(draft, revisions=revision_log(draft.as_of, reason=MoveReason(why)))
        proposal = stored(
            secrets.token_hex(8),
            draft_to_bytes(draft),
            release_document(draft),
            method=SUPPRESSION,
            by=by,
            corrects=corrects,
            reason=why,
            lists=[part.statement.list_id for part in draft.lists],
            threshold=draft.rule.threshold,
            width=draft.rule.width,
        )
        note_audit(proposal, audit(draft, earlier=earlier_releases(), ledger=read_ledger()))
    return proposal


def check_correction(corrects: str, reason: str) -> str:
    """Return the reason's code; "" for a release that corrects nothing."""
    if not corrects:
        return ""
    why = check_reason(ProposalState.CORRECTED, reason)
    check_move(ProposalState(open_proposal(corrects).proposal.state), ProposalState.CORRECTED)
    return why.value


def note_audit(proposal: Proposal, report: AuditReport) -> None:
    """Write down what the audit found; a release that passed becomes AUDITED."""
    proposal.audit = {
        "problems": [
            {"finding": problem.finding.value, "list": problem.list_id}
            for problem in report.problems
        ],
        "published": report.published,
        "hidden": report.hidden,
        "narrowest": report.narrowest,
    }
    if report.passed:
        _move(proposal, ProposalState.AUDITED)
    proposal.save()
    note(
        "release.audited",
        proposal,
        passed=report.passed,
        findings=sorted({problem.finding.value for problem in report.problems}),
        published=report.published,
        hidden=report.hidden,
    )


def enrol_reviewer(name: str, passphrase: str) -> None:
    """Enter a second person. An entry in the journal shows that, and when, it was done."""
    check_pseudonym(name)
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise ReleaseError(
            _(
                "a reviewer's passphrase has %(shortest)d characters or more; "
                "a few words in a row are easy to remember"
            )
            % {"shortest": SHORTEST_PASSPHRASE}
        )
    if name == chain.desk_key().desk:
        raise ReleaseError(_("this is the desk's own name; a reviewer is a second person"))
    with transaction.atomic():
        if Reviewer.objects.filter(name=name).exists():
            raise ReleaseError(
                _("a reviewer of this name is enrolled already; choose another name")
            )
        salt = secrets.token_bytes(16)
        Reviewer.objects.create(name=name, salt=salt, digest=_digest(passphrase, salt))
        chain.append("release.reviewer-enrolled", {"reviewer": name}, subject=name)


def _digest(passphrase: str, salt: bytes) -> bytes:
    return hashlib.scrypt(passphrase.encode(), salt=salt, **_SCRYPT)


def check_reviewer(name: str, passphrase: str) -> None:
    """Raise ReleaseError unless this second person is there with their passphrase."""
    reviewer = Reviewer.objects.filter(name=name).first()
    # Work as long for a name that nobody has, so that time tells no names.
    salt = bytes(reviewer.salt) if reviewer else bytes(16)
    known = bytes(reviewer.digest) if reviewer else bytes(32)
    if not hmac.compare_digest(_digest(passphrase, salt), known):
        raise ReleaseError(
            _(
                "the reviewer's name and passphrase do not belong together; "
                "check the keyboard layout and Caps Lock, and try again"
            )
        )


def approve(proposal_id: str, *, reviewer: str, passphrase: str, document_sha256: str) -> Proposal:
    """Approve the very document the reviewer has looked at, as a second person."""
    require_alone()
    with transaction.atomic():
        proposal = open_proposal(proposal_id).proposal
        check_move(ProposalState(proposal.state), ProposalState.APPROVED)
        check_second_person(proposed_by=proposal.proposed_by, reviewer=reviewer)
        check_reviewer(reviewer, passphrase)
        if document_sha256 != proposal.document_sha256:
            raise ReleaseError(
                _("what was looked at is not what would be approved; open the page again and look")
            )
        proposal.reviewed_by = reviewer
        _move(proposal, ProposalState.APPROVED)
        proposal.save()
        note("release.approved", proposal, by=reviewer)
    return proposal


def turn_down(proposal_id: str, *, by: str, reason: str) -> Proposal:
    """Put a proposal away for good; anybody at the desk may, at any time before publication."""
    return _ended(proposal_id, ProposalState.TURNED_DOWN, "release.turned-down", by, reason)


def withdraw(proposal_id: str, *, by: str, reason: str) -> Proposal:
    """Say that a published release no longer stands. One person may: it must be quick.

    What was copied cannot be called back, and later releases are audited against it still.
    """
    return _ended(proposal_id, ProposalState.WITHDRAWN, "release.withdrawn", by, reason)


def audit_now(found: Reviewed) -> AuditReport:
    """Attack a release with everything that went out by now, itself excepted."""
    if isinstance(found.draft, NoisyDraft):
        return audit_noisy(
            found.draft,
            proposal_id=found.proposal.proposal_id,
            ledger=read_ledger(),
            earlier=earlier_releases(but=found.proposal.proposal_id).noisy,
        )
    return audit(
        found.draft,
        earlier=earlier_releases(but=found.proposal.proposal_id),
        ledger=read_ledger(),
    )


def audit_again(proposal_id: str) -> tuple[Proposal, AuditReport]:
    """Audit once more and write it down; a release that failed before may pass now."""
    with transaction.atomic():
        found = open_proposal(proposal_id)
        if ProposalState(found.proposal.state) is not ProposalState.PROPOSED:
            return found.proposal, audit_now(found)
        report = audit_now(found)
        note_audit(found.proposal, report)
    return found.proposal, report


def _refuse_if_stale(found: Reviewed) -> None:
    # Two proposals may have been audited side by side: what one of them gives away together with
    # the other shows only once the other is out.
    report = audit_now(found)
    if not report.passed:
        raise ReleaseError(
            _(
                "another release went out since this one was audited, and together they give "
                "something away; turn this one down and propose again: %(why)s"
            )
            % {"why": "; ".join(sorted({problem.detail for problem in report.problems}))}
        )


def _ended(proposal_id: str, to: ProposalState, kind: str, by: str, reason: str) -> Proposal:
    with transaction.atomic():
        proposal = open_proposal(proposal_id).proposal
        check_move(ProposalState(proposal.state), to)
        _end(proposal, to, kind, by=by, reason=check_reason(to, reason))
    return proposal


def _end(
    proposal: Proposal, to: ProposalState, kind: str, *, by: str, reason: MoveReason, **facts: Any
) -> None:
    _move(proposal, to)
    proposal.ended_because = reason.value
    proposal.save()
    note(kind, proposal, by=by, reason=reason.value, **facts)


def publish(
    proposal_id: str, *, by: str, hand_over: Callable[[bytes], object] | None = None
) -> bytes:
    """Mark an approved release as published and return its document.

    A release that it corrects becomes CORRECTED with it. `hand_over` receives the document
    inside the transaction: where it raises, nothing was published and the journal says
    nothing of it.
    """
    with transaction.atomic():
        found = open_proposal(proposal_id)
        proposal = found.proposal
        if reviewers() is not None and not _approved_by(proposal):
            require_alone()  # approved by a passphrase before there was a team: a promise only
        _move(proposal, ProposalState.PUBLISHED)
        _refuse_if_stale(found)
        proposal.published_on = datetime.now(tz=UTC).date()
        proposal.published_number = 1 + Proposal.objects.exclude(published_on=None).count()
        proposal.save()
        note("release.published", proposal, by=by, reviewer=proposal.reviewed_by)
        if proposal.corrects:
            _end(
                open_proposal(proposal.corrects).proposal,
                ProposalState.CORRECTED,
                "release.corrected",
                by=by,
                reason=MoveReason(proposal.reason),
                corrected_by=proposal.proposal_id,
            )
        if hand_over is not None:
            hand_over(found.document)
    return found.document


def _move(proposal: Proposal, to: ProposalState) -> None:
    check_move(ProposalState(proposal.state), to)
    proposal.state = to
