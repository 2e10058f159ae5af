"""The statistical rows, as the numbers need them: frozen, and without a way back to a case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from safelight.casework.followup.consents import cases_agreed_to, today
from safelight.casework.models import Bridge, StatisticalRow
from safelight.casework.summaries import STATISTICS
from safelight.vocabulary.stat_row import StatRow


def stat_rows() -> Iterator[StatRow]:
    """Yield every row in the order of its random id, which says nothing about when it was made.

    Only of cases whose consent to statistics holds today: a row keeps the quarter in which it
    ends, and that is up to three months late. Raises `VocabularyError` for a row of another
    vocabulary version.
    """
    agreed = cases_agreed_to(STATISTICS, on=today())
    rows = StatisticalRow.objects.filter(bridge__case_id__in=agreed).order_by("stat_id")
    for codes in rows.values_list("codes", flat=True).iterator():
        yield StatRow.from_mapping(codes)


def row_ids() -> Mapping[str, str]:
    """Case → the id of its row, of the cases that `stat_rows` counts. It leaves no desk."""
    agreed = cases_agreed_to(STATISTICS, on=today())
    pairs = Bridge.objects.filter(case_id__in=agreed).values_list("case_id", "row_id")
    return dict(pairs)
