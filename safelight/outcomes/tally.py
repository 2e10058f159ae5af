"""All cases at one step, added up as they are followed.

Columns of plain numbers, not a list of cases: at 50,000 cases half of the time went into
Python looking after a million small objects (bench/outcomes.py).
"""

from __future__ import annotations

from array import array
from collections import Counter
from typing import Final

import numpy as np
from numpy.typing import NDArray

from safelight.outcomes.following import State, StepTaken

CAUSE_OF: Final[dict[State, int]] = {"waiting": 0, "reached": 1, "stopped": 2}


class StepTally:
    """Counts of one step, and one wait for each case that has one.

    `reasons`: stops by (stage, code); `details`: by (stage, code, finer reason), of which a
    stop may have several. `unclear`: cases without a date of their own, or with dates in
    the wrong order.
    """

    def __init__(self) -> None:
        self.states: Counter[State] = Counter()
        self.reached_by_entry: Counter[int] = Counter()
        self.reasons: Counter[tuple[str, str]] = Counter()
        self.details: Counter[tuple[str, str, str]] = Counter()
        self.sources: Counter[str] = Counter()
        self.proved = self.undated = self.out_of_order = self.unclear = 0
        self._waits = array("d")
        self._causes = array("q")
        self._splits = array("q")
        self._numbers: dict[tuple[str, str], int] = {}

    @property
    def entered(self) -> int:
        return self.states.total()

    @property
    def timed(self) -> int:
        return len(self._causes)

    def add(self, step: StepTaken, *, entry: int) -> None:
        """Take one case in; `entry` is the place on the way from which it counts."""
        state, wait, stop, proved, undated, out_of_order, source = step
        self.states[state] += 1
        split = CAUSE_OF[state]
        if state == "reached":
            self.reached_by_entry[entry] += 1
        if stop is not None:
            reason = (stop.stage, stop.code)
            self.reasons[reason] += 1
            for detail in stop.reasons:
                self.details[(*reason, detail)] += 1
            split += self._numbers.setdefault(reason, len(self._numbers))
        if source:
            self.sources[source] += 1
        self.proved += proved
        self.undated += undated
        self.out_of_order += out_of_order
        self.unclear += undated or out_of_order
        if wait is not None:
            self._waits.extend(wait)
            self._causes.append(CAUSE_OF[state])
            self._splits.append(split)

    def waits(self) -> NDArray[np.float64]:
        """Shape (timed, 3): shortest, middle and longest, in days."""
        return np.array(self._waits, dtype=np.float64).reshape(-1, 3)

    def causes(self) -> NDArray[np.int64]:
        """Shape (timed,): `CAUSE_OF` the state."""
        return np.array(self._causes, dtype=np.int64)

    def causes_by_reason(self) -> tuple[NDArray[np.int64], dict[tuple[str, str], int]]:
        """Shape (timed,), with a cause from 2 on for each reason; and which is whose."""
        first = CAUSE_OF["stopped"]
        numbers = {reason: first + number for reason, number in self._numbers.items()}
        return np.array(self._splits, dtype=np.int64), numbers
