"""What a unit may lose in all releases together, what it has lost, and what is left. Pure:
`ledger` reads it from the journal.

One ledger has one unit and one measure. An incident may stand on every list, so that a
release of three lists costs three times its loss. It belongs to one year, so that a
release of 2023 costs nothing in 2024 (parallel composition: McSherry 2009); the least of
what its years have left decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from django.utils.translation import gettext as _

from safelight.release.counts import ReleaseError
from safelight.release.noise.plan import PrivacyUnit
from safelight.release.noise.privacy_loss import Measure, PrivacyLoss


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
