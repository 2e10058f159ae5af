"""Threat: second-person-under-two-names: one person at one desk proposes a release or a budget,
enrols a second name there and approves both. In a team only another desk's key counts, that of
a reviewer whom the root key named; on a desk alone every page says that it is a promise.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from safelight.casework.team.roles import Role, RoleError
from safelight.release.counts import ReleaseError
from tests.casework.team.real_team import Team, team_in
from tests.release.noisy import INCIDENT, ONE
from tests.release.tables import usual_draft
from tests.support.desk import TestDesk, desk

__all__ = ["desk"]
WORDS = "four words in a row"


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    """An analyst's desk, a reviewer's, and one that is both."""
    with team_in(tmp_path) as made:
        made.given_roles((Role.ANALYST, Role.REVIEWER), (Role.REVIEWER,), (Role.CASEWORKER,))
        yield made


def proposed() -> Any:
    from safelight.release import review

    return review.propose(usual_draft(), by="desk-1")


def entry_of(kind: str, body: dict[str, Any], subject: str) -> Any:
    """What a changed program on this desk would write past every check."""
    from django.db import transaction

    from safelight.journal import chain

    with transaction.atomic():
        return chain.append(kind, body, subject=subject)


def test_a_second_name_on_the_same_desk_approves_nothing_in_a_team(team: Team) -> None:
    from safelight.release import review

    review.enrol_reviewer("second-eyes", WORDS)
    proposal = proposed()
    with pytest.raises(ReleaseError, match="the second person signs at a desk of their own"):
        review.approve(
            proposal.proposal_id,
            reviewer="second-eyes",
            passphrase=WORDS,
            document_sha256=proposal.document_sha256,
        )
    # Past the check, with the key of the desk that proposed: it is the same key.
    body = {"document_sha256": proposal.document_sha256, "by": "second-eyes"}
    entry_of("release.approved", body, proposal.proposal_id)
    assert review.open_proposal(proposal.proposal_id).proposal.state == "audited"
    # And with the table changed as well: publishing asks the journal again.
    proposal.state, proposal.reviewed_by = "approved", "second-eyes"
    proposal.save()
    with pytest.raises(ReleaseError, match="the second person signs at a desk of their own"):
        review.publish(proposal.proposal_id, by="desk-1")


def test_another_desk_s_key_approves_exactly_what_it_read(team: Team) -> None:
    from safelight.release import review
    from safelight.release.second_person import approve_for_colleague, of_colleagues

    proposal = proposed()
    document = review.open_proposal(proposal.proposal_id).document
    team.exchange(0)
    team.exchange(1)
    (found,) = of_colleagues()
    assert (found.desk, found.document) == ("desk-1", document)
    with pytest.raises(ReleaseError, match="what was looked at is not what would be approved"):
        approve_for_colleague(found.proposal_id, document_sha256="0" * 64)
    approve_for_colleague(found.proposal_id, document_sha256=found.document_sha256)
    with pytest.raises(ReleaseError, match="decided on already"):
        approve_for_colleague(found.proposal_id, document_sha256=found.document_sha256)
    team.exchange(1)
    team.exchange(0)
    approved = review.open_proposal(proposal.proposal_id).proposal
    assert (approved.state, approved.reviewed_by) == ("approved", "desk-2")
    assert review.publish(proposal.proposal_id, by="desk-1") == document


def test_a_colleague_without_the_role_is_refused_and_passed_over(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.release import review
    from safelight.release.second_person import approve_for_colleague, of_colleagues

    proposal = proposed()
    team.exchange(0)
    team.exchange(2)
    (found,) = of_colleagues()
    with pytest.raises(RoleError):
        approve_for_colleague(found.proposal_id, document_sha256=found.document_sha256)
    monkeypatch.setattr("safelight.journal.chain._check_may_write", lambda kind: None)
    approve_for_colleague(found.proposal_id, document_sha256=found.document_sha256)
    monkeypatch.undo()
    team.exchange(2)
    team.exchange(0)
    assert review.open_proposal(proposal.proposal_id).proposal.state == "audited"


def test_a_colleague_turns_it_down_with_a_reason(team: Team) -> None:
    from safelight.release import review
    from safelight.release.second_person import turn_down_for_colleague

    proposal = proposed()
    team.exchange(0)
    team.exchange(1)
    turn_down_for_colleague(proposal.proposal_id, reason="says-too-much")
    team.exchange(1)
    team.exchange(0)
    found = review.open_proposal(proposal.proposal_id).proposal
    assert (found.state, found.ended_because) == ("turned-down", "says-too-much")


def test_a_budget_counts_once_two_desks_signed_it(team: Team) -> None:
    from safelight.release.budget import Budget
    from safelight.release.ledger import (
        BUDGET_PROPOSED,
        BUDGET_SET,
        SUBJECT,
        agree_budget,
        propose_budget,
        read_ledger,
        waiting_budget,
    )
    from safelight.release.noise.review import set_budget
    from safelight.release.review import enrol_reviewer

    enrol_reviewer("second-eyes", WORDS)
    with pytest.raises(ReleaseError, match="the second person signs at a desk of their own"):
        set_budget(INCIDENT, ONE, reviewer="second-eyes", passphrase=WORDS)
    propose_budget(Budget(INCIDENT, ONE))
    waiting = waiting_budget()
    assert waiting is not None
    with pytest.raises(ReleaseError, match="not by the desk itself"):
        agree_budget(*waiting[:2])
    limit = {"measure": "pure", "amount": "1", "unit": "incident", "contributions": 1}
    own = {"proposed_by": waiting[0], "proposed_seq": waiting[1]}
    entry_of(BUDGET_SET, {**limit, "reviewer": "second-eyes"}, SUBJECT)  # as a desk alone did
    entry_of(BUDGET_SET, {**limit, **own}, SUBJECT)  # agreed to by itself
    assert read_ledger().budget is None
    team.exchange(0)
    team.exchange(1)
    # Another amount than was proposed is not what the other desk signed.
    entry_of(BUDGET_SET, {**limit, "amount": "3", **own}, SUBJECT)
    # Nor does anything that cannot be read close the ledger.
    entry_of(BUDGET_SET, {"amount": [], **own}, SUBJECT)
    assert read_ledger().budget is None
    agree_budget(*waiting[:2])
    assert read_ledger().budget == Budget(INCIDENT, ONE)
    team.exchange(1)
    team.exchange(0)
    assert read_ledger().budget == Budget(INCIDENT, ONE)
    assert waiting_budget() is None
    entry_of(BUDGET_PROPOSED, {"amount": "x"}, SUBJECT)
    assert waiting_budget() is None


def test_a_limit_that_was_agreed_to_once_is_not_agreed_to_again(team: Team) -> None:
    from safelight.release.budget import Budget
    from safelight.release.ledger import (
        BUDGET_SET,
        SUBJECT,
        agree_budget,
        propose_budget,
        read_ledger,
        waiting_budget,
    )
    from safelight.release.noise.privacy_loss import PrivacyLoss

    half = Budget(INCIDENT, PrivacyLoss.parse("pure", "1/2"))
    agreed = []
    for limit in (Budget(INCIDENT, ONE), half):
        team.sit(0)
        propose_budget(limit)
        team.exchange(0)
        team.exchange(1)
        waiting = waiting_budget()
        assert waiting is not None
        agree_budget(*waiting[:2])
        agreed.append(waiting)
        assert read_ledger().budget == limit
        team.exchange(1)
        team.exchange(0)
    team.sit(1)
    # The larger limit of before, once more, by the reviewer alone.
    again = {"measure": "pure", "amount": "1", "unit": "incident", "contributions": 1}
    first = {"proposed_by": agreed[0][0], "proposed_seq": agreed[0][1]}
    entry_of(BUDGET_SET, {**again, **first}, SUBJECT)
    assert read_ledger().budget == half
    team.exchange(1)
    team.exchange(0)
    assert read_ledger().budget == half


def test_an_approval_of_another_document_neither_counts_nor_hides_the_release(team: Team) -> None:
    from safelight.release import review
    from safelight.release.second_person import approve_for_colleague, of_colleagues

    proposal = proposed()
    team.exchange(0)
    team.exchange(1)
    entry_of(
        "release.approved", {"document_sha256": "0" * 64, "by": "desk-2"}, proposal.proposal_id
    )
    (found,) = of_colleagues()
    team.exchange(1)
    team.exchange(0)
    assert review.open_proposal(proposal.proposal_id).proposal.state == "audited"
    team.sit(1)
    approve_for_colleague(found.proposal_id, document_sha256=found.document_sha256)
    team.exchange(1)
    team.exchange(0)
    assert review.open_proposal(proposal.proposal_id).proposal.state == "approved"


def test_an_approval_of_one_release_says_nothing_of_the_same_numbers_proposed_again(
    team: Team,
) -> None:
    from safelight.release import review
    from safelight.release.second_person import approve_for_colleague

    first, second = proposed(), proposed()
    assert first.document_sha256 == second.document_sha256
    team.exchange(0)
    team.exchange(1)
    approve_for_colleague(first.proposal_id, document_sha256=first.document_sha256)
    team.exchange(1)
    team.exchange(0)
    assert review.open_proposal(first.proposal_id).proposal.state == "approved"
    assert review.open_proposal(second.proposal_id).proposal.state == "audited"


def test_a_document_that_grows_or_does_not_fit_its_digest_is_not_shown(team: Team) -> None:
    import base64
    import zlib

    from django.db import transaction

    from safelight.journal import chain
    from safelight.release.second_person import of_colleague

    bomb = base64.b64encode(zlib.compress(b"\0" * 40_000_000, 9)).decode()[:60_000]
    with transaction.atomic():
        for subject, part in (("a" * 16, bomb), ("b" * 16, "bm90IGEgZG9jdW1lbnQ=")):
            body = {"document_sha256": "0" * 64, "by": "desk-1"}
            chain.append("release.proposed", body, subject=subject)
            chain.append(
                "release.document",
                {"document_sha256": "0" * 64, "part": 0, "of": 1},
                subject=subject,
                content={"part": part},
            )
            chain.append("release.audited", {**body, "passed": True}, subject=subject)
    team.exchange(0)
    team.exchange(1)
    for subject in ("a" * 16, "b" * 16):
        with pytest.raises(ReleaseError, match="no colleague's release"):
            of_colleague(subject)


def test_a_desk_alone_says_on_every_page_that_it_is_a_promise(desk: TestDesk) -> None:
    from safelight.release import review

    review.enrol_reviewer("second-eyes", WORDS)
    proposal = review.propose(usual_draft(), by="desk-1")
    pages = ("/numbers/", f"/numbers/{proposal.proposal_id}/", "/numbers/ledger")
    for page in pages:
        assert "is a promise, not a proof" in desk.client.get(page).text, page
    desk.client.post("/language/ru", {"back": "/"})
    for page in pages:
        assert "это обещание, а не доказательство" in desk.client.get(page).text, page
    from safelight.journal.chain import entries

    # Alone, nobody needs the document in the journal.
    assert "release.document" not in {one.kind for one in entries()}
    assert json.dumps(proposal.audit)
