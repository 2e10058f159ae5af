"""Threat: own-approval: one person alone publishes numbers, by approving their own proposal, by
another's name, or by getting something else approved than what the reviewer looked at.
"""

from __future__ import annotations

import pytest

from safelight.release.counts import ReleaseError
from tests.release.tables import usual_draft
from tests.support.desk import TestDesk, desk

__all__ = ["desk"]
WORDS = "four words in a row"


def _approve(proposal_id: str, digest: str, *, reviewer: str, passphrase: str) -> None:
    from safelight.release import review

    review.approve(proposal_id, reviewer=reviewer, passphrase=passphrase, document_sha256=digest)


@pytest.mark.parametrize(
    ("reviewer", "passphrase", "message"),
    [
        ("analyst", WORDS, "cannot approve it; ask a second person"),
        ("second-eyes", "some other words", "do not belong together"),
        ("somebody-else", WORDS, "do not belong together"),
        ("", "", "do not belong together"),
    ],
)
def test_without_a_second_person_nothing_is_approved(
    desk: TestDesk, reviewer: str, passphrase: str, message: str
) -> None:
    from safelight.release import review

    review.enrol_reviewer("analyst", WORDS)
    review.enrol_reviewer("second-eyes", WORDS)
    proposal = review.propose(usual_draft(), by="analyst")
    with pytest.raises(ReleaseError, match=message):
        _approve(
            proposal.proposal_id,
            proposal.document_sha256,
            reviewer=reviewer,
            passphrase=passphrase,
        )
    assert review.open_proposal(proposal.proposal_id).proposal.state == "audited"
    _approve(
        proposal.proposal_id, proposal.document_sha256, reviewer="second-eyes", passphrase=WORDS
    )
    assert review.open_proposal(proposal.proposal_id).proposal.state == "approved"


def test_the_desk_cannot_enrol_itself_as_its_reviewer(desk: TestDesk) -> None:
    from safelight.release import review

    with pytest.raises(ReleaseError, match="second person"):
        review.enrol_reviewer("desk-1", WORDS)
    with pytest.raises(ReleaseError, match="12 characters or more"):
        review.enrol_reviewer("second-eyes", "short")
    review.enrol_reviewer("second-eyes", WORDS)
    with pytest.raises(ReleaseError, match="enrolled already"):
        review.enrol_reviewer("second-eyes", "quite other words")  # would replace the real one


def test_enrolling_is_on_the_record(desk: TestDesk) -> None:
    from safelight.journal import chain
    from safelight.release import review

    review.enrol_reviewer("second-eyes", WORDS)
    kinds = [entry.kind for entry in chain.entries(subject="second-eyes")]
    assert kinds == ["release.reviewer-enrolled"]


def test_only_the_document_that_was_looked_at_is_approved(desk: TestDesk) -> None:
    from safelight.release import review

    review.enrol_reviewer("second-eyes", WORDS)
    looked_at = review.propose(usual_draft(), by="desk-1")
    other = review.propose(usual_draft(simulated=True), by="desk-1")
    with pytest.raises(ReleaseError, match="not what would be approved"):
        _approve(
            other.proposal_id,
            looked_at.document_sha256,
            reviewer="second-eyes",
            passphrase=WORDS,
        )
