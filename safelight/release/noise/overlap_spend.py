"""Measuring the overlap: the loss is spent in the ledger first, then noise is drawn, once."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from django.utils.translation import gettext as _

from safelight.release.counts import ReleaseError
from safelight.release.ledger import OVERLAP, read_ledger, spend_before_drawing
from safelight.release.noise.overlap import (
    MeasuredOverlap,
    OverlapDraw,
    Table,
    checked_tables,
    draw_overlap,
    most_changed,
    overlap_scale,
)
from safelight.release.noise.privacy_loss import Measure, PrivacyLoss
from safelight.release.noise.sampling import measurement


def measure_overlap(
    tables: Sequence[Table],
    *,
    lists: Sequence[str],
    years: Sequence[int],
    loss: PrivacyLoss,
    draw: OverlapDraw = draw_overlap,
) -> MeasuredOverlap:
    """Spend `loss` once, then measure all tables (shape (2^K,), from plausible linkages).

    Raises ReleaseError for what can be refused beforehand and BudgetSpentError where too
    little is left; then nothing was drawn. Must not be called inside a transaction.
    """
    counts = checked_tables(tables, lists, loss)
    budget = read_ledger().budget
    if budget is None:
        raise ReleaseError(
            _("no privacy budget is set on this desk; a second person sets it first")
        )
    scale = overlap_scale(loss, budget.unit, linkages=len(tables))
    stated = measurement(Measure.PURE, scale).map(most_changed(budget.unit, len(tables)))
    if stated > float(loss.amount):
        raise ReleaseError("the noise would cost more than was chosen for it; nothing is drawn")
    paid_as = f"{OVERLAP}{secrets.token_hex(8)}"
    # One measurement of all lists together: it costs its loss once, not once a list.
    spend_before_drawing(paid_as, loss, lists=1, years=years)
    noisy = draw(counts.ravel(), scale).reshape(counts.shape)
    return MeasuredOverlap(
        tuple(lists),
        tuple(tuple(int(cell) for cell in table) for table in noisy),
        tuple(years),
        loss,
        budget.unit,
        paid_as,
    )
