"""Decisions that cannot all hold: A is B, B is C, and A is not C.

Clusters would drop one of them without a word, and not always the same one. So they are
refused by their numbers, and people take one back.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Iterable, Mapping, Sequence

from safelight.linkage.decision import Decision
from safelight.linkage.records import LinkageError, RecordList

_Same = Mapping[int, Sequence[tuple[int, int]]]


class ContradictionError(LinkageError):
    """`numbers`: the decisions, counted from 1 in the order given, of which one must go."""

    def __init__(self, numbers: Sequence[int], because: str) -> None:
        self.numbers = tuple(sorted(numbers))
        listed = ", ".join(map(str, self.numbers))
        super().__init__(
            f"decisions {listed} contradict each other: {because}; take one of them back"
        )


def decided_pairs(
    lists: Sequence[RecordList], decisions: Iterable[Decision]
) -> dict[tuple[int, int], bool]:
    """Decisions by record numbers, smaller first; one about a record that is gone is left out.

    Raises `ContradictionError` where no linkage could keep all of them.
    """
    place: dict[tuple[str, str], int] = {}
    for one in lists:
        for identity in one.ids:
            place[(one.name, identity)] = len(place)
    found: dict[tuple[int, int], tuple[int, bool]] = {}
    for number, decision in enumerate(decisions, 1):
        if decision.one not in place or decision.other not in place:
            continue
        a, b = sorted((place[decision.one], place[decision.other]))
        if a == b:
            raise LinkageError(f"decision {number} is about two records; got one twice")
        first, said = found.setdefault((a, b), (number, decision.same))
        if said is not decision.same:
            raise ContradictionError((first, number), "they are about the same pair")
    same = _neighbours(found)
    for (a, b), (number, together) in found.items():
        if not together and (chain := _chain(same, a, {b})):
            raise ContradictionError(
                (number, *chain), 'what they call "the same" leads to what one calls "different"'
            )
    _check_once(lists, same)
    return {pair: together for pair, (_, together) in found.items()}


def _neighbours(found: Mapping[tuple[int, int], tuple[int, bool]]) -> _Same:
    same: dict[int, list[tuple[int, int]]] = {}
    for (a, b), (number, together) in found.items():
        if together:
            same.setdefault(a, []).append((b, number))
            same.setdefault(b, []).append((a, number))
    return same


def _chain(same: _Same, start: int, ends: Container[int]) -> list[int]:
    """The fewest decisions "the same" that lead from a record to one of others; [] if none do."""
    came: dict[int, tuple[int, int] | None] = {start: None}
    waiting = deque([start])
    while waiting:
        here = waiting.popleft()
        if here in ends and here != start:
            numbers = []
            while (step := came[here]) is not None:
                here = step[0]
                numbers.append(step[1])
            return numbers
        for other, number in same.get(here, ()):
            if other not in came:
                came[other] = (here, number)
                waiting.append(other)
    return []


def _check_once(lists: Sequence[RecordList], same: _Same) -> None:
    first = 0
    for one in lists:
        mine = range(first, first + len(one))
        first += len(one)
        for record in same if one.once else ():
            if record in mine and (chain := _chain(same, record, mine)):
                raise ContradictionError(
                    chain, f"list {one.name} holds nothing twice, and they join two of its records"
                )
