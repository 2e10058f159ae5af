"""The ledger of privacy: what a unit may lose in all releases together, and what it has lost.

It stands in the journal, so that every desk of a team adds up the same entries, and no
program quietly forgets one. A loss is spent in a transaction of its own, committed before
any noise is drawn: a power cut between the two loses budget, never privacy. What was
spent is never given back, not even for a release that was turned down: the noise is known.

One ledger has one unit and one measure. An incident may stand on every list, so that a
release of three lists costs three times its loss. It belongs to one year, so that a
release of 2023 costs nothing in 2024 (parallel composition: McSherry 2009); the least of
what its years have left decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from safelight.journal import chain
from safelight.journal.entry import Entry
from safelight.release.counts import ReleaseError
from safelight.release.noise_plan import PrivacyUnit
from safelight.release.privacy_loss import Measure, PrivacyLoss

SUBJECT: Final = "privacy-ledger"
BUDGET_SET: Final = "release.budget-set"
BUDGET_SPENT: Final = "release.budget-spent"


class BudgetSpentError(ReleaseError):
    """Less is left than this release would cost; nothing was drawn."""


@dataclass(frozen=True)
class Budget:
    """The most that may be lost by one unit of one year, in all releases together."""

    unit: PrivacyUnit
    limit: PrivacyLoss


@dataclass(frozen=True)
class Spend:
    """One release: `loss` for each of `lists`, of the incidents of `years`."""

    proposal_id: str
    loss: PrivacyLoss
    lists: int
    years: tuple[int, ...]

    def cost(self, measure: Measure) -> Fraction:
        """In the ledger's measure. Raises ReleaseError for ρ in a ledger of pure ε."""
        if measure is self.loss.measure:
            return self.loss.amount * self.lists
        if measure is Measure.ZCDP:
            return self.loss.as_zcdp * self.lists
        raise ReleaseError(
            _(
                "this desk's ledger counts pure ε, and a loss in ρ has none; choose pure, or have "
                "the budget set in ρ"
            )
        )


@dataclass(frozen=True)
class Ledger:
    """What was set and what was spent, as the journal tells it."""

    budget: Budget | None
    spends: tuple[Spend, ...]

    def spent_in(self, year: int) -> Fraction:
        if self.budget is None:
            return Fraction(0)
        measure = self.budget.limit.measure
        return sum((s.cost(measure) for s in self.spends if year in s.years), Fraction(0))

    def left(self, years: Iterable[int]) -> Fraction:
        """What is left for a release of these years; below zero when desks spent apart."""
        if self.budget is None:
            return Fraction(0)
        limit = self.budget.limit.amount
        return min((limit - self.spent_in(year) for year in years), default=limit)

    def spend_of(self, proposal_id: str) -> Spend | None:
        return next((s for s in self.spends if s.proposal_id == proposal_id), None)

    def check(self, spend: Spend) -> Budget:
        """Raise BudgetSpentError unless enough is left; return the budget it is spent from."""
        if self.budget is None:
            raise BudgetSpentError(
                _("no privacy budget is set on this desk; a second person sets it first")
            )
        if self.spend_of(spend.proposal_id) is not None:
            raise BudgetSpentError(_("this release was paid for already; propose the numbers anew"))
        cost, left = spend.cost(self.budget.limit.measure), self.left(spend.years)
        if cost > left:
            raise BudgetSpentError(
                _(
                    "the budget is spent: this release costs %(cost)g and %(left)g is left; choose "
                    "a smaller loss, fewer lists or other years, or wait for a new year"
                )
                % {"cost": float(cost), "left": max(0.0, float(left))}
            )
        return self.budget


def read_ledger() -> Ledger:
    """Add up the journal's entries, those of all desks of the team."""
    budget: Budget | None = None
    spends: list[Spend] = []
    for entry in chain.entries(subject=SUBJECT):
        if entry.kind == BUDGET_SET:
            budget = _budget(entry)
        elif entry.kind == BUDGET_SPENT:
            spends.append(_spend(entry))
    return Ledger(budget, tuple(spends))


def _loss(entry: Entry) -> PrivacyLoss:
    return PrivacyLoss.parse(entry.body["measure"], entry.body["amount"])


def _budget(entry: Entry) -> Budget:
    return Budget(PrivacyUnit(entry.body["unit"], entry.body["contributions"]), _loss(entry))


def _spend(entry: Entry) -> Spend:
    body = entry.body
    return Spend(body["release"], _loss(entry), body["lists"], tuple(body["years"]))


def _written(loss: PrivacyLoss) -> dict[str, str]:
    return {"measure": loss.measure.value, "amount": str(loss.amount)}


def note_budget(budget: Budget, *, by: str) -> None:
    """Write a new limit. Whoever calls has checked the second person's passphrase.

    Raises ReleaseError for a change that would make what was spent uncountable.
    """
    with transaction.atomic():
        before = read_ledger()
        if before.budget is not None and before.spends and before.budget.unit != budget.unit:
            raise ReleaseError(
                _("something was spent already; the unit of a ledger stays what it was")
            )
        for spend in before.spends:
            spend.cost(budget.limit.measure)
        chain.append(
            BUDGET_SET,
            {
                **_written(budget.limit),
                "unit": budget.unit.name,
                "contributions": budget.unit.contributions,
                "reviewer": by,
            },
            subject=SUBJECT,
        )


def spend_before_drawing(
    proposal_id: str, loss: PrivacyLoss, *, lists: int, years: Sequence[int]
) -> Budget:
    """Spend, and come back only when the disk has it; BudgetSpentError where too little is left.

    Must not be called inside a transaction: that one could be rolled back after the noise
    is known.
    """
    spend = Spend(proposal_id, loss, lists, tuple(years))
    with transaction.atomic(durable=True):
        budget = read_ledger().check(spend)
        chain.append(
            BUDGET_SPENT,
            {**_written(loss), "release": proposal_id, "lists": lists, "years": list(years)},
            subject=SUBJECT,
        )
    return budget
