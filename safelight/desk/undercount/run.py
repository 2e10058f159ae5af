"""One look at all incidents on this desk: link, draw plausible linkages, ask every family.

Of true counts: what comes out is for this desk. What leaves goes through `estimate_release`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from safelight.desk.long_run import LongRun, Tell
from safelight.desk.undercount.lists_together import (
    ListsChoice,
    ids_in_order,
    linked_together,
    today,
)
from safelight.pipeline import undercount_of

if TYPE_CHECKING:
    from safelight.undercount.combine import Combined

LEVEL: Final = 0.95
_SEED: Final = 1
# Linking takes about as long as asking the families of one linkage.
_LINKING: Final = 0.4


@dataclass(frozen=True)
class Looked:
    """What one look found. `clusters`: incidents on one list or more, by the likeliest linkage."""

    choice: ListsChoice
    list_ids: tuple[str, ...]
    records: int
    clusters: int
    decisions: int
    combined: Combined


run: Final[LongRun[Looked]] = LongRun("undercount")


def look(choice: ListsChoice, tell: Tell) -> Looked:
    """Link and estimate. Raises `ReleaseError`, `LinkageError`, `OverlapError`."""
    from safelight.undercount.answer import Options  # noqa: PLC0415  loads scipy

    linked = linked_together(choice, as_of=today(), tell=lambda share: tell(_LINKING * share))
    asking = Options(
        seed=_SEED,
        level=LEVEL,
        on_progress=lambda share: tell(_LINKING + (1 - _LINKING) * share),
    )
    combined = undercount_of(linked, draws=choice.linkages, method="all", asking=asking)
    return Looked(
        choice=choice,
        list_ids=ids_in_order(linked),
        records=len(linked.label),
        clusters=len(set(linked.label.tolist())),
        decisions=linked.decisions,
        combined=combined,
    )
