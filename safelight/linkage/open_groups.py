"""Groups of three or more records that hang together, as the sampler needs them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from safelight.linkage.cluster_evidence import OpenGroup
from safelight.linkage.clusters import CERTAIN, Floats, Ints, components
from safelight.linkage.linking import Linked

# Natural log-odds: every pair that linking keeps. Those who are less likely the same are not
# offered each other's cluster. Far lower than where records hang together for display: of many
# unlikely pairs a few are true, and draws that never join them count too many incidents.
_NEAR: Final = -8.0


def decided(weight: Floats) -> NDArray[np.int8]:
    """For each pair 1 if people said that it is the same, -1 if different, 0 if nobody did."""
    found: NDArray[np.int8] = (np.sign(weight) * (np.abs(weight) > CERTAIN / 2)).astype(np.int8)
    return found


def hanging_together(linked: Linked) -> Ints:
    """For each record the number of the group within which draws may place it."""
    return components(linked.pairs.above(_NEAR))


def open_groups(linked: Linked, component: Ints) -> list[OpenGroup]:
    """The groups of three or more records. What people joined is one unit; a list that holds
    nothing twice has its records apart."""
    pairs = linked.pairs
    said = decided(pairs.weight)
    unit_of = components(pairs.where(said > 0))
    sizes = np.bincount(component)
    members = _members(component, np.flatnonzero(sizes > 2))
    inside = (component[pairs.a] == component[pairs.b]) & (sizes[component[pairs.a]] > 2)
    rows = np.flatnonzero(inside)
    order = rows[np.argsort(component[pairs.a[rows]], kind="stable")]
    cuts = np.flatnonzero(np.diff(component[pairs.a[order]])) + 1
    frame = _Frame(linked, said, unit_of, linked.list_numbers())
    return [
        frame.group(members[int(component[pairs.a[mine[0]]])], mine)
        for mine in np.split(order, cuts)
        if len(mine)
    ]


def _members(component: Ints, wanted: NDArray[np.intp]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for record in np.flatnonzero(np.isin(component, wanted)).tolist():
        found[int(component[record])].append(record)
    return found


@dataclass(frozen=True)
class _Frame:
    """What all groups are made from: what people said of each pair, and for each record the
    unit it belongs to and its list."""

    linked: Linked
    said: NDArray[np.int8]
    unit_of: Ints
    of: Ints

    def group(self, members: list[int], rows: NDArray[np.intp]) -> OpenGroup:
        pairs = self.linked.pairs
        units: dict[int, list[int]] = defaultdict(list)
        for record in members:
            units[int(self.unit_of[record])].append(record)
        place = {record: n for n, unit in enumerate(units.values()) for record in unit}
        near: list[dict[int, None]] = [{} for _ in units]
        apart = [0] * len(units)
        row: dict[tuple[int, int], int] = {}
        for number in rows.tolist():
            a, b = int(pairs.a[number]), int(pairs.b[number])
            row[(a, b)] = number
            one, other = place[a], place[b]
            if one == other:
                continue
            if self.said[number] < 0:
                apart[one] |= 1 << other
                apart[other] |= 1 << one
            elif pairs.weight[number] > _NEAR:
                near[one][other] = near[other][one] = None
        counts = [self._counts(unit) for unit in units.values()]
        for number, one_list in enumerate(self.linked.lists):
            if one_list.once:
                _keep_apart(apart, [unit for unit, count in enumerate(counts) if count[number]])
        return OpenGroup(
            records=[tuple(unit) for unit in units.values()],
            lists=counts,
            near=[list(one) for one in near],
            edges=[(one, other) for one, each in enumerate(near) for other in each if one < other],
            apart=apart,
            row=row,
        )

    def _counts(self, unit: list[int]) -> tuple[int, ...]:
        return tuple(np.bincount(self.of[unit], minlength=len(self.linked.lists)).tolist())


def _keep_apart(apart: list[int], units: list[int]) -> None:
    bits = sum(1 << unit for unit in units)
    for unit in units:
        apart[unit] |= bits & ~(1 << unit)
