"""The ledger of privacy: what a unit may lose in all releases together, and what it has lost.

It stands in the journal, so that every desk of a team adds up the same entries, and no
program quietly forgets one. A loss is spent in a transaction of its own, committed before
any noise is drawn: a power cut between the two loses budget, never privacy. What was
spent is never given back, not even for a release that was turned down: the noise is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from safelight.journal import chain
from safelight.journal.entry import Entry
from safelight.release.budget import Budget, Ledger, Spend
from safelight.release.counts import ReleaseError
from safelight.release.noise_plan import PrivacyUnit
from safelight.release.privacy_loss import PrivacyLoss

SUBJECT: Final = "privacy-ledger"
BUDGET_SET: Final = "release.budget-set"
BUDGET_SPENT: Final = "release.budget-spent"
# What a spend that is no release is called: an overlap for an estimate, a session with partners.
OVERLAP: Final = "overlap-"
SESSION: Final = "session-"


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
