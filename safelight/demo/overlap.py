"""The overlap of the simulated country's lists: linked as organisations that trust each other do.

Statistical rows are too coarse to link by, so linkage sees what the files hold (`linkable`):
of the published lists, and of those records alone that are counted there. Who is the same as
whom in truth is not looked at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from safelight.demo.facts import OWN
from safelight.demo.linkable import linkable_lists
from safelight.demo.simulation import Simulation
from safelight.linkage.records import RecordList
from safelight.pipeline import linked_digest, plausible_overlaps

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Two, because each plausible linkage is paid for: with three the noise is half as wide again.
LINKAGES: Final = 2
_SEED: Final = 1


@dataclass(frozen=True)
class LinkedLists:
    """True overlaps, one for each plausible linkage; they leave only with noise."""

    tables: tuple[NDArray[np.int64], ...]
    digest: str


def linked_lists(simulation: Simulation, names: Sequence[str], *, reports: int) -> LinkedLists:
    """Link the lists of these names (of `facts.ALL_LISTS`), with the first so many own reports."""
    # Splink takes a second to load.
    from safelight.linkage.linking import Options, link  # noqa: PLC0415

    counted = _counted(simulation, reports)
    found = {one.name: one for one in linkable_lists(simulation, only=names).lists}
    linked = link(
        [_only(found[name], counted) for name in names], options=Options(seed=_SEED), decisions=()
    )
    tables = plausible_overlaps(linked, draws=LINKAGES, seed=_SEED)
    return LinkedLists(tuple(tables), linked_digest(linked))


def _counted(simulation: Simulation, reports: int) -> frozenset[str]:
    """Ids of records that may be counted: with consent, or with a ground of bias written down."""
    own = {f"{OWN}-{one.number}" for one in simulation.tellings[:reports] if "STAT" in one.consent}
    theirs = {
        record.stat_id
        for kept in simulation.lists
        for record in kept.records
        if record.codes["bias_ground"]
    }
    return frozenset(own | theirs)


def _only(one: RecordList, counted: frozenset[str]) -> RecordList:
    kept = [place for place, identity in enumerate(one.ids) if identity in counted]
    return RecordList(
        one.name,
        one.unit,
        tuple(one.ids[place] for place in kept),
        {title: tuple(cells[place] for place in kept) for title, cells in one.columns.items()},
    )
