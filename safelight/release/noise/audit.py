"""The audit of a release with noise: paid for, of its noise alone, and nothing to be named.

Noise protects by how it was made, not by how it looks. So the audit checks the making:
that the loss stands in the ledger, that the scales are those of the plan and the numbers
those that follow from the measurements. Then it attacks the result with all earlier noisy
releases of the same list all the same (`guessing`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from safelight.release.audit import AuditReport
from safelight.release.budget import Ledger
from safelight.release.completeness import Finding, Problem, said_of_all, said_of_list
from safelight.release.dimensions import dimension
from safelight.release.estimate_audit import audit_estimate
from safelight.release.noise.guessing import named_cells
from safelight.release.noise.noisy_table import VERIFICATION, NoisyDraft, NoisyList, shown

# A number counts as named when it has this much of the likelihood; below five it is small.
SURE: Final = 0.95
SMALL: Final = 4
_TENTH: Final = 0.11  # the last shown digit may differ between machines


def audit_noisy(
    draft: NoisyDraft, *, proposal_id: str, ledger: Ledger, earlier: Sequence[NoisyDraft]
) -> AuditReport:
    """Check and attack the draft; never raises for what it finds."""
    problems = [*said_of_all(draft), *_paid(draft, proposal_id, ledger)]
    problems += audit_estimate(draft, ledger)
    widths: list[float] = []
    cells = 0
    for part in draft.lists:
        problems += said_of_list(part.statement)
        problems += _declared(draft, part)
        if set(part.measured) != set(draft.plan.measured) or any(
            part.measured[margin].shape != draft.plan.workload.shape(margin)
            for margin in part.measured
        ):
            problems.append(_problem(Finding.NOT_OF_ITS_NOISE, part, "it was measured otherwise"))
            continue
        problems += _of_its_noise(draft, part)
        problems += _named(draft, part, earlier)
        for margin in draft.plan.workload.margins:
            if margin in part.shown:
                cells += part.shown[margin].values.size
                widths.append(float((part.shown[margin].highs - part.shown[margin].lows).min()))
    return AuditReport(tuple(problems), cells, 0, int(min(widths)) if widths else None)


def _problem(finding: Finding, part: NoisyList, detail: str) -> Problem:
    return Problem(finding, part.statement.list_id, detail)


def _paid(draft: NoisyDraft, proposal_id: str, ledger: Ledger) -> Iterator[Problem]:
    spend = ledger.spend_of(proposal_id)
    if (
        ledger.budget is None
        or spend is None
        or spend.loss != draft.plan.loss
        or spend.lists < len(draft.lists)
        or not set(draft.years) <= set(spend.years)
        or ledger.budget.unit != draft.plan.unit
    ):
        yield Problem(Finding.NOT_PAID_FOR, "", "the ledger has no such loss for this release")


def _declared(draft: NoisyDraft, part: NoisyList) -> Iterator[Problem]:
    for axis in draft.plan.workload.axes:
        if axis.codes != dimension(axis.name, years=draft.years).codes:
            yield _problem(Finding.UNDECLARED_COLUMN, part, "an axis has codes of its own")
    if VERIFICATION not in draft.plan.workload.tables:
        yield _problem(Finding.NO_VERIFICATION, part, "the verification mix was not measured")


def _of_its_noise(draft: NoisyDraft, part: NoisyList) -> Iterator[Problem]:
    again = shown(part.measured, draft.plan)
    for margin, expected in again.items():
        found = part.shown.get(margin)
        if found is None or found.values.shape != expected.values.shape:
            yield _problem(Finding.NO_INTERVAL, part, "a table has no numbers")
            continue
        inside = (found.lows <= found.values) & (found.values <= found.highs)
        if not inside.all() or not (found.lows < found.highs).all() or not (found.lows >= 0).all():
            yield _problem(Finding.NO_INTERVAL, part, "a number lies outside of its interval")
        near = np.abs(found.values - expected.values) <= _TENTH
        ends = (np.abs(found.lows - expected.lows) <= 1) & (
            np.abs(found.highs - expected.highs) <= 1
        )
        if not (near & ends).all():
            yield _problem(
                Finding.NOT_OF_ITS_NOISE, part, "a number does not follow from its noise"
            )


def _named(draft: NoisyDraft, part: NoisyList, earlier: Sequence[NoisyDraft]) -> Iterator[Problem]:
    before = [
        (old.plan, dict(other.measured))
        for old in earlier
        for other in old.lists
        if other.statement.list_id == part.statement.list_id
    ]
    seen = [*before, (draft.plan, dict(part.measured))]
    found = named_cells(seen, confidence=SURE, small=SMALL)
    if found:
        yield _problem(Finding.NAMED, part, f"{len(found)} numbers below {SMALL + 1} can be named")
