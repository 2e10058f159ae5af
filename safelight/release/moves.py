"""The cheapest way for one count to change while every row and column still adds up.

Whatever moves with it must be hidden with it (docs/methods/disclosure.md).
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csc_array, hstack

from safelight.release.attacker import sums_matrix
from safelight.release.counts import CountSystem, ReleaseError

_OPTIMAL, _INFEASIBLE = 0, 2
# A hidden cell costs nothing more, but a move must not wander through cells it does not need.
_ALMOST_FREE = 1e-6


_MARGIN_COST = 3.0


def _costs(system: CountSystem, *, threshold: int) -> NDArray[np.float64]:
    """1 for a cell in which nothing is expected, up to 2 where most is, 3 for a margin."""
    # A margin below the threshold is not published, and counts as nothing here.
    known = {
        name[0]: count if count >= threshold else 0
        for name, count in zip(system.cells, system.counts, strict=True)
        if len(name) == 1
    }
    expected = np.array(
        [float(known[name[0]] * known[name[1]]) if len(name) == 2 else 0.0 for name in system.cells]
    )
    rising = np.log1p(expected) / max(1.0, float(np.log1p(expected).max()))
    inner = np.array([len(name) == 2 for name in system.cells])
    return np.where(inner, 1.0 + rising, _MARGIN_COST)


def _importance(system: CountSystem) -> NDArray[np.float64]:
    """0 to 1, to decide between equals: code lists begin with what matters most, years do not."""
    order: dict[str, list[str]] = {}
    for name in system.cells:
        for dimension, code in name:
            codes = order.setdefault(dimension, [])
            if code not in codes:
                codes.append(code)
    rank = {
        (dimension, code): place if dimension == "year" else len(codes) - place
        for dimension, codes in order.items()
        for place, code in enumerate(codes)
    }
    # No two cells alike, or the solver would decide between them by what else the table holds.
    size = len(system.cells)
    weight = np.array(
        [sum(rank[part] for part in name) + place / size for place, name in enumerate(system.cells)]
    )
    return weight / max(1.0, float(weight.max(initial=0.0)))


class CheapestMove:
    """Finds the fewest published cells that must move for one cell to take another value.

    What a cell costs never depends on its own count. A choice by count ("hide the smallest
    in the row") would tell an attacker who knows our program that a hidden cell is smaller
    than its neighbours. It depends on its place, and on what its margins, which are
    published, let one expect: so that cover is sought among the rare rows and columns.
    """

    def __init__(self, system: CountSystem, *, never: frozenset[int], threshold: int) -> None:
        self._counts = np.array(system.counts, dtype=np.float64)
        ties = csc_array(sums_matrix(system))
        # Each cell moves up by one variable and down by another, so that both cost.
        self._ties = hstack([ties, -ties]).tocsc()
        self._movable = np.array([index not in never for index in range(len(system.cells))])
        self._cost = _costs(system, threshold=threshold) + 0.001 * _importance(system)

    def cost_of(self, index: int) -> float:
        """What hiding this cell costs a reader; never a function of its own count."""
        return float(self._cost[index])

    def cells_moved(
        self, hidden: AbstractSet[int], index: int, *, by: int | None = None, to: int | None = None
    ) -> frozenset[int] | None:
        """The cells of a cheapest move of `index` by a step, or to a count; None if none exists."""
        step = by if by is not None else (to or 0) - int(self._counts[index])
        if step == 0:
            return frozenset()
        size = len(self._counts)
        cost = self._cost.copy()
        cost[list(hidden)] = _ALMOST_FREE
        least = np.zeros(2 * size)
        most = np.concatenate(
            [np.where(self._movable, np.inf, 0.0), np.where(self._movable, self._counts, 0.0)]
        )
        way, way_back = (index, index + size) if step > 0 else (index + size, index)
        if most[way] < abs(step):
            return None
        least[way] = most[way] = abs(step)
        most[way_back] = 0.0
        moves = self._cheapest(np.concatenate([cost, cost]), Bounds(least, most))
        return None if moves is None else frozenset(int(place) for place in np.flatnonzero(moves))

    def _cheapest(self, cost: NDArray[np.float64], bounds: Bounds) -> NDArray[np.int64] | None:
        size = len(self._counts)
        for whole in (False, True):  # one table alone gives whole numbers at the first try
            answer = milp(
                cost,
                integrality=np.full(2 * size, int(whole)),
                bounds=bounds,
                constraints=LinearConstraint(self._ties, 0.0, 0.0),
                options={"mip_rel_gap": 0.0},
            )
            if answer.status == _INFEASIBLE:
                return None
            if answer.status != _OPTIMAL or answer.x is None:
                raise ReleaseError(
                    f"the solver stopped without an answer (status {answer.status}); "
                    "the table is not released without its audit"
                )
            moves = answer.x[:size] - answer.x[size:]
            rounded: NDArray[np.int64] = np.rint(moves).astype(np.int64)
            if np.allclose(moves, rounded, atol=1e-6):
                return rounded
        raise ReleaseError(
            "the solver gave fractions of incidents; the table is not released without its audit"
        )
