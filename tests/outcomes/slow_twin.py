"""Aalen–Johansen as one would do it with paper and exact fractions.

Day by day, the shares of cases waiting, and ended by each cause, are moved on by that
day's observed chances. Their covariance is carried along: the uncertainty so far goes
through the same step, and the day's own multinomial uncertainty is added (Andersen,
Borgan, Gill & Keiding 1993, IV.4.1, the Greenwood-type recursion).
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction


def walk(
    waits: Sequence[int], causes: Sequence[int], *, n_causes: int
) -> dict[int, tuple[list[Fraction], list[Fraction]]]:
    """For each day with an event: the shares and the variances of causes 1 to n_causes."""
    states = range(n_causes + 1)  # 0 is waiting
    shares = [Fraction(1)] + [Fraction(0)] * n_causes
    covariance = [[Fraction(0) for _ in states] for _ in states]
    found = {}
    for day in sorted(set(waits)):
        at_risk = sum(wait >= day for wait in waits)
        ended = [
            sum(wait == day and cause == k for wait, cause in zip(waits, causes, strict=True))
            for k in states
        ]
        ended[0] = 0  # those censored today leave only after today
        if not any(ended):
            continue
        chance = [Fraction(count, at_risk) for count in ended]
        # Row i, column j: what share of state i is in state j after the day.
        move = [[Fraction(int(i == j)) for j in states] for i in states]
        move[0] = [1 - sum(chance), *chance[1:]]
        waiting = shares[0]
        shares = [sum(shares[i] * move[i][j] for i in states) for j in states]
        carried = [
            [
                sum(move[i][j] * covariance[i][m] * move[m][n] for i in states for m in states)
                for n in states
            ]
            for j in states
        ]
        own = [
            [
                Fraction(0) if 0 in (j, n) else (chance[j] * (int(j == n) - chance[n])) / at_risk
                for n in states
            ]
            for j in states
        ]
        for j in states[1:]:  # what goes to a cause is missing among the waiting
            own[0][j] = own[j][0] = -sum(own[j][1:])
        own[0][0] = -sum(own[0][1:])
        covariance = [[carried[j][n] + waiting**2 * own[j][n] for n in states] for j in states]
        found[day] = (shares[1:], [covariance[k][k] for k in states[1:]])
    return found
