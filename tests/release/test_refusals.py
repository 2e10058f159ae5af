"""What must never go out: each refused with its reason, and nothing drawn or published for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from safelight.release.counts import ReleaseError
from safelight.vocabulary.wording import Wording
from tests.release.noisy import WORDS, choice, counted, proposed, published, with_budget
from tests.release.tables import USUAL, usual_draft, usual_list
from tests.support.desk import TestDesk

NARRATIVE = (("narrative", "year"),)


def _drawn(*_: object) -> Any:
    raise AssertionError("noise was drawn for a release that must be refused")


def _left() -> float:
    from safelight.release.ledger import read_ledger

    return float(read_ledger().left([2023]))


@pytest.mark.parametrize(
    ("attempt", "reason"),
    [
        (lambda: proposed(choice=choice("2"), draw=_drawn), "the budget is spent"),
        (
            lambda: proposed(counted("own"), counted("other"), counted("third"), draw=_drawn),
            "spent",
        ),
        (
            lambda: proposed(counted(coverage=Wording("вся страна", " ")), draw=_drawn),
            "which places, people and years",
        ),
        (lambda: proposed(counted(coverage=Wording("<b>", "<b>")), draw=_drawn), "which places"),
        (lambda: proposed(counted("own"), counted("own"), draw=_drawn), "under its own id"),
        (
            lambda: proposed(
                choice=replace(choice(), tables=(("narrative", "year"),)), draw=_drawn
            ),
            "declared tables",
        ),
        (lambda: proposed(choice=replace(choice(), years=(2022, 2024)), draw=_drawn), "none left"),
        (lambda: proposed(as_of=date(2020, 1, 1), draw=_drawn), "no later than the as-of date"),
        (lambda: proposed(code_version="", draw=_drawn), "version of the program"),
        (
            lambda: proposed(replace(counted(), rows=counted().rows * 2), draw=_drawn),
            "stands twice",
        ),
    ],
)
def test_it_is_refused_before_anything_is_spent(
    desk: TestDesk, attempt: Callable[[], object], reason: str
) -> None:
    from safelight.release.models import Proposal

    with_budget("1")
    with pytest.raises(ReleaseError, match=reason):
        attempt()
    assert _left() == 1
    assert not Proposal.objects.exists()


def test_a_narrative_under_a_declared_name_cannot_be_counted(desk: TestDesk) -> None:
    with_budget("1")
    chosen = replace(choice(), tables=(("furthest", "year"),))
    one = counted()
    told = replace(one, furthest={row.stat_id: "they told us" for row in one.rows})
    with pytest.raises(ReleaseError, match="not declared") as refused:
        proposed(told, choice=chosen, draw=_drawn)
    assert "told" not in str(refused.value)
    assert _left() == 1


def test_nobody_approves_their_own_release_with_noise(desk: TestDesk) -> None:
    from safelight.release import review

    with_budget("1")
    proposal = proposed(by="second-eyes")
    with pytest.raises(ReleaseError, match="ask a second person"):
        review.approve(
            proposal.proposal_id,
            reviewer="second-eyes",
            passphrase=WORDS,
            document_sha256=proposal.document_sha256,
        )
    assert review.open_proposal(proposal.proposal_id).proposal.state == "audited"


def test_exact_numbers_that_differ_by_one_withdrawn_case_never_become_audited(
    desk: TestDesk,
) -> None:
    from safelight.release import review

    with_budget("1")
    published(review.propose(usual_draft(), by="desk-1"))
    fewer = [list(row) for row in USUAL]
    fewer[0][0] -= 1
    later = replace(usual_draft(usual_list(fewer)), as_of=date(2025, 9, 1))
    proposal = review.propose(later, by="desk-1")
    assert proposal.state == "proposed"
    assert {p["finding"] for p in proposal.audit["problems"]} == {"differs-by-few"}
    with pytest.raises(ReleaseError, match="cannot become approved"):
        published(proposal)
