"""Subtracting one release from another: what a reader learns who keeps both.

Two exact releases of one list (with suppression) differ by what came in between. Every
number published in both gives the change exactly; a change of one to `threshold` - 1
incidents is a small count like any other, and who withdrew or came forward knows it.
No change at all tells nobody's story and is allowed.

Where all changes go one way, the tables before, the tables after and the change itself are
one system of sums (before + change = after, cell by cell), and the attacker's programs
(`attacker`) bound the hidden cells of both releases and of the change together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from safelight.release.attacker import Interval, feasible_intervals
from safelight.release.counts import Cell, CountSystem, Sum
from safelight.release.disclosure import DisclosureRule, is_protected
from safelight.release.draft import Draft, ListRelease, count_system

BEFORE: Final = ("release", "before")
AFTER: Final = ("release", "after")
CHANGE: Final = ("release", "change")


@dataclass(frozen=True)
class Difference:
    """What can be learned about one cell by subtracting. `interval` None: the change itself."""

    list_id: str
    against: str  # as-of day of the earlier release
    interval: Interval | None


def differences(draft: Draft, earlier: Draft) -> Iterator[Difference]:
    """What the two releases together give away about lists that stand in both."""
    known = {part.statement.list_id: part for part in earlier.lists}
    for part in draft.lists:
        before = known.get(part.statement.list_id)
        if before is not None and part.tables and before.tables:
            yield from _of_list(part, before, draft.rule, earlier)


def _of_list(
    part: ListRelease, before: ListRelease, rule: DisclosureRule, earlier: Draft
) -> Iterator[Difference]:
    where, against = part.statement.list_id, earlier.as_of.isoformat()
    old, new = count_system(before.tables), count_system(part.tables)
    shared = [name for name in new.cells if name in set(old.cells)]
    old_count = dict(zip(old.cells, old.counts, strict=True))
    new_count = dict(zip(new.cells, new.counts, strict=True))
    changed = {name: new_count[name] - old_count[name] for name in shared}
    for name in shared:
        open_in_both = name not in part.hidden and name not in before.hidden
        if open_in_both and 0 < abs(changed[name]) < rule.threshold:
            yield Difference(where, against, None)
    grows = all(change >= 0 for change in changed.values())
    shrinks = all(change <= 0 for change in changed.values())
    if not (grows or shrinks) or not any(changed.values()):
        # Changes both ways: the two sides are bound by nothing. No change: one table twice, where
        # what only one of them hides is known from the other.
        yield from _same_twice(part, before, changed, against)
        return
    first, second = (before, part) if grows else (part, before)
    yield from (
        Difference(where, against, interval)
        for interval in _bounds_together(first, second, shared, rule)
    )


def _same_twice(
    part: ListRelease, before: ListRelease, changed: dict[Cell, int], against: str
) -> Iterator[Difference]:
    if any(changed.values()):
        return
    if set(part.hidden) & set(changed) != set(before.hidden) & set(changed):
        yield Difference(part.statement.list_id, against, None)


def _named(name: Cell, release: tuple[str, str]) -> Cell:
    return tuple(sorted((*name, release)))


def _bounds_together(
    smaller: ListRelease, larger: ListRelease, shared: list[Cell], rule: DisclosureRule
) -> Iterator[Interval]:
    """Bounds that break the rule, over both releases and the change between them."""
    low, high = count_system(smaller.tables), count_system(larger.tables)
    cells: list[Cell] = []
    counts: list[int] = []
    hidden: set[int] = set()
    place: dict[Cell, int] = {}

    def add(name: Cell, count: int, *, is_hidden: bool) -> None:
        place[name] = len(cells)
        if is_hidden:
            hidden.add(len(cells))
        cells.append(name)
        counts.append(count)

    for system, part, release in ((low, smaller, BEFORE), (high, larger, AFTER)):
        for name, count in zip(system.cells, system.counts, strict=True):
            add(_named(name, release), count, is_hidden=name in part.hidden)
    low_count = dict(zip(low.cells, low.counts, strict=True))
    high_count = dict(zip(high.cells, high.counts, strict=True))
    for name in shared:
        unknown = name in smaller.hidden or name in larger.hidden
        add(_named(name, CHANGE), high_count[name] - low_count[name], is_hidden=unknown)
    sums = [
        *_placed(low, place, BEFORE),
        *_placed(high, place, AFTER),
        *(
            Sum((place[_named(n, BEFORE)], place[_named(n, CHANGE)]), place[_named(n, AFTER)])
            for n in shared
        ),
    ]
    joint = CountSystem(tuple(cells), tuple(counts), tuple(sums))
    for index, interval in feasible_intervals(joint, hidden).items():
        if CHANGE in joint.cells[index]:
            # A change that is certainly some, and certainly few.
            if interval.low > 0 and interval.high is not None and interval.high < rule.threshold:
                yield interval
        elif not is_protected(interval, rule):
            yield interval


def _placed(system: CountSystem, place: dict[Cell, int], release: tuple[str, str]) -> Iterator[Sum]:
    for tie in system.sums:
        yield Sum(
            tuple(place[_named(system.cells[part], release)] for part in tie.parts),
            place[_named(system.cells[tie.whole], release)],
        )
