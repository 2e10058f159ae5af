"""Propose, audit, approve, publish: each step and its journal entry in one transaction."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

from safelight.journal import chain
from safelight.release.audit import AuditReport, audit
from safelight.release.counts import ReleaseError
from safelight.release.document import document_digest, release_document
from safelight.release.draft import Draft, draft_from_bytes, draft_to_bytes
from safelight.release.models import Proposal, Reviewer
from safelight.release.proposal import (
    ProposalState,
    check_move,
    check_pseudonym,
    check_second_person,
)

SHORTEST_PASSPHRASE: Final = 12
# About 50 ms and 16 MiB. The database is encrypted already; this keeps a colleague at the
# unlocked desk from reading off a reviewer's passphrase.
_SCRYPT: Final[Mapping[str, int]] = {"n": 2**14, "r": 8, "p": 1, "dklen": 32}


@dataclass(frozen=True)
class Reviewed:
    """A proposal with its draft and the very bytes that would be published."""

    proposal: Proposal
    draft: Draft
    document: bytes


def open_proposal(proposal_id: str) -> Reviewed:
    """The only way to a proposal. Raises ReleaseError where there is none, or it was altered."""
    found = Proposal.objects.filter(proposal_id=proposal_id).first()
    if found is None:
        raise ReleaseError(
            _("there is no such release on this desk; go back to the list of numbers")
        )
    draft = draft_from_bytes(bytes(found.draft))
    document = release_document(draft)
    if document_digest(document) != found.document_sha256:
        raise ReleaseError(
            _(
                "this release no longer gives the bytes that were proposed (the program or the "
                "vocabulary has changed since); propose the numbers again"
            )
        )
    return Reviewed(found, draft, document)


def propose(draft: Draft, *, by: str) -> Proposal:
    """Store a draft as a proposal and audit it at once; PROPOSED is where a failed audit ends."""
    document = release_document(draft)
    with transaction.atomic():
        proposal = Proposal.objects.create(
            proposal_id=secrets.token_hex(8),
            state=ProposalState.PROPOSED,
            draft=draft_to_bytes(draft),
            document_sha256=document_digest(document),
            proposed_on=datetime.now(tz=UTC).date(),
            proposed_by=by,
        )
        _note(
            "release.proposed",
            proposal,
            by=by,
            lists=[part.statement.list_id for part in draft.lists],
            threshold=draft.rule.threshold,
            width=draft.rule.width,
        )
        _audited(proposal, audit(draft))
    return proposal


def _audited(proposal: Proposal, report: AuditReport) -> None:
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
    _note(
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


def _check_reviewer(name: str, passphrase: str) -> None:
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
    with transaction.atomic():
        proposal = open_proposal(proposal_id).proposal
        check_move(ProposalState(proposal.state), ProposalState.APPROVED)
        check_second_person(proposed_by=proposal.proposed_by, reviewer=reviewer)
        _check_reviewer(reviewer, passphrase)
        if document_sha256 != proposal.document_sha256:
            raise ReleaseError(
                _("what was looked at is not what would be approved; open the page again and look")
            )
        proposal.reviewed_by = reviewer
        _move(proposal, ProposalState.APPROVED)
        proposal.save()
        _note("release.approved", proposal, by=reviewer)
    return proposal


def turn_down(proposal_id: str, *, by: str) -> Proposal:
    """Put a proposal away for good; anybody at the desk may, at any time before publication."""
    with transaction.atomic():
        proposal = open_proposal(proposal_id).proposal
        _move(proposal, ProposalState.TURNED_DOWN)
        proposal.save()
        _note("release.turned-down", proposal, by=by)
    return proposal


def publish(
    proposal_id: str, *, by: str, hand_over: Callable[[bytes], object] | None = None
) -> bytes:
    """Mark an approved release as published and return its document.

    `hand_over` receives the document inside the transaction: where it raises, nothing was
    published and the journal says nothing of it.
    """
    with transaction.atomic():
        found = open_proposal(proposal_id)
        _move(found.proposal, ProposalState.PUBLISHED)
        found.proposal.save()
        _note("release.published", found.proposal, by=by, reviewer=found.proposal.reviewed_by)
        if hand_over is not None:
            hand_over(found.document)
    return found.document


def _move(proposal: Proposal, to: ProposalState) -> None:
    check_move(ProposalState(proposal.state), to)
    proposal.state = to


def _note(kind: str, proposal: Proposal, **facts: Any) -> None:
    body = {"document_sha256": proposal.document_sha256, **facts}
    chain.append(kind, body, subject=proposal.proposal_id)
