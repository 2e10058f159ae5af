"""What a rule costs is counted before it is taken."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations, product

import numpy as np
import pyarrow as pa
import pytest

from safelight.linkage.blocking import _agreement, _pairs
from safelight.linkage.engine import DuckDB
from safelight.linkage.preparing import Key


@pytest.mark.parametrize(
    "keys",
    [
        (Key("words", 0, many=True), Key("weeks", 1, many=True)),
        (Key("words", 0, many=True), Key("region", 2), Key("weeks", 1, many=True)),
        (Key("words", 0, many=True),),
        (Key("region", 2),),
    ],
)
def test_a_rule_over_two_lists_of_values_costs_every_meeting(keys: tuple[Key, ...]) -> None:
    """Two records meet once for each combination of values that both hold."""
    generator = np.random.default_rng(1)
    rows = [
        {
            "words": None if n % 7 == 0 else [*map(str, generator.permutation(4)[: 1 + n % 3])],
            "weeks": [*map(int, generator.permutation(5)[: 1 + n % 4])],
            "region": "ab"[n % 2] if n % 5 else None,
        }
        for n in range(60)
    ]
    meeting = [[held(row, key) for key in keys] for row in rows]
    counted = sum(
        int(np.prod([len(set(one) & set(other)) for one, other in zip(mine, theirs, strict=True)]))
        for mine, theirs in combinations(meeting, 2)
    )
    backend = DuckDB(memory_gb=1, threads=1)
    try:
        backend.load("sampled", pa.Table.from_pylist(rows))
        assert _pairs(backend, keys) == counted + 1
        alone = sum(len(list(product(*each))) for each in meeting)
        assert _agreement(backend, keys, 60) * 60**2 == pytest.approx(2 * counted + alone)
    finally:
        backend.close()


def held(row: Mapping[str, object], key: Key) -> list[object]:
    cell = row[key.column]
    if cell is None:
        return []
    return cell if isinstance(cell, list) else [cell]
