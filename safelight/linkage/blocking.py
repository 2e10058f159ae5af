"""Which pairs are compared at all: rules chosen from the data, not by hand.

A rule asks that two or three keys of different fields are equal. What each rule would
cost is counted on a sample; cheap rules over different fields are taken until the budget
of pairs is spent, so that a true pair with several errors still meets under some rule.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import numpy as np
import pyarrow as pa

from safelight.linkage.engine import RECORDS, Backend
from safelight.linkage.preparing import Key
from safelight.linkage.records import LinkageError

ALL_PAIRS: Final = 400_000
_SAMPLE: Final = 40_000
_MOST_KEYS: Final = 26
# A key on which pairs agree more often than this says little and is only ever a third.
_COMMON: Final = 0.2


@dataclass(frozen=True)
class Rule:
    """`keys` that must all be equal, and the pairs expected from it."""

    keys: tuple[Key, ...]
    cost: float

    @property
    def fields(self) -> frozenset[int]:
        return frozenset(key.field for key in self.keys)


def budget(records: int) -> tuple[float, int]:
    """The most pairs, and the most rules, for this many records.

    Comparing costs about ten microseconds a pair: small lists can afford to look at more.
    """
    pairs = min(120.0 * records, 400_000 + 4.0 * records)
    return pairs, 60 if records <= 30_000 else 24 if records <= 200_000 else 10


def choose_rules(backend: Backend, keys: Sequence[Key], *, records: int) -> tuple[Rule, ...]:
    """Rules within the budget; raises `LinkageError` where every key is too common."""
    most_pairs, most_rules = budget(records)
    sampled = min(records, _SAMPLE)
    scale = (records / sampled) ** 2
    sample = _sample(backend, records)
    backend = backend.counting()
    backend.load("sampled", sample)
    shares = {key: _agreement(backend, (key,), sampled) for key in keys}
    useful = sorted((key for key in keys if shares[key] > 0), key=shares.__getitem__)[:_MOST_KEYS]
    found: list[Rule] = []
    for size in (1, 2, 3):
        for chosen in combinations(useful, size):
            if len({key.field for key in chosen}) < size or _is_covered(chosen, found, most_pairs):
                continue
            if sum(shares[key] > _COMMON for key in chosen) > max(0, size - 2):
                continue
            guess = records**2 / 2
            for key in chosen:
                guess *= shares[key]
            if guess > 20 * most_pairs:  # far too dear even if the keys were independent
                continue
            cost = scale * _pairs(backend, chosen)
            found.append(Rule(chosen, cost))
        if size == 2 and sum(rule.cost <= most_pairs / 4 for rule in found) >= most_rules:
            break
    rules = _greedy(found, most_pairs, most_rules)
    if not rules:
        raise LinkageError(
            "every key is too common to find pairs by: too many records agree on all that could "
            "narrow them down. Add a column that tells records apart, or link by year or region"
        )
    return rules


def _is_covered(chosen: tuple[Key, ...], found: Sequence[Rule], most: float) -> bool:
    """A rule with fewer of the same keys, cheap enough to be taken, finds all of these."""
    return any(set(rule.keys) < set(chosen) and rule.cost <= most / 8 for rule in found)


def _greedy(found: Sequence[Rule], most_pairs: float, most_rules: int) -> tuple[Rule, ...]:
    taken: list[Rule] = []
    used: Counter[int] = Counter()
    left = most_pairs
    waiting = [rule for rule in found if rule.cost <= most_pairs / 4]
    while waiting and len(taken) < most_rules:
        waiting = [rule for rule in waiting if rule.cost <= left]
        if not waiting:
            break
        best = min(
            waiting,
            key=lambda rule: (
                sum(used[field] for field in rule.fields) / len(rule.fields),
                len(rule.keys),
                rule.cost,
            ),
        )
        waiting.remove(best)
        taken.append(best)
        used.update(best.fields)
        left -= best.cost
    # Splink drops what an earlier rule found: cheap rules first make that cheap.
    return tuple(sorted(taken, key=lambda rule: rule.cost))


def _sample(backend: Backend, records: int) -> pa.Table:
    """By chance: every 25th record may be every copy of some (lists are joined end to end)."""
    if records <= _SAMPLE:
        return backend.ask(f"SELECT * FROM {RECORDS}")  # nosec B608  # noqa: S608
    drawn = np.random.default_rng(1).choice(records, size=_SAMPLE, replace=False)
    backend.load("drawn", pa.table({"unique_id": np.sort(drawn).astype(np.int32)}))
    return backend.ask(f"SELECT {RECORDS}.* FROM {RECORDS} JOIN drawn USING (unique_id)")  # nosec B608  # noqa: S608


def _blocks(keys: Sequence[Key]) -> str:
    there = " AND ".join(f"{key.column} IS NOT NULL" for key in keys)
    names = ", ".join(f"k{n}" for n in range(len(keys)))
    rows = f"SELECT * FROM sampled WHERE {there}"  # nosec B608  # noqa: S608
    for n, key in enumerate(keys):
        # One array after the other: two in one SELECT are zipped, not crossed, and a rule that
        # meets on any element of both would look far cheaper than it is.
        one = f"unnest({key.column})" if key.many else key.column
        rows = f"SELECT *, {one} AS k{n} FROM ({rows})"  # nosec B608  # noqa: S608
    return f"SELECT count(*) AS c FROM ({rows}) GROUP BY {names}"  # nosec B608  # noqa: S608


def _pairs(backend: Backend, keys: Sequence[Key]) -> float:
    found = backend.ask(f"SELECT sum(c * (c - 1) / 2) AS n FROM ({_blocks(keys)})")  # nosec B608  # noqa: S608
    return float(found["n"][0].as_py() or 0) + 1.0


def _agreement(backend: Backend, keys: Sequence[Key], sampled: int) -> float:
    """Share of pairs that agree on `keys`; 0 where nobody holds anything."""
    found = backend.ask(f"SELECT sum(c * c) AS n FROM ({_blocks(keys)})")  # nosec B608  # noqa: S608
    return float(found["n"][0].as_py() or 0) / max(1, sampled) ** 2


def as_splink(rules: Sequence[Rule], *, once: Sequence[int]) -> list[dict[str, Any]]:
    """The rules in Splink's form; records of one list in `once` never meet each other."""
    apart = ""
    if once:
        apart = f" AND (l.list_no <> r.list_no OR l.list_no NOT IN ({', '.join(map(str, once))}))"
    return [
        {
            "blocking_rule": " AND ".join(f"l.{key.column} = r.{key.column}" for key in rule.keys)
            + apart,
            "sql_dialect": "duckdb",
            "arrays_to_explode": [key.column for key in rule.keys if key.many] or None,
        }
        for rule in rules
    ]
