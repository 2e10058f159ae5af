"""The ledger of privacy: what a unit may lose in all releases together, and what it has lost.

It stands in the journal, so that every desk of a team adds up the same entries, and no
program quietly forgets one. A loss is spent in a transaction of its own, committed before
any noise is drawn: a power cut between the two loses budget, never privacy. What was
spent is never given back, not even for a release that was turned down: the noise is known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeVar

from django.db import transaction
from django.utils.translation import gettext as _

from safelight.journal import chain
from safelight.journal.entry import Entry
from safelight.release.budget import Budget, Ledger, Spend
from safelight.release.counts import ReleaseError
from safelight.release.noise.plan import PrivacyUnit
from safelight.release.noise.privacy_loss import PrivacyLoss
from safelight.release.second_person import reviewers

SUBJECT: Final = "privacy-ledger"
BUDGET_SET: Final = "release.budget-set"
BUDGET_PROPOSED: Final = "release.budget-proposed"
BUDGET_SPENT: Final = "release.budget-spent"
# What a spend that is no release is called: an overlap for an estimate, a session with partners.
OVERLAP: Final = "overlap-"
SESSION: Final = "session-"


def read_ledger() -> Ledger:
    """Add up the journal's entries, those of all desks of the team."""
    # Every spend counts, also one of a desk that may not spend: what is drawn is drawn.
    kept = [one for one in chain.entries(subject=SUBJECT) if one.kind == BUDGET_SPENT]
    spent = [found for one in kept if (found := _readable(_spend, one)) is not None]
    return Ledger(_budget_in_force(), tuple(spent))


_Read = TypeVar("_Read")


def _readable(read: Callable[[Entry], _Read], entry: Entry) -> _Read | None:
    """What an entry says; None for one that a desk wrote otherwise than this program does."""
    try:
        return read(entry)
    except (ReleaseError, KeyError, TypeError, ValueError):
        return None  # it must not close the ledger of the whole team


def _budget_in_force() -> Budget | None:
    """The limit that was set last; in a team only one that two desks signed."""
    budget: Budget | None = None
    proposed: dict[tuple[str, int], Entry] = {}
    alone = reviewers() is None
    for told in chain.told(SUBJECT):
        entry = told.entry
        if entry.kind == BUDGET_PROPOSED:
            proposed[entry.desk, entry.seq] = entry
        elif entry.kind == BUDGET_SET and (alone or _by_two(entry, proposed)):
            budget = _readable(_budget, entry) or budget
            proposed.clear()  # agreed to once: no larger limit of before comes back by one desk
    return budget


def _by_two(entry: Entry, proposed: Mapping[tuple[str, int], Entry]) -> bool:
    """Whether this limit was proposed by another desk, with this very amount and unit."""
    first = proposed.get((entry.body.get("proposed_by", ""), entry.body.get("proposed_seq", 0)))
    if first is None or first.desk == entry.desk:
        return False
    limit = _readable(_budget, entry)
    return limit is not None and limit == _readable(_budget, first)


def waiting_budget() -> tuple[str, int, Budget] | None:
    """(desk, number of its entry, limit) that was proposed last and waits for another desk."""
    waiting: tuple[str, int, Budget] | None = None
    proposed: dict[tuple[str, int], Entry] = {}
    for told in chain.told(SUBJECT):
        entry = told.entry
        limit = _readable(_budget, entry) if entry.kind == BUDGET_PROPOSED else None
        if limit is not None:
            proposed[entry.desk, entry.seq] = entry
            waiting = entry.desk, entry.seq, limit
        elif entry.kind == BUDGET_SET and _by_two(entry, proposed):
            waiting = None
            proposed.clear()
    return waiting


def propose_budget(budget: Budget) -> None:
    """Propose a limit to the team; it counts once another desk has agreed with its key."""
    with transaction.atomic():
        _check_change(budget)
        chain.append(BUDGET_PROPOSED, _limit(budget), subject=SUBJECT)


def agree_budget(desk: str, seq: int) -> None:
    """Agree, with this desk's key, to the limit that waits; raise ReleaseError for another one."""
    with transaction.atomic():
        waiting = waiting_budget()
        if waiting is None or waiting[:2] != (desk, seq):
            raise ReleaseError(_("this limit does not wait any more; open the ledger again"))
        if desk == chain.desk_key().desk:
            raise ReleaseError(
                _("a budget is agreed on by a second person, not by the desk itself")
            )
        _check_change(waiting[2])
        body = {**_limit(waiting[2]), "proposed_by": desk, "proposed_seq": seq}
        chain.append(BUDGET_SET, body, subject=SUBJECT)


def _loss(entry: Entry) -> PrivacyLoss:
    return PrivacyLoss.parse(entry.body["measure"], entry.body["amount"])


def _budget(entry: Entry) -> Budget:
    return Budget(PrivacyUnit(entry.body["unit"], entry.body["contributions"]), _loss(entry))


def _spend(entry: Entry) -> Spend:
    body = entry.body
    lists, years = int(body["lists"]), tuple(int(year) for year in body["years"])
    return Spend(str(body["release"]), _loss(entry), lists, years)


def _written(loss: PrivacyLoss) -> dict[str, str]:
    return {"measure": loss.measure.value, "amount": str(loss.amount)}


def note_budget(budget: Budget, *, by: str) -> None:
    """Write a new limit. Whoever calls has checked the second person's passphrase.

    Raises ReleaseError for a change that would make what was spent uncountable.
    """
    with transaction.atomic():
        _check_change(budget)
        chain.append(BUDGET_SET, {**_limit(budget), "reviewer": by}, subject=SUBJECT)


def _limit(budget: Budget) -> dict[str, Any]:
    return {
        **_written(budget.limit),
        "unit": budget.unit.name,
        "contributions": budget.unit.contributions,
    }


def _check_change(budget: Budget) -> None:
    before = read_ledger()
    if before.budget is not None and before.spends and before.budget.unit != budget.unit:
        raise ReleaseError(_("something was spent already; the unit of a ledger stays what it was"))
    for spend in before.spends:
        spend.cost(budget.limit.measure)


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
