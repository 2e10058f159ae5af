"""The statistical rows, as the numbers need them: frozen, and without a way back to a case."""

from __future__ import annotations

from collections.abc import Iterator

from safelight.casework.models import StatisticalRow
from safelight.vocabulary.stat_row import StatRow


def stat_rows() -> Iterator[StatRow]:
    """Yield every row in the order of its random id, which says nothing about when it was made.

    Raises `VocabularyError` for a row of another vocabulary version.
    """
    for codes in (
        StatisticalRow.objects.order_by("stat_id").values_list("codes", flat=True).iterator()
    ):
        yield StatRow.from_mapping(codes)
