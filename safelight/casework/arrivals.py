"""What one round of fetching did, as numbers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What one round of fetching did. `left` is True when time was up before the end.

    `added` are messages and files of cases that were here, `unproven` those that nobody can
    say are the reporter's; `destroyed` the cases whose people withdrew; `sent` the answers
    that the server has now.
    """

    found: int = 0
    stored: int = 0
    known: int = 0
    passed_over: int = 0
    cases: int = 0
    added: int = 0
    unproven: int = 0
    set_aside: int = 0
    destroyed: int = 0
    sent: int = 0
    left: bool = False

    def __add__(self, other: Arrivals) -> Arrivals:
        return Arrivals(
            **{
                name: getattr(self, name) + getattr(other, name)
                for name in Arrivals.__dataclass_fields__
                if name != "left"
            },
            left=self.left or other.left,
        )
