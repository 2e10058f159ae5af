"""The readable twin of `safelight.release.attacker`: try every table of whole numbers.

Takes exponential time; for tables of a dozen hidden cells with small counts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from safelight.release.attacker import Interval
from safelight.release.counts import CountSystem


def all_tables(system: CountSystem, hidden: Collection[int]) -> Iterator[tuple[int, ...]]:
    """Every table of counts that agrees with the published cells and with all sums."""
    # No part exceeds its whole, and the grand total is published and the largest.
    largest = max(system.counts)
    ties = [(frozenset((*tie.parts, tie.whole)), tie) for tie in system.sums]

    def extend(table: dict[int, int], missing: frozenset[int]) -> Iterator[tuple[int, ...]]:
        forced = True
        while forced:
            forced = False
            for members, tie in ties:
                unknown = members & missing
                parts = sum(table.get(part, 0) for part in tie.parts)
                whole = table.get(tie.whole, 0)
                if not unknown:
                    if parts != whole:
                        return
                elif len(unknown) == 1:
                    (only,) = unknown
                    count = parts if only == tie.whole else whole - parts
                    if count < 0:
                        return
                    table = {**table, only: count}
                    missing -= unknown
                    forced = True
                elif tie.whole not in missing and parts > whole:
                    return
        if not missing:
            yield tuple(table[index] for index in range(len(system.counts)))
            return
        first = min(missing)
        for count in range(largest + 1):
            yield from extend({**table, first: count}, missing - {first})

    known = {i: count for i, count in enumerate(system.counts) if i not in hidden}
    yield from extend(known, frozenset(hidden))


def every_interval(system: CountSystem, hidden: Collection[int]) -> dict[int, Interval]:
    """The least and the greatest count of each hidden cell over `all_tables`."""
    tables = list(all_tables(system, hidden))
    return {
        index: Interval(min(t[index] for t in tables), max(t[index] for t in tables))
        for index in sorted(hidden)
    }
