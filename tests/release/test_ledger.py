"""The privacy ledger: spent before anything is drawn, across releases, in the journal."""

from __future__ import annotations

import threading
from fractions import Fraction

import pytest

from safelight.release.counts import ReleaseError
from safelight.release.noise.plan import PrivacyUnit
from tests.release.noisy import WORDS, choice, counted, proposed, with_budget
from tests.support.desk import TestDesk


def _left(*years: int) -> Fraction:
    from safelight.release.ledger import read_ledger

    return read_ledger().left(years)


def _kinds() -> list[str]:
    from safelight.journal import chain

    return [e.kind for e in chain.entries() if e.kind.startswith("release.")]


def test_what_is_spent_is_in_the_journal_before_noise_is_drawn(desk: TestDesk) -> None:
    from safelight.release.models import Proposal

    with_budget("1")

    def power_cut(*_: object) -> None:
        assert _left(2023) == Fraction(1, 2)
        assert _kinds()[-1] == "release.budget-spent"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        proposed(draw=power_cut)  # type: ignore[arg-type]
    assert not Proposal.objects.exists()
    assert _left(2023) == Fraction(1, 2)  # lost, and nobody saw noise
    assert proposed().state == "audited"
    assert _left(2023) == 0


def test_a_spend_cannot_hide_in_a_transaction_that_may_roll_back(desk: TestDesk) -> None:
    from django.db import transaction

    with_budget("1")
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        proposed()
    assert _left(2023) == 1


def test_a_spent_ledger_draws_nothing(desk: TestDesk) -> None:
    from safelight.release.budget import BudgetSpentError

    with_budget("3/4")
    proposed()

    def drawn(*_: object) -> None:
        raise AssertionError("drawn although the budget was spent")

    with pytest.raises(BudgetSpentError, match=r"costs 0\.5 and 0\.25 is left"):
        proposed(draw=drawn)  # type: ignore[arg-type]
    assert _kinds().count("release.budget-spent") == 1


def test_every_list_costs_and_other_years_do_not(desk: TestDesk) -> None:
    with_budget("1")
    proposed(counted("own"), counted("helpline"), choice=choice("1/4", years=(2022, 2023)))
    assert [_left(2021), _left(2022), _left(2023), _left(2024)] == [
        1,
        Fraction(1, 2),
        Fraction(1, 2),
        1,
    ]
    assert _left(2021, 2023) == Fraction(1, 2)  # the least of its years decides


def test_pure_releases_count_in_a_concentrated_ledger_and_not_the_other_way(
    desk: TestDesk,
) -> None:
    with_budget("1/2", measure="zcdp")
    proposed(choice=choice("1/2"))
    assert _left(2023) == Fraction(1, 2) - Fraction(1, 8)
    proposed(choice=choice("1/8", measure="zcdp"))
    assert _left(2023) == Fraction(1, 4)
    with pytest.raises(ReleaseError, match="counts pure ε"):
        with_budget("1", measure="pure")  # ρ was spent already


def test_a_turned_down_release_gives_nothing_back(desk: TestDesk) -> None:
    from safelight.release import review

    with_budget("1/2")
    proposal = proposed()
    review.turn_down(proposal.proposal_id, by="desk-1", reason="not-needed")
    assert _left(2023) == 0


def test_no_budget_no_release(desk: TestDesk) -> None:
    with pytest.raises(ReleaseError, match="no privacy budget is set"):
        proposed()


def test_a_budget_is_set_by_a_second_person_only(desk: TestDesk) -> None:
    from safelight.release.noise.review import set_budget

    with_budget("1")
    loss = choice().loss
    unit = PrivacyUnit("incident", 1)
    with pytest.raises(ReleaseError, match="by a second person"):
        set_budget(unit, loss, reviewer="desk-1", passphrase=WORDS)
    with pytest.raises(ReleaseError, match="do not belong together"):
        set_budget(unit, loss, reviewer="second-eyes", passphrase="some other words")
    assert _left(2023) == 1


def test_the_unit_stays_once_something_was_spent(desk: TestDesk) -> None:
    with_budget("1")
    with_budget("2", unit=PrivacyUnit("person", 3))
    proposed(choice=choice("1"))
    with pytest.raises(ReleaseError, match="stays what it was"):
        with_budget("2")


def test_two_who_spend_at_once_cannot_both_have_the_last_of_it(desk: TestDesk) -> None:
    from django.db import connection

    from safelight.release.budget import BudgetSpentError
    from safelight.release.ledger import spend_before_drawing

    with_budget("1")
    outcomes: list[str] = []

    def spend(name: str) -> None:
        try:
            spend_before_drawing(name, choice("2/3").loss, lists=1, years=(2023,))
            outcomes.append("spent")
        except BudgetSpentError:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=spend, args=(f"release-{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["refused"] * 3 + ["spent"]
    assert _left(2023) == Fraction(1, 3)
