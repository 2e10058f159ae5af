"""Private overlaps in the desk's privacy ledger: booked before a commitment leaves."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

from django.utils.translation import gettext as _

from safelight.partners.overlap.session_ledger import NotPaidError
from safelight.partners.overlap.terms import Terms
from safelight.release.budget import Budget, Spend
from safelight.release.counts import ReleaseError
from safelight.release.ledger import SESSION, read_ledger, spend_before_drawing
from safelight.release.noise.privacy_loss import Measure, PrivacyLoss

# Of these a record of the terms is one unit of the ledger, or one of a person's rows.
_UNITS: Final = {"incident": frozenset({"incident"}), "person": frozenset({"incident", "victim"})}


class DeskSessionLedger:
    """`SessionLedger` over the journal's privacy ledger (`release.ledger`)."""

    def pay(self, terms: Terms, name: str, *, only_check: bool) -> None:
        """Book ε for the terms' years, once for each session and list; raise `NotPaidError`."""
        if terms.epsilon is None:
            return
        try:
            self._pay(terms, name, terms.epsilon, only_check=only_check)
        except ReleaseError as refusal:
            raise NotPaidError(str(refusal)) from None

    def _pay(self, terms: Terms, name: str, epsilon: Fraction, *, only_check: bool) -> None:
        ledger = read_ledger()
        if ledger.budget is None:
            raise ReleaseError(
                _("no privacy budget is set on this desk; a second person sets it first")
            )
        loss, years = loss_of(terms, epsilon, ledger.budget), years_of(terms)
        spend = Spend(paid_as(terms, name), loss, 1, years)
        if ledger.spend_of(spend.proposal_id) == spend:
            return  # the machine stopped after it was booked; the noise is drawn once all the same
        ledger.check(spend)  # another spend of this name pays for nothing
        if not only_check:
            spend_before_drawing(spend.proposal_id, loss, lists=1, years=years)

    def left(self, terms: Terms) -> str:
        """What the years of the terms have left in the ledger; "" without a budget."""
        ledger = read_ledger()
        if ledger.budget is None:
            return ""
        return f"{max(0.0, float(ledger.left(years_of(terms)))):g}"


def paid_as(terms: Terms, name: str) -> str:
    """The name of the spend: of one list in one session, so that it is booked once.

    With the whole hash: terms that share a part of it could be looked for, and one would be free.
    """
    return f"{SESSION}{terms.session.hex()}-{terms.number(name)}"


def years_of(terms: Terms) -> tuple[int, ...]:
    """The years of the terms' period."""
    return tuple(range(terms.first_day.year, terms.last_day.year + 1))


def loss_of(terms: Terms, epsilon: Fraction, budget: Budget) -> PrivacyLoss:
    """ε for each record that one unit of the ledger may stand on. Raises `ReleaseError`."""
    if terms.unit not in _UNITS[budget.unit.name]:
        raise ReleaseError(
            _(
                "this desk's ledger protects another unit than a record of these terms, so nobody "
                "can say what the session would cost; agree on terms of incidents"
            )
        )
    return PrivacyLoss(Measure.PURE, epsilon * budget.unit.contributions)


LEDGER: Final = DeskSessionLedger()
