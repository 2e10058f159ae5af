"""The overlap: how many incidents show each inclusion pattern.

Everything in this package starts from one of these. A table that cannot be (an
incident on no list that was nevertheless counted, a list nobody is on) is refused
here, so that no estimator has to wonder.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from safelight.errors import SafelightError

# 2^12 patterns; beyond that no estimator here can do anything but guess.
MOST_LISTS: Final = 12
LONGEST_NAME: Final = 100
_MOST_NOISE: Final = 1e6
_MOST_COUNTED: Final = 10**15
_MOST_INCIDENTS: Final = 10**12
LARGEST_TABLE: Final = 1_000_000  # characters; 2^12 rows need about 120,000


class OverlapError(SafelightError):
    """A table of inclusion patterns that cannot be read, or that cannot be true."""


def can_be_shown(name: str) -> bool:
    """Names stand on terminals and in pictures: nothing that moves a cursor or turns text."""
    return 0 < len(name) <= LONGEST_NAME and name.isprintable()


@dataclass(frozen=True)
class Overlap:
    """Counts for each inclusion pattern of K lists.

    `counts` has shape (2^K,), int64 and read-only. Pattern p is a bit mask: bit k is
    set if the incident stands on list k, list 0 being the low bit. `counts[0]`, the
    incidents on no list, is what the rest of this package is about; here it is 0.

    `noise_scale`: the scale b of the discrete Laplace noise that each cell carries,
    P(z) ~ exp(-|z| / b), so that nobody's presence shows; 0 for a table of true counts.
    """

    lists: tuple[str, ...]
    counts: NDArray[np.int64] = field(repr=False)
    noise_scale: float = 0.0

    def __post_init__(self) -> None:
        k = len(self.lists)
        if not 2 <= k <= MOST_LISTS:
            raise OverlapError(f"an overlap has 2 to {MOST_LISTS} lists; got {k}")
        if len(set(self.lists)) != k or not all(self.lists):
            raise OverlapError("every list needs a name of its own")
        if not all(can_be_shown(name) for name in self.lists):
            raise OverlapError(
                f"a list's name is up to {LONGEST_NAME} letters, digits, signs and spaces"
            )
        counts = np.array(self.counts)
        if counts.shape != (1 << k,):
            raise OverlapError(
                f"{k} lists have {1 << k} patterns; got an array of shape {counts.shape}"
            )
        if counts.dtype.kind not in "iu":
            raise OverlapError("counts are whole numbers")
        counts = counts.astype(np.int64)
        if (counts < 0).any():
            raise OverlapError("a count below zero; a pattern is counted 0 times or more")
        if int(counts.sum(dtype=np.float64)) > _MOST_INCIDENTS:
            raise OverlapError("more than 10^12 incidents; there are fewer people")
        if counts[0] != 0:
            raise OverlapError(
                "incidents on no list were counted; nobody can have counted those. "
                "Leave out the row with only zeros"
            )
        empty = [str(place) for place, total in enumerate(_totals(counts, k), start=1) if not total]
        if empty:
            raise OverlapError(
                f"nobody stands on list number {', '.join(empty)}; leave it out, it says nothing"
            )
        if not 0 <= self.noise_scale < _MOST_NOISE:
            raise OverlapError(f"the scale of noise is from 0 to {_MOST_NOISE:g} incidents")
        counts.setflags(write=False)
        object.__setattr__(self, "counts", counts)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Overlap):
            return NotImplemented
        return (
            self.lists == other.lists
            and self.noise_scale == other.noise_scale
            and bool(np.array_equal(self.counts, other.counts))
        )

    def __hash__(self) -> int:
        return hash((self.lists, self.counts.tobytes(), self.noise_scale))

    @property
    def observed(self) -> int:
        """Incidents on at least one list: n."""
        return int(self.counts.sum())

    @property
    def totals(self) -> tuple[int, ...]:
        """Incidents on each list."""
        return tuple(int(total) for total in _totals(self.counts, len(self.lists)))

    def shared(self, *chosen: int) -> int:
        """Incidents that stand on all of the lists with these numbers, whatever else."""
        mask = sum(1 << number for number in set(chosen))
        patterns = np.arange(self.counts.size)
        return int(self.counts[(patterns & mask) == mask].sum())

    def seen_times(self) -> NDArray[np.int64]:
        """Shape (K + 1,): how many incidents stand on exactly 0, 1, …, K lists."""
        times = np.bitwise_count(np.arange(self.counts.size, dtype=np.uint64))
        seen: NDArray[np.int64] = np.bincount(
            times, weights=self.counts, minlength=len(self.lists) + 1
        ).astype(np.int64)
        return seen

    @classmethod
    def from_patterns(
        cls, lists: Sequence[str], patterns: Mapping[tuple[int, ...], int]
    ) -> Overlap:
        """From {(0, 1, …): count}, one 0 or 1 for each list."""
        if not 2 <= len(lists) <= MOST_LISTS:  # before 2^K cells are made
            raise OverlapError(f"an overlap has 2 to {MOST_LISTS} lists; got {len(lists)}")
        counts = np.zeros(1 << len(lists), dtype=np.int64)
        for pattern, count in patterns.items():
            if len(pattern) != len(lists) or not set(pattern) <= {0, 1}:
                raise OverlapError(f"a pattern is {len(lists)} times 0 or 1; got one that is not")
            if not isinstance(count, (int, np.integer)) or abs(count) >= _MOST_COUNTED:
                raise OverlapError("counts are whole numbers below 10^15")
            counts[sum(bit << k for k, bit in enumerate(pattern))] = count
        return cls(tuple(lists), counts)

    @classmethod
    def from_records(cls, lists: Sequence[str], incidents: Iterable[Iterable[str]]) -> Overlap:
        """From linked incidents: for each, the names of the lists it stands on."""
        if not 2 <= len(lists) <= MOST_LISTS:
            raise OverlapError(f"an overlap has 2 to {MOST_LISTS} lists; got {len(lists)}")
        bit = {name: 1 << k for k, name in enumerate(lists)}
        counts = np.zeros(1 << len(lists), dtype=np.int64)
        for incident in incidents:
            pattern = 0
            for name in incident:
                if name not in bit:
                    raise OverlapError(
                        f"an incident stands on a list that is not one of {', '.join(lists)}"
                    )
                pattern |= bit[name]
            counts[pattern] += 1
        return cls(tuple(lists), counts)

    @classmethod
    def from_private_counts(
        cls,
        lists: Sequence[str],
        counts: Mapping[tuple[int, ...], int],
        *,
        noise_scale: float,
    ) -> Overlap:
        """From what organisations learn of each other without showing their lists.

        `counts`: for each pattern how many incidents, one 0 or 1 for each list; patterns
        that are missing count 0. `noise_scale` is 0 if the counts are true, else the scale
        of the discrete Laplace noise in *every* cell, also in those that were 0, whose
        counts may then be below zero. They become 0 here, which adds less than half the
        scale to such a cell; answers get wider by what the noise can do. Raises
        `OverlapError` for a negative count without noise.
        """
        if noise_scale > 0:
            counts = {pattern: max(count, 0) for pattern, count in counts.items()}
        return replace(cls.from_patterns(lists, counts), noise_scale=noise_scale)

    @classmethod
    def from_csv(cls, untrusted: str, *, noise_scale: float = 0.0) -> Overlap:
        """From CSV: one 0/1 column for each list, and a column `count`, by custom the last.

        Patterns that are missing count 0. A table whose header has no comma may be separated
        by semicolons or tabs. `noise_scale` as in `from_private_counts`; only counts with
        noise may be below zero. Raises `OverlapError` naming the line.
        """
        parsed = rows_from_csv(untrusted)
        header = parsed[0][1]
        if header.count("count") != 1 or len(header) < 3:
            raise OverlapError(
                "the header names two or more lists and, by custom last, one column 'count', "
                "with commas between them (or semicolons, or tabs); "
                f"got {len(header)} columns, {header.count('count')} of them 'count'"
            )
        place = header.index("count")
        lists = tuple(header[:place] + header[place + 1 :])
        patterns: dict[tuple[int, ...], int] = {}
        for line, cells in parsed[1:]:
            if len(cells) != len(header):
                raise OverlapError(f"line {line} has {len(cells)} cells; expected {len(header)}")
            ones = cells[:place] + cells[place + 1 :]
            pattern, count = _row(line, ones, cells[place], signed=noise_scale > 0)
            if pattern in patterns:
                raise OverlapError(
                    f"line {line} repeats a pattern; each stands once. "
                    "Add the counts up if they are of the same period"
                )
            patterns[pattern] = count
        return cls.from_private_counts(lists, patterns, noise_scale=noise_scale)

    def to_csv(self) -> str:
        """The CSV that `from_csv` reads, patterns with a count only."""
        out = io.StringIO(newline="")
        write = csv.writer(out, lineterminator="\n").writerow
        write([*self.lists, "count"])
        for pattern in np.flatnonzero(self.counts):
            write(
                [
                    *(int(pattern) >> k & 1 for k in range(len(self.lists))),
                    int(self.counts[pattern]),
                ]
            )
        return out.getvalue()

    def permuted(self, order: Sequence[int]) -> Overlap:
        """The same table with the lists in another order."""
        if sorted(order) != list(range(len(self.lists))):
            raise OverlapError("an order names each list once")
        return self._mapped(
            tuple(self.lists[k] for k in order),
            [1 << list(order).index(k) for k in range(len(order))],
        )

    def without(self, dropped: int) -> Overlap:
        """Leave list number `dropped` out; incidents on it alone are no longer observed."""
        kept = [k for k in range(len(self.lists)) if k != dropped]
        if len(kept) == len(self.lists):
            raise OverlapError(f"there is no list number {dropped}")
        places = [0] * len(self.lists)
        for place, k in enumerate(kept):
            places[k] = 1 << place
        return self._mapped(tuple(self.lists[k] for k in kept), places)

    def collapsed(self, groups: Mapping[str, Sequence[int]]) -> Overlap:
        """Merge lists: an incident stands on a group if it stands on any list of it."""
        members = [k for group in groups.values() for k in group]
        if sorted(members) != list(range(len(self.lists))):
            raise OverlapError("groups name every list exactly once")
        places = [0] * len(self.lists)
        for place, group in enumerate(groups.values()):
            for k in group:
                places[k] = 1 << place
        return self._mapped(tuple(groups), places)

    def _mapped(self, lists: tuple[str, ...], places: Sequence[int]) -> Overlap:
        """Count again after list k's bit became `places[k]` (0: the list is left out)."""
        patterns = np.arange(self.counts.size)
        target = np.zeros_like(patterns)
        for k, place in enumerate(places):
            target |= np.where(patterns >> k & 1, place, 0)
        counts = np.zeros(1 << len(lists), dtype=np.int64)
        np.add.at(counts, target, self.counts)
        counts[0] = 0
        # A cell that is a sum of several carries the noise of all of them.
        summed = np.bincount(target[1:], minlength=counts.size)[1:].max()
        return Overlap(lists, counts, self.noise_scale * float(np.sqrt(summed)))


def _totals(counts: NDArray[np.int64], k: int) -> list[int]:
    patterns = np.arange(counts.size)
    return [int(counts[(patterns >> number & 1) == 1].sum()) for number in range(k)]


def rows_from_csv(untrusted: str) -> list[tuple[int, list[str]]]:
    """The header and the rows of a table, each with its line number; cells without blanks.

    Commas separate. Only a header without any comma may have semicolons, as spreadsheets of
    many languages write, or tabs; one with both is refused rather than guessed at.
    """
    if len(untrusted) > LARGEST_TABLE:
        raise OverlapError(f"a table of more than {LARGEST_TABLE} characters is no overlap")
    text = untrusted.lstrip("\ufeff")
    header = next((line for line in text.splitlines() if line.strip()), "")
    between = [mark for mark in (";", "\t") if mark in header]
    if "," in header or not between:
        between = [","]
    if len(between) > 1:
        raise OverlapError("the header has semicolons and tabs; put commas between all columns")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=between[0])
    try:
        parsed = [(rows.line_num, [cell.strip() for cell in row]) for row in rows if any(row)]
    except csv.Error:
        raise OverlapError(f"line {rows.line_num} is not CSV") from None
    if not parsed:
        raise OverlapError("an empty table; expected a header line and patterns")
    return parsed


def _row(line: int, ones: list[str], counted: str, *, signed: bool) -> tuple[tuple[int, ...], int]:
    if not set(ones) <= {"0", "1"}:
        raise OverlapError(f"line {line}: a list's column holds 0 or 1")
    # isdecimal also admits other scripts' digits, which int() reads; isascii keeps them out.
    count = counted.removeprefix("-") if signed else counted
    if not (count.isascii() and count.isdecimal() and len(count) < 16):
        raise OverlapError(f"line {line}: the count is a whole number, 0 or more")
    return tuple(int(one) for one in ones), int(counted)
