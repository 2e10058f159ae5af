"""Which tables are counted for a noisy release: declared axes, and tables of one or two of them.

A *margin* is named by its axes and holds one count for every combination of their codes,
as an array. Every row stands in exactly one cell of each margin, so one row more or less
changes each margin by one, in one cell. The noise is scaled by that (`noise_plan`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from safelight.release.counts import ReleaseError

Margin = tuple[str, ...]
Counts = Mapping[Margin, NDArray[np.int64]]

MOST_AXES: Final = 12
MOST_CODES: Final = 100


@dataclass(frozen=True)
class Axis:
    """Something incidents are told apart by, and every code it may have."""

    name: str
    codes: tuple[str, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.codes) <= MOST_CODES or len(set(self.codes)) != len(self.codes):
            raise ReleaseError(
                f"expected 1 to {MOST_CODES} codes, each once, got {len(self.codes)}; "
                "a finer axis makes a table of noise"
            )


@dataclass(frozen=True)
class Workload:
    """Tables by their axes, one or two each, declared before anything is counted."""

    axes: tuple[Axis, ...]
    tables: tuple[Margin, ...]

    def __post_init__(self) -> None:
        names = [axis.name for axis in self.axes]
        used = {name for table in self.tables for name in table}
        if len(set(names)) != len(names) or used != set(names) or len(names) > MOST_AXES:
            raise ReleaseError(
                f"expected up to {MOST_AXES} axes, each named once and each used by a table"
            )
        as_sets = [frozenset(table) for table in self.tables]
        if (
            len(set(as_sets)) != len(as_sets)
            or any(
                len(axes) != len(table) for axes, table in zip(as_sets, self.tables, strict=True)
            )
            or any(not 1 <= len(table) <= 2 for table in self.tables)
        ):
            raise ReleaseError("expected tables of one or two different axes, each table once")

    @property
    def sizes(self) -> Mapping[str, int]:
        return {axis.name: len(axis.codes) for axis in self.axes}

    @property
    def margins(self) -> tuple[Margin, ...]:
        """All that is published: the total, each axis alone, and the tables."""
        alone: list[Margin] = [(axis.name,) for axis in self.axes]
        return ((), *alone, *(table for table in self.tables if len(table) > 1))

    def shape(self, margin: Margin) -> tuple[int, ...]:
        return tuple(self.sizes[name] for name in margin)


def count_margins(rows: Iterable[Mapping[str, str]], workload: Workload) -> Counts:
    """Count rows (axis → code) into every margin of the workload that is not the total.

    Raises ReleaseError for a code that its axis does not have: it would silently be lost.
    """
    place = {
        axis.name: {code: index for index, code in enumerate(axis.codes)} for axis in workload.axes
    }
    coded = [[_place(row, name, codes) for name, codes in place.items()] for row in rows]
    array = np.array(coded, dtype=np.int64).reshape(len(coded), len(place))
    column = {name: array[:, index] for index, name in enumerate(place)}
    counts: dict[Margin, NDArray[np.int64]] = {}
    for margin in workload.margins[1:]:
        shape = workload.shape(margin)
        flat = np.ravel_multi_index([column[name] for name in margin], shape)
        cells = int(np.prod(shape))
        counts[margin] = np.bincount(flat, minlength=cells).astype(np.int64).reshape(shape)
    return counts


def _place(row: Mapping[str, str], name: str, codes: Mapping[str, int]) -> int:
    try:
        return codes[row[name]]
    except KeyError:
        raise ReleaseError(
            f"axis {name}: a row has no code, or one that was not declared; declare all codes "
            "of the vocabulary, whether a row has them or not"
        ) from None
