"""What the people at the demo's desk do, done unattended: take in, import, release as two.

Needs an unlocked desk, so import this module only after Django has started.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Final

from safelight.casework import rows as casework_rows
from safelight.casework.arrivals import Arrivals
from safelight.casework.inbox import fetch, fetch_folder
from safelight.demo.overlap import LinkedLists
from safelight.desk.simulated import note_simulated
from safelight.errors import SafelightError
from safelight.journal.chain import desk_key
from safelight.partners import desk_lists
from safelight.partners.admit import Agreement
from safelight.partners.check import examine
from safelight.partners.profile_reading import shipped_profile
from safelight.pipeline import NotReleased, Released, with_undercount
from safelight.release import review
from safelight.release.document import document_digest
from safelight.release.estimating import estimate_of
from safelight.release.ledger import read_ledger
from safelight.release.models import Reviewer
from safelight.release.noise.overlap_spend import measure_overlap
from safelight.release.noise.plan import PrivacyUnit
from safelight.release.noise.privacy_loss import Measure, PrivacyLoss
from safelight.release.noise.review import set_budget
from safelight.vocabulary.stat_row import StatRow

_OWN_CSV: Final = "own-csv"
# What docs/methods/noise.md calls usual for a year; here for the one table, and nothing else.
_LOSS: Final = PrivacyLoss(Measure.PURE, Fraction(1))
# Room for whoever tries a release of their own: in an invented country nobody is protected less.
_LIMIT: Final = PrivacyLoss(Measure.PURE, Fraction(3))
_UNIT: Final = PrivacyUnit("incident", 1)
_LEVEL: Final = Fraction(19, 20)


class DemoDeskError(SafelightError):
    """Something the demo sent did not arrive, or was not taken in as it was sent."""


@dataclass(frozen=True)
class TakenIn:
    """The lists of the organisations as the desk holds them: list ids, and rows in all."""

    list_ids: tuple[str, ...]
    rows: int


def take_in(source: Path | str, *, expected: int) -> Arrivals:
    """Fetch from a folder (a stick) or from a server's address; every envelope must open."""
    arrivals = fetch(source) if isinstance(source, str) else fetch_folder(source)
    if arrivals.cases != expected:
        raise DemoDeskError(
            f"{expected} reports were sent, {arrivals.cases} became cases and "
            f"{arrivals.set_aside} were set aside; expected a case for each"
        )
    return arrivals


def import_lists(files: Iterable[Path], *, today: date) -> TakenIn:
    """Import each organisation's file, as a person who read the check would.

    Only incidents with a ground of bias: in a list from outside the others may be any
    crime, and only somebody who knows the truth could tell.
    """
    agreement = Agreement(to_import=True, decisions=frozenset())
    profile = shipped_profile(_OWN_CSV)
    list_ids, rows = [], 0
    for file in files:
        imported = desk_lists.import_into_desk(
            examine(file, profile),
            agreement,
            today=today,
            only_with_bias_ground=True,
        )
        list_ids.append(imported.list_id)
        rows += imported.rows
    return TakenIn(tuple(list_ids), rows)


def rows_on_desk(taken_in: TakenIn) -> Iterator[StatRow]:
    """Every row this desk may count: its own cases' and the imported lists'."""
    yield from casework_rows.stat_rows()
    for list_id in taken_in.list_ids:
        yield from desk_lists.stat_rows(list_id)


def with_estimate(
    release: Released, linked: LinkedLists, ids: Sequence[str], *, reviewer: str, passphrase: str
) -> Released:
    """Agree on a budget as two, spend it on the overlap of the lists `ids`, and add the estimate.

    Whatever the verdict is, a refusal too, it goes out. Two thirds of the budget are left for
    whoever tries a release of their own.
    """
    _enrol(reviewer, passphrase)
    set_budget(_UNIT, _LIMIT, reviewer=reviewer, passphrase=passphrase)
    years = release.draft.years
    measured = measure_overlap(linked.tables, lists=ids, years=years, loss=_LOSS)
    part = estimate_of(measured, level=_LEVEL, data_digest=linked.digest)
    outcome = with_undercount(release, part, ledger=read_ledger())
    if isinstance(outcome, NotReleased):
        raise DemoDeskError("the audit refused the estimate: " + "; ".join(outcome.reasons))
    return outcome


def _enrol(reviewer: str, passphrase: str) -> None:
    if not Reviewer.objects.filter(name=reviewer).exists():
        review.enrol_reviewer(reviewer, passphrase)


def release_as_two(
    release: Released, *, reviewer: str, passphrase: str, hand_over: Callable[[bytes], object]
) -> None:
    """Propose as the desk, approve as a second person, publish: what two people do.

    `hand_over` gets the approved document; where it raises, nothing counts as published.
    """
    desk = desk_key().desk
    note_simulated()
    proposal = review.propose(release.draft, by=desk)
    _enrol(reviewer, passphrase)
    review.approve(
        proposal.proposal_id,
        reviewer=reviewer,
        passphrase=passphrase,
        document_sha256=document_digest(release.document),
    )
    review.publish(proposal.proposal_id, by=desk, hand_over=hand_over)
