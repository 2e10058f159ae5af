"""Propose a release with noise: check all that can be checked, spend, draw, write it down.

The order is the promise. What would be refused is refused before anything is spent; what
is spent is on the disk before anything is drawn; and what was drawn is kept, also when its
audit fails, because drawing again would cost again.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from datetime import date
from typing import Final

from django.db import transaction
from django.utils.translation import gettext as _

from safelight.journal import chain
from safelight.release.budget import Budget
from safelight.release.code_digest import RELEASE, code_sha256
from safelight.release.completeness import said_of_all, said_of_list
from safelight.release.counts import ReleaseError
from safelight.release.draft import ListStatement
from safelight.release.estimate import Estimate
from safelight.release.ledger import note_budget, read_ledger, spend_before_drawing
from safelight.release.models import Proposal
from safelight.release.noise.audit import audit_noisy
from safelight.release.noise.document import noisy_document
from safelight.release.noise.noisy_table import (
    CountedList,
    Draw,
    NoisyChoice,
    NoisyDraft,
    NoisyList,
    counts_of,
    measure_list,
)
from safelight.release.noise.plan import PrivacyUnit
from safelight.release.noise.privacy_loss import PrivacyLoss
from safelight.release.noise.sampling import with_noise
from safelight.release.noise.store import noisy_to_bytes
from safelight.release.noting import stored
from safelight.release.proposal import MoveReason
from safelight.release.review import (
    NOISE,
    check_correction,
    check_reviewer,
    earlier_releases,
    note_audit,
    open_proposal,
)
from safelight.release.revisions import revision_log
from safelight.release.second_person import require_alone

_NO_DIGEST: Final = "0" * 64


def set_budget(unit: PrivacyUnit, limit: PrivacyLoss, *, reviewer: str, passphrase: str) -> None:
    """Set the most that may be lost; a second person agrees with their passphrase.

    On a desk alone. In a team one desk proposes and another agrees (`ledger`).
    """
    require_alone()
    if reviewer == chain.desk_key().desk:
        raise ReleaseError(_("a budget is agreed on by a second person, not by the desk itself"))
    check_reviewer(reviewer, passphrase)
    note_budget(Budget(unit, limit), by=reviewer)


def propose_noisy(
    lists: Sequence[CountedList],
    choice: NoisyChoice,
    *,
    as_of: date,
    code_version: str,
    simulated: bool,
    by: str,
    corrects: str = "",
    reason: str = "",
    undercount: Estimate | Callable[[], Estimate] | None = None,
    draw: Draw = with_noise,
) -> Proposal:
    """Spend, measure every list once, and store the result as an audited proposal.

    An `undercount` that is still to be made (and paid for) is made once nothing else can be
    refused.

    Raises ReleaseError for what can be refused beforehand, BudgetSpentError where too
    little is left; then nothing was drawn. Must not be called inside a transaction.
    """
    budget = read_ledger().budget
    if budget is None:
        raise ReleaseError(
            _("no privacy budget is set on this desk; a second person sets it first")
        )
    plan = choice.plan(budget.unit)
    why = check_correction(corrects, reason)
    corrected = open_proposal(corrects).proposal.document_sha256 if corrects else ""
    revisions = revision_log(as_of, reason=MoveReason(why) if why else None)

    def draft_of(parts: Sequence[NoisyList], part: Estimate | None) -> NoisyDraft:
        return NoisyDraft(
            as_of=as_of,
            years=choice.years,
            plan=plan,
            revisions=revisions,
            simulated=simulated,
            code_version=code_version,
            code_sha256=code_sha256(*RELEASE),
            corrects=corrected,
            lists=tuple(parts),
            undercount=part,
        )

    _refuse_beforehand(draft_of([_unmeasured(one) for one in lists], None))
    for one in lists:
        counts_of(one, plan.workload, as_of=as_of, years=choice.years)  # only to be refused now
    proposal_id = secrets.token_hex(8)
    estimated = undercount() if callable(undercount) else undercount
    spend_before_drawing(proposal_id, choice.loss, lists=len(lists), years=choice.years)
    draft = draft_of(
        [measure_list(one, plan, as_of=as_of, years=choice.years, draw=draw) for one in lists],
        estimated,
    )
    return _stored(proposal_id, draft, by=by, corrects=corrects, reason=why)


def _unmeasured(one: CountedList) -> NoisyList:
    said = ListStatement(
        list_id=one.list_id, name=one.name, coverage=one.coverage, data_sha256=_NO_DIGEST
    )
    return NoisyList(said, {}, {}, "")


def _refuse_beforehand(empty: NoisyDraft) -> None:
    problems = list(said_of_all(empty))
    for part in empty.lists:
        problems += said_of_list(part.statement)
    if problems:
        raise ReleaseError(
            _("this release was not paid for, because its audit would refuse it: %(why)s")
            % {"why": "; ".join(dict.fromkeys(problem.detail for problem in problems))}
        )


def _stored(
    proposal_id: str, draft: NoisyDraft, *, by: str, corrects: str, reason: str
) -> Proposal:
    with transaction.atomic():
        proposal = stored(
            proposal_id,
            noisy_to_bytes(draft),
            noisy_document(draft),
            method=NOISE,
            by=by,
            corrects=corrects,
            reason=reason,
            lists=[part.statement.list_id for part in draft.lists],
            measure=draft.plan.loss.measure.value,
            amount=str(draft.plan.loss.amount),
        )
        report = audit_noisy(
            draft,
            proposal_id=proposal_id,
            ledger=read_ledger(),
            earlier=earlier_releases().noisy,
        )
        note_audit(proposal, report)
    return proposal
