"""A release with an estimate of all incidents, proposed from this desk's rows.

Everything that can be refused is refused before anything is spent: the release without its
estimate goes through its audit, the whole cost is held against what is left, the lists are
linked. Then the loss of the overlap is spent and its noise drawn, once; then, in a release
with noise, the loss of its tables. What comes out is audited and waits for a second person
like any release (`release.review`).
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _

from safelight.desk.long_run import LongRun, Tell
from safelight.desk.numbers import countable_of_this_desk, draft_of_this_desk
from safelight.desk.sqlcipher.held_key import DeskLockedError, is_held
from safelight.desk.undercount.lists_together import (
    ListsChoice,
    ids_in_order,
    linked_together,
    lists_to_choose,
    today,
)
from safelight.pipeline import linked_digest, plausible_overlaps
from safelight.release import review
from safelight.release.audit import audit
from safelight.release.budget import Budget, BudgetSpentError, Ledger, Spend
from safelight.release.counts import ReleaseError
from safelight.release.draft import Draft
from safelight.release.ledger import read_ledger
from safelight.release.models import Proposal
from safelight.release.noise.noisy_table import CountedList, NoisyChoice
from safelight.release.noise.overlap_spend import measure_overlap
from safelight.release.noise.privacy_loss import Measure, PrivacyLoss
from safelight.release.noise.review import propose_noisy

if TYPE_CHECKING:
    from safelight.release.estimate import Estimate

LEVEL: Final = Fraction(19, 20)
_SEED: Final = 1
_LINKING: Final = 0.5


@dataclass(frozen=True)
class EstimateChoice:
    """What a person chooses. `loss`: of the overlap, pure ε, once for all its lists together.

    `tables`: the noise of the tables that stand beside it, or None for exact tables with
    small numbers hidden; those have the years of the desk's exact releases.
    """

    lists: ListsChoice
    loss: PrivacyLoss
    tables: NoisyChoice | None
    corrects: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        if self.loss.measure is not Measure.PURE:
            raise ReleaseError(_("the overlap of lists takes a loss in pure ε"))
        if self.tables is not None and self.tables.years != self.lists.years:
            raise ReleaseError(_("an estimate is of the years of its release"))


@dataclass(frozen=True)
class Cost:
    """What a release with an estimate would cost, in the ledger's measure."""

    overlap: Fraction
    tables: Fraction
    left: Fraction

    @property
    def whole(self) -> Fraction:
        return self.overlap + self.tables

    @property
    def enough(self) -> bool:
        return self.whole <= self.left


def set_budget_in(ledger: Ledger) -> Budget:
    """The budget, or `ReleaseError` where nobody set one."""
    if ledger.budget is None:
        raise ReleaseError(
            _("no privacy budget is set on this desk; a second person sets it first")
        )
    return ledger.budget


def cost_of(choice: EstimateChoice, ledger: Ledger, *, lists: int) -> Cost:
    """The cost of the overlap and of the tables of `lists` lists. Raises `ReleaseError`."""
    measure = set_budget_in(ledger).limit.measure
    years = choice.lists.years
    tables = Fraction(0)
    if choice.tables is not None:
        tables = Spend("", choice.tables.loss, lists, years).cost(measure)
    return Cost(Spend("", choice.loss, 1, years).cost(measure), tables, ledger.left(years))


def propose_with_estimate(choice: EstimateChoice, *, by: str, tell: Tell) -> Proposal:
    """Link, spend, measure, estimate, propose; takes a minute. Not inside a transaction.

    Raises `ReleaseError` for what can be refused beforehand, and `BudgetSpentError`; then
    nothing was spent.
    """
    as_of, ledger = today(), read_ledger()
    set_budget_in(ledger)
    review.check_correction(choice.corrects, choice.reason)

    countable = countable_of_this_desk()

    def measured() -> Estimate:
        return _measured(choice, countable.lists, as_of=as_of, tell=tell)

    if choice.tables is None:
        draft = _exact_tables(choice, ledger)
        return review.propose(
            replace(draft, undercount=measured()),
            by=by,
            corrects=choice.corrects,
            reason=choice.reason,
        )
    _check_lists(choice, [one.list_id for one in countable.lists])
    _check_enough(cost_of(choice, ledger, lists=len(countable.lists)))
    return propose_noisy(
        countable.lists,
        choice.tables,
        as_of=as_of,
        code_version=countable.code_version,
        simulated=countable.simulated,
        by=by,
        corrects=choice.corrects,
        reason=choice.reason,
        undercount=measured,
    )


def _measured(
    choice: EstimateChoice, before: Sequence[CountedList], *, as_of: date, tell: Tell
) -> Estimate:
    from safelight.release.estimating import estimate_of  # noqa: PLC0415  loads scipy

    linked = linked_together(choice.lists, as_of=as_of, tell=lambda share: tell(_LINKING * share))
    tables = plausible_overlaps(linked, draws=choice.lists.linkages, seed=_SEED)
    ids = ids_in_order(linked)
    if not is_held():  # locked while the lists were linked: nothing more is written from here
        raise DeskLockedError("the desk was locked meanwhile; nothing was spent")
    _check_none_taken_back(before)
    tell(_LINKING)  # raises where the desk was locked meanwhile, also if it is open again
    measured = measure_overlap(tables, lists=ids, years=choice.lists.years, loss=choice.loss)
    # Paid for: from here on a lock loses nothing more, so the release is still written down.
    with suppress(DeskLockedError):
        tell(_LINKING + 0.1)
    part = estimate_of(measured, level=LEVEL, data_digest=linked_digest(linked))
    with suppress(DeskLockedError):
        tell(0.95)
    return part


def _check_none_taken_back(before: Sequence[CountedList]) -> None:
    """Linking takes a minute: who took something back in it is in no release made of it."""
    now = {row.stat_id for one in lists_to_choose() for row in one.rows}
    if any(row.stat_id not in now for one in before for row in one.rows):
        raise ReleaseError(
            _(
                "something was taken back while the lists were linked; nothing was spent. "
                "Propose it again"
            )
        )


def _exact_tables(choice: EstimateChoice, ledger: Ledger) -> Draft:
    draft = draft_of_this_desk()
    if draft.years != choice.lists.years:
        raise ReleaseError(
            _("exact tables of this desk are of %(first)d to %(last)d; choose these years")
            % {"first": draft.years[0], "last": draft.years[-1]}
        )
    _check_lists(choice, [part.statement.list_id for part in draft.lists])
    _check_enough(cost_of(choice, ledger, lists=0))
    _check_audit(draft, ledger)
    return draft


def _check_lists(choice: EstimateChoice, out: list[str]) -> None:
    missing = [one for one in choice.lists.list_ids if one not in out]
    if missing:
        raise ReleaseError(
            _("an estimate is of lists that go out beside it; leave out: %(lists)s")
            % {"lists": ", ".join(missing)}
        )


def _check_enough(cost: Cost) -> None:
    if not cost.enough:
        raise BudgetSpentError(
            _(
                "the budget is spent: this release costs %(cost)g and %(left)g is left; choose "
                "a smaller loss, fewer lists or other years, or wait for a new year"
            )
            % {"cost": float(cost.whole), "left": max(0.0, float(cost.left))}
        )


def _check_audit(draft: Draft, ledger: Ledger) -> None:
    report = audit(draft, earlier=review.earlier_releases(), ledger=ledger)
    if not report.passed:
        raise ReleaseError(
            _(
                "nothing was spent: the audit would refuse the exact tables beside the estimate. "
                "Choose tables with noise: %(why)s"
            )
            % {"why": "; ".join(dict.fromkeys(problem.detail for problem in report.problems))}
        )


run: Final[LongRun[str]] = LongRun("estimate-release")
"""The proposal of a release with an estimate; its result is the proposal's id."""
