"""From proposal to publication: states, the second person, the journal."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from safelight.release.counts import ReleaseError
from safelight.release.document import document_digest, release_document
from safelight.release.proposal import (
    NEXT,
    ProposalState,
    check_move,
    check_pseudonym,
    check_second_person,
)
from tests.release.tables import usual_draft, usual_list
from tests.support.desk import TestDesk

WORDS = "four words in a row"
METHOD = Path(__file__).resolve().parents[2] / "docs" / "methods" / "disclosure.md"


def test_every_state_is_in_the_table_and_can_be_reached() -> None:
    assert set(NEXT) == set(ProposalState)
    reached = {ProposalState.PROPOSED}.union(*NEXT.values())
    assert reached == set(ProposalState)


def test_the_drawing_in_the_method_page_is_the_table() -> None:
    drawn = re.findall(r"^ +(\S+) --> (\S+)$", METHOD.read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(drawn) == sorted(
        (now.value, to.value) for now, moves in NEXT.items() for to in moves
    )


@pytest.mark.parametrize("now", ProposalState)
@pytest.mark.parametrize("to", ProposalState)
def test_only_moves_of_the_table_are_made(now: ProposalState, to: ProposalState) -> None:
    if to in NEXT[now]:
        check_move(now, to)
    else:
        with pytest.raises(ReleaseError, match="cannot become"):
            check_move(now, to)


def test_nobody_approves_what_they_proposed() -> None:
    check_second_person(proposed_by="desk-1", reviewer="second-eyes")
    with pytest.raises(ReleaseError, match="ask a second person"):
        check_second_person(proposed_by="desk-1", reviewer="desk-1")


@pytest.mark.parametrize("name", ["", "A", "x", "someone@example.org", "имя", "a" * 33, "-a"])
def test_a_reviewer_goes_by_a_pseudonym(name: str) -> None:
    assert check_pseudonym("second-eyes")
    with pytest.raises(ReleaseError, match="pseudonym") as refused:
        check_pseudonym(name)
    assert name == "" or len(name) < 2 or name not in str(refused.value)


def _kinds() -> list[str]:
    from safelight.journal import chain

    return [entry.kind for entry in chain.entries() if entry.kind.startswith("release.")]


def test_the_whole_way_with_its_journal(desk: TestDesk) -> None:
    from safelight.release import review

    draft = usual_draft()
    proposal = review.propose(draft, by="desk-1")
    assert proposal.state == ProposalState.AUDITED
    review.enrol_reviewer("second-eyes", WORDS)
    digest = document_digest(release_document(draft))
    review.approve(
        proposal.proposal_id, reviewer="second-eyes", passphrase=WORDS, document_sha256=digest
    )
    handed_over: list[bytes] = []
    document = review.publish(proposal.proposal_id, by="desk-1", hand_over=handed_over.append)
    assert handed_over == [document] == [release_document(draft)]
    assert _kinds() == [
        "release.proposed",
        "release.audited",
        "release.reviewer-enrolled",
        "release.approved",
        "release.published",
    ]
    found = review.open_proposal(proposal.proposal_id).proposal
    assert (found.state, found.reviewed_by) == (ProposalState.PUBLISHED, "second-eyes")


def test_a_draft_that_fails_its_audit_cannot_be_approved(desk: TestDesk) -> None:
    from safelight.release import review

    part = usual_list()
    bare = replace(part, hidden={name: why for name, why in part.hidden.items() if len(name) != 2})
    review.enrol_reviewer("second-eyes", WORDS)
    proposal = review.propose(usual_draft(bare), by="desk-1")
    assert proposal.state == ProposalState.PROPOSED
    assert {problem["finding"] for problem in proposal.audit["problems"]} >= {
        "small-cell-published"
    }
    with pytest.raises(ReleaseError, match="cannot become approved"):
        review.approve(
            proposal.proposal_id,
            reviewer="second-eyes",
            passphrase=WORDS,
            document_sha256=proposal.document_sha256,
        )


def test_what_was_not_approved_is_not_published(desk: TestDesk) -> None:
    from safelight.release import review

    proposal = review.propose(usual_draft(), by="desk-1")
    with pytest.raises(ReleaseError, match="audited cannot become published"):
        review.publish(proposal.proposal_id, by="desk-1")
    assert "release.published" not in _kinds()


def test_a_publication_that_cannot_be_written_leaves_the_release_approved(desk: TestDesk) -> None:
    from safelight.release import review

    def disk_full(_: bytes) -> None:
        raise OSError(28, "no space left")

    proposal = review.propose(usual_draft(), by="desk-1")
    review.enrol_reviewer("second-eyes", WORDS)
    review.approve(
        proposal.proposal_id,
        reviewer="second-eyes",
        passphrase=WORDS,
        document_sha256=proposal.document_sha256,
    )
    with pytest.raises(OSError, match="no space left"):
        review.publish(proposal.proposal_id, by="desk-1", hand_over=disk_full)
    found = review.open_proposal(proposal.proposal_id).proposal
    assert found.state == ProposalState.APPROVED
    assert "release.published" not in _kinds()


def test_turned_down_is_the_end(desk: TestDesk) -> None:
    from safelight.release import review

    proposal = review.propose(usual_draft(), by="desk-1")
    review.turn_down(proposal.proposal_id, by="desk-1", reason="not-needed")
    with pytest.raises(ReleaseError, match="propose a new one"):
        review.turn_down(proposal.proposal_id, by="desk-1", reason="not-needed")


def test_a_draft_altered_in_the_database_is_noticed(desk: TestDesk) -> None:
    from safelight.release import review
    from safelight.release.draft import draft_to_bytes
    from safelight.release.models import Proposal

    proposal = review.propose(usual_draft(), by="desk-1")
    other = draft_to_bytes(usual_draft(simulated=True))
    Proposal.objects.filter(proposal_id=proposal.proposal_id).update(draft=other)
    with pytest.raises(ReleaseError, match="no longer gives the bytes"):
        review.open_proposal(proposal.proposal_id)


def test_a_draft_of_an_earlier_vocabulary_gives_the_bytes_that_were_approved() -> None:
    """Or nobody could correct or withdraw what was published before a version was raised."""
    import json

    from safelight.release.document import release_document
    from safelight.release.draft import draft_from_bytes, draft_to_bytes
    from tests.release.tables import usual_draft

    stored = json.loads(draft_to_bytes(usual_draft()))
    assert draft_from_bytes(json.dumps(stored).encode()).vocabulary_version == "1.1"
    del stored["vocabulary_version"]
    before = draft_from_bytes(json.dumps(stored).encode())
    assert json.loads(release_document(before))["vocabulary_version"] == "1.0"
