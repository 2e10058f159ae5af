"""Link lists: from records to weighed pairs, and to the clusters that are likely.

    check → fields → prepare → block → compare → train → weigh → complete → cluster

Nothing is written anywhere before the last step: a run that is stopped leaves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations_with_replacement
from typing import Final, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from safelight.linkage.blocking import ALL_PAIRS, Rule, as_splink, choose_rules
from safelight.linkage.clusters import (
    CERTAIN,
    Floats,
    Ints,
    Weighed,
    components,
    likely_clusters,
    missing_pairs,
)
from safelight.linkage.comparing import levels
from safelight.linkage.contradictions import decided_pairs
from safelight.linkage.decision import Decision
from safelight.linkage.dependence import Joint, joint_counts
from safelight.linkage.engine import (
    RECORDS,
    Backend,
    DuckDB,
    blocked_pairs,
    compared,
    settings,
    with_rarity,
)
from safelight.linkage.field_kinds import Field, Kind, choose_fields
from safelight.linkage.preparing import Key, prepare
from safelight.linkage.records import LinkageError, RecordList, Unit, check_together
from safelight.linkage.training import Compared, Model, train

Progress: TypeAlias = Callable[[float], None]

_RANDOM_PAIRS: Final = 250_000
# Natural log-odds: pairs less likely than one in 3,000 are forgotten, and records hang
# together from one in 20 on.
_KEPT: Final = -8.0
_CONNECTED: Final = -3.0
_MOST_COMPLETED: Final = 80


@dataclass(frozen=True)
class Options:
    """How to link. `kinds` by column title override what the data look like."""

    seed: int
    memory_gb: float = 6.0
    threads: int | None = None
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    on_progress: Progress | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Linked:
    """What linking found. `pairs` (log-odds, decisions applied) and `levels` run in parallel.

    `label`: for each record, in the order of the lists, the number of its likely cluster.
    `component`: which records hang together at all. `compared_pairs`: how many were looked at.
    """

    lists: tuple[RecordList, ...] = field(repr=False)
    unit: Unit
    fields: tuple[Field, ...]
    rules: tuple[Rule, ...]
    model: Model
    pairs: Weighed = field(repr=False)
    details: Compared = field(repr=False)
    component: Ints = field(repr=False)
    label: Ints = field(repr=False)
    compared_pairs: int
    decisions: int

    def list_numbers(self) -> Ints:
        """For each record the number of its list."""
        return np.repeat(np.arange(len(self.lists)), [len(one) for one in self.lists])

    def record(self, number: int) -> tuple[str, str]:
        """(list, id) of a record."""
        for one in self.lists:
            if number < len(one):
                return one.name, one.ids[number]
            number -= len(one)
        raise LinkageError("there is no record of that number")


def link(
    lists: Sequence[RecordList],
    *,
    options: Options,
    decisions: Iterable[Decision] = (),
    backend: Backend | None = None,
) -> Linked:
    """Link records within and across `lists`, or raise `LinkageError`.

    The same lists, options and decisions give the same answer. `backend` None: DuckDB in
    memory.
    """
    unit = check_together(lists)
    decided = decided_pairs(lists, decisions)
    fields = choose_fields(lists, unit=unit, given=options.kinds)
    tell = options.on_progress or (lambda share: None)
    tell(0.02)
    own = backend is None
    if backend is None:
        backend = DuckDB(memory_gb=options.memory_gb, threads=options.threads)
    try:
        run = _Run(tuple(lists), fields, backend, options.seed)
        return run.linked(unit, decided, tell)
    finally:
        if own and isinstance(backend, DuckDB):
            backend.close()


@dataclass(frozen=True)
class _Run:
    """One linkage on one backend."""

    lists: tuple[RecordList, ...]
    fields: tuple[Field, ...]
    backend: Backend
    seed: int

    def linked(self, unit: Unit, decided: Mapping[tuple[int, int], bool], tell: Progress) -> Linked:
        keys = self._load()
        tell(0.15)
        possible, both = _possible([len(one) for one in self.lists], self._once)
        rules: tuple[Rule, ...] = ()
        if possible.sum() <= ALL_PAIRS:
            candidates, a, b = self._every_pair(), "a", "b"
        else:
            rules = choose_rules(self.backend, keys, records=self._records)
            tell(0.25)
            proposed = settings(self.fields, as_splink(rules, once=self._once))
            candidates, a, b = blocked_pairs(self.backend, proposed), "join_key_l", "join_key_r"
        tell(0.35)
        pairs = self._compared(candidates, a, b)
        if not len(pairs):
            raise LinkageError("no two records agree on anything that could tell records apart")
        tell(0.65)
        seen, joint = self._random_levels()
        tell(0.8)
        model = train(pairs, random_levels=seen, random_joint=joint, possible=possible, sizes=both)
        weight = model.weights(pairs)
        likely = weight > _KEPT
        details, weight = pairs.where(likely), weight[likely]
        tell(0.9)
        details, weight = self._completed(details, weight, model)
        details, weight = _with_decisions(details, weight, decided)
        weighed = Weighed(self._records, details.a, details.b, weight)
        component = components(weighed.above(_CONNECTED))
        label = likely_clusters(component, weighed)
        tell(1.0)
        return Linked(
            lists=self.lists,
            unit=unit,
            fields=self.fields,
            rules=rules,
            model=model,
            pairs=weighed,
            details=details,
            component=component,
            label=label,
            compared_pairs=len(pairs),
            decisions=len(decided),
        )

    @property
    def _records(self) -> int:
        return sum(len(one) for one in self.lists)

    @property
    def _once(self) -> list[int]:
        return [number for number, one in enumerate(self.lists) if one.once]

    def _load(self) -> tuple[Key, ...]:
        prepared = prepare(self.lists, self.fields)
        self.backend.load("loaded", prepared.table)
        rare = with_rarity(self.fields, prepared.table.column_names)
        self.backend.load(RECORDS, self.backend.ask(rare))
        return prepared.keys

    def _compared(self, pairs: str, a: str, b: str) -> Compared:
        table = compared(self.backend, self.fields, pairs=pairs, a=a, b=b)
        return _as_compared(table, len(self.lists), len(self.fields))

    def _every_pair(self) -> str:
        a, b = np.triu_indices(self._records, 1)
        number = np.repeat(np.arange(len(self.lists)), [len(one) for one in self.lists])
        allowed = (number[a] != number[b]) | ~np.isin(number[a], self._once)
        self.backend.load("every_pair", pa.table({"a": a[allowed], "b": b[allowed]}))
        return "every_pair"

    def _random_levels(self) -> tuple[list[Floats], Joint]:
        """How often random pairs show each level of each field (each sums to 1), and how many
        of them show two levels of two fields."""
        generator = np.random.default_rng(self.seed)
        if self._records * (self._records - 1) // 2 <= _RANDOM_PAIRS:
            a, b = np.triu_indices(self._records, 1)
        else:
            a, b = generator.integers(self._records, size=(2, _RANDOM_PAIRS))
            a, b = a[a != b], b[a != b]
        self.backend.load("random_pairs", pa.table({"a": a, "b": b}))
        drawn = self._compared("random_pairs", "a", "b")
        found = []
        for number in range(len(self.fields)):
            agreed = levels(self.fields, number)
            level = drawn.levels[:, number].astype(np.int64)
            # Half an observation for what no random pair happened to show.
            counts = np.bincount(level[level >= 0], minlength=len(agreed)) + 0.5
            shares = counts / counts.sum()
            exact = self._exact_agreement(number) if agreed[0].weighed_by_rarity else None
            if exact is not None:
                shares[1:] *= (1 - exact) / shares[1:].sum()
                shares[0] = exact
            found.append(shares)
        sizes = [len(shares) for shares in found]
        return found, joint_counts(drawn.levels, sizes)

    def _exact_agreement(self, number: int) -> float | None:
        """How often two records hold the same value: known, not sampled."""
        found = self.backend.ask(
            "SELECT sum(c * (c - 1)) AS same, sum(c) AS n FROM (SELECT CAST(count(*) AS DOUBLE) "  # nosec B608  # noqa: S608
            f"AS c FROM {RECORDS} WHERE f{number} IS NOT NULL GROUP BY f{number}) AS counted"
        )
        same, there = found["same"][0].as_py(), found["n"][0].as_py()
        if not there or there < 2:
            return None
        return float(min(0.999, max(same, 0.5) / (there * (there - 1))))

    def _completed(
        self, details: Compared, weight: Floats, model: Model
    ) -> tuple[Compared, Floats]:
        """Compare all with all where records hang together."""
        pairs = Weighed(self._records, details.a, details.b, weight)
        component = components(pairs.above(_CONNECTED))
        a, b = missing_pairs(component, pairs, most_members=_MOST_COMPLETED)
        if not len(a):
            return details, weight
        self.backend.load("missing_pairs", pa.table({"a": a, "b": b}))
        more = self._compared("missing_pairs", "a", "b")
        fresh = model.weights(more)
        # Two records of a list that holds nothing twice are two, however alike.
        fresh[(more.list_a == more.list_b) & np.isin(more.list_a, self._once)] = -CERTAIN
        return details.with_more(more), np.concatenate([weight, fresh])


def combination_numbers(lists: int) -> dict[tuple[int, int], int]:
    """A number for each two lists, a list with itself included."""
    return {pair: n for n, pair in enumerate(combinations_with_replacement(range(lists), 2))}


def _possible(sizes: Sequence[int], once: Sequence[int]) -> tuple[Floats, Floats]:
    """All pairs of each combination of lists, and the records of both."""
    all_pairs, both = [], []
    for one, other in combination_numbers(len(sizes)):
        if one == other:
            within = 0 if one in once else sizes[one] * (sizes[one] - 1) / 2
            all_pairs.append(max(within, 1e-3))
        else:
            all_pairs.append(sizes[one] * sizes[other])
        both.append((sizes[one], sizes[other]))
    return np.array(all_pairs, np.float64), np.array(both, np.float64)


def _as_compared(table: pa.Table, lists: int, fields: int) -> Compared:
    order = combination_numbers(lists)
    lookup = np.zeros((lists, lists), np.int64)
    for (one, other), number in order.items():
        lookup[one, other] = lookup[other, one] = number

    def column(name: str) -> NDArray[np.generic]:
        return np.asarray(table.column(name).to_numpy())

    rarity = np.full((len(table), fields), np.nan, np.float32)
    for number in range(fields):
        if f"t{number}" in table.column_names:
            rarity[:, number] = column(f"t{number}")
    found = Compared(
        column("a").astype(np.int64),
        column("b").astype(np.int64),
        column("list_a").astype(np.int64),
        column("list_b").astype(np.int64),
        lookup[column("list_a").astype(np.int64), column("list_b").astype(np.int64)],
        np.stack([column(f"g{n}").astype(np.int8) for n in range(fields)], axis=1),
        rarity,
    )
    # The database's order depends on its threads; ours must not.
    return found.where(np.lexsort((found.b, found.a)))


def _with_decisions(
    details: Compared, weight: Floats, decided: Mapping[tuple[int, int], bool]
) -> tuple[Compared, Floats]:
    if not decided:
        return details, weight
    place = {
        pair: n for n, pair in enumerate(zip(details.a.tolist(), details.b.tolist(), strict=True))
    }
    new = [pair for pair in decided if pair not in place]
    if new:
        a, b = np.array(new, np.int64).T
        none = np.full((len(new), details.levels.shape[1]), -1, np.int8)
        zeros = np.zeros(len(new), np.int64)
        undecided = Compared(a, b, zeros, zeros, zeros, none, np.full(none.shape, np.nan))
        details = details.with_more(undecided)
        weight = np.concatenate([weight, np.zeros(len(new))])
        place |= {pair: len(place) + n for n, pair in enumerate(new)}
    weight = weight.copy()
    for pair, same in decided.items():
        weight[place[pair]] = CERTAIN if same else -CERTAIN
    return details, weight
