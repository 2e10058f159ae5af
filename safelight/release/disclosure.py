"""Which cells of a table stay hidden, so that nobody can compute the small ones.

A small cell is hidden because it is small. It would still be the row total minus the
rest, so others are hidden with it (complementary suppression), until an attacker with
everything published and the rule itself cannot bound any small cell more tightly than
the rule does: "fewer than the threshold" (docs/methods/disclosure.md).

Sound by construction, then audited anyway: a cell is chosen to be hidden because a
whole-number table was found in which it and a small cell move while all sums hold
(the cheapest such move, by a linear program: Cox 1995, Fischetti & Salazar-González
2001), and `feasible_intervals` afterwards attacks the result without knowing how it
was made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from enum import StrEnum

from safelight.release.attacker import Attacker, Interval, feasible_intervals
from safelight.release.counts import GRAND_TOTAL, CountSystem, ReleaseError
from safelight.release.moves import CheapestMove


@dataclass(frozen=True, kw_only=True)
class DisclosureRule:
    """Published with every table.

    `threshold`: a cell with fewer incidents, *none included*, is hidden; so is a margin.
    `width`: how many whole numbers apart the bounds of a cell hidden for another's sake
    must be. A small cell's bounds must reach from 0 to `threshold` - 1 in any case.
    """

    threshold: int
    width: int

    def __post_init__(self) -> None:
        if self.threshold < 3:
            raise ReleaseError(
                f"the threshold is {self.threshold}; it must be 3 or more, because below 3 "
                "someone who knows of one incident can count the others"
            )
        if not 1 <= self.width < self.threshold:
            raise ReleaseError(
                f"the width is {self.width}; it must be between 1 and {self.threshold - 1}, "
                "the width of the range in which small cells lie"
            )


class Why(StrEnum):
    """Why a cell is hidden. For the desk only: published pages do not tell the two apart."""

    SMALL = "small"
    FOR_ANOTHER = "for-another"


class Refusal(StrEnum):
    """Why a table cannot be released at all."""

    TOO_FEW_IN_ALL = "too-few-in-all"
    NO_COVER = "no-cover"


@dataclass(frozen=True)
class NotReleasable:
    """A refusal is an answer: the tables cannot go out under this rule."""

    why: Refusal
    reason: str


@dataclass(frozen=True)
class Protected:
    """Which cells to hide and what an attacker learns of each."""

    rule: DisclosureRule
    hidden: Mapping[int, Why]
    intervals: Mapping[int, Interval]


def small_cells(system: CountSystem, rule: DisclosureRule) -> frozenset[int]:
    """Cells that are hidden because of their own count; a zero that merely happened is one."""
    return frozenset(
        index
        for index, count in enumerate(system.counts)
        if count < rule.threshold and index not in system.impossible
    )


def findings(
    system: CountSystem, hidden: Iterable[int], rule: DisclosureRule
) -> Mapping[int, Interval | None]:
    """Cells that the rule protects and this pattern does not, with what an attacker learns.

    `None` stands for a small cell that is simply published. Empty means: passed.
    Knows nothing of how the pattern was chosen, so it judges anybody's pattern.
    """
    hidden = frozenset(hidden)
    intervals = feasible_intervals(system, hidden)
    return {
        **dict.fromkeys(sorted(small_cells(system, rule) - hidden)),
        **{
            index: interval
            for index, interval in intervals.items()
            if not is_protected(interval, rule)
        },
    }


def is_protected(interval: Interval, rule: DisclosureRule) -> bool:
    """Judge a hidden cell by what an attacker sees of it, never by its true count.

    So the verdict on a pattern is the same for every table the attacker thinks possible,
    and that it passed tells nothing more. A cell that may be small must range over all
    small counts; one that cannot be small was hidden for another's sake only.
    """
    if interval.low >= rule.threshold:
        return interval.width >= rule.width
    return interval.includes(0, rule.threshold - 1)


def protect(system: CountSystem, rule: DisclosureRule) -> Protected | NotReleasable:
    """Choose what to hide so that `findings` is empty, or say why nothing can be released.

    The grand total is always published: a release without it says nothing. Costs one
    program per unprotected cell and direction, and a whole attack after each round.
    """
    small = small_cells(system, rule)
    total = system.index(GRAND_TOTAL)
    if total in small:
        return NotReleasable(
            Refusal.TOO_FEW_IN_ALL,
            f"fewer than {rule.threshold} incidents in all: the total itself would be a small "
            "cell; wait for more reports or choose a longer period",
        )
    mover = CheapestMove(system, never=system.impossible | {total}, threshold=rule.threshold)
    hidden = set(small)
    while open_cells := dict(_unprotected(system, hidden, rule, first=frozenset())):
        for index, seen in open_cells.items():
            more = _cover(mover, frozenset(hidden), index, seen, rule)
            if more is None:
                return NotReleasable(
                    Refusal.NO_COVER,
                    "a small cell cannot be hidden: the total and the other cells give it "
                    "away whatever else is hidden; use fewer or wider rows and columns",
                )
            hidden |= more
    for index in sorted(hidden - small, key=mover.cost_of, reverse=True):
        # Each cell's cover was sought for itself; together some of it is more than enough.
        near = _neighbours(system, index)
        if next(_unprotected(system, hidden - {index}, rule, first=near), None) is None:
            hidden.remove(index)
    why = {index: Why.SMALL if index in small else Why.FOR_ANOTHER for index in sorted(hidden)}
    return Protected(rule, why, feasible_intervals(system, hidden))


def _neighbours(system: CountSystem, index: int) -> frozenset[int]:
    sums = [{*tie.parts, tie.whole} for tie in system.sums]
    return frozenset[int]().union(*(members for members in sums if index in members))


def _unprotected(
    system: CountSystem, hidden: Set[int], rule: DisclosureRule, *, first: Set[int]
) -> Iterator[tuple[int, Interval]]:
    """Hidden cells that the pattern leaves unprotected, those of `first` before the others.

    Most cells are settled together by a few witnesses (`look_for`); the rest one by one.
    """
    if not hidden:
        return
    attacker = Attacker(system, hidden)
    attacker.look_for(0, rule.threshold - 1)
    settled = (attacker.lows == 0) & (attacker.highs >= rule.threshold - 1)
    places = [place for place in range(len(settled)) if not settled[place]]
    for place in sorted(places, key=lambda place: attacker.hidden[place] not in first):
        interval = attacker.interval(place)
        if not is_protected(interval, rule):
            yield attacker.hidden[place], interval


def _cover(
    mover: CheapestMove,
    hidden: frozenset[int],
    index: int,
    seen: Interval,
    rule: DisclosureRule,
) -> frozenset[int] | None:
    """What to hide for this cell to range as the rule wants; None where nothing helps."""
    if seen.low >= rule.threshold:
        ways = [mover.cells_moved(hidden, index, by=step) for step in (-rule.width, rule.width)]
        return min(
            (moved for moved in ways if moved is not None),
            key=lambda moved: len(moved - hidden),
            default=None,
        )
    found: frozenset[int] = frozenset()
    for target in (0, rule.threshold - 1):
        if seen.includes(target, target):
            continue
        moved = mover.cells_moved(hidden | found, index, to=target)
        if moved is None:
            return None
        found |= moved
    return found
