"""How much one unit can be given away: pure ε, or zero-concentrated ρ.

Sources: Dwork, McSherry, Nissim & Smith 2006 (pure ε); Bun & Steinke 2016, "Concentrated
differential privacy: simplifications, extensions, and lower bounds": Proposition 1.4
(ε-DP is ½ε²-zCDP), Proposition 1.3 (ρ-zCDP is (ρ + 2√(ρ ln 1/δ), δ)-DP), Lemma 1.7
(losses of several releases add up).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from math import log, sqrt
from typing import Final

from safelight.release.counts import ReleaseError

# Above this the odds of any fact about one person may change 400 times: no protection.
LARGEST_EPSILON: Final = Fraction(6)
_DENOMINATOR: Final = 10**9


class Measure(StrEnum):
    """`PURE`: ε, with discrete Laplace noise. `ZCDP`: ρ, with discrete Gaussian noise."""

    PURE = "pure"
    ZCDP = "zcdp"


@dataclass(frozen=True)
class PrivacyLoss:
    """An exact amount; `LARGEST_EPSILON` bounds it from above, as ½ε² under zCDP."""

    measure: Measure
    amount: Fraction

    def __post_init__(self) -> None:
        most = LARGEST_EPSILON if self.measure is Measure.PURE else LARGEST_EPSILON**2 / 2
        if not 0 < self.amount <= most or self.amount.denominator > _DENOMINATOR:
            raise ReleaseError(
                f"a privacy loss lies above 0 and up to {float(most):g} ({self.measure.value}), "
                "got one outside; choose a smaller one: 1 or less is usual for a whole year"
            )

    @classmethod
    def parse(cls, measure: str, untrusted: str) -> PrivacyLoss:
        """Read "0.5" or "1/3". Raises ReleaseError for anything else."""
        try:
            amount = Fraction(untrusted) if len(untrusted) <= 20 else Fraction(0)
            if "e" in untrusted.lower():  # 1e-400 is a fraction with a long denominator
                amount = Fraction(0)
            return cls(Measure(measure), amount)
        except (ValueError, ZeroDivisionError):
            raise ReleaseError(
                "expected pure or zcdp and a number such as 0.5 or 1/3, got something else"
            ) from None

    @property
    def as_zcdp(self) -> Fraction:
        """What it costs in ρ."""
        return self.amount if self.measure is Measure.ZCDP else self.amount**2 / 2

    def __str__(self) -> str:
        return f"{'ε' if self.measure is Measure.PURE else 'ρ'} = {float(self.amount):g}"


def epsilon_at(rho: Fraction, *, delta: float) -> float:
    """The ε that holds but for a chance of δ, of ρ-zCDP (Bun & Steinke 2016, Prop. 1.3)."""
    return float(rho) + 2 * sqrt(float(rho) * log(1 / delta))
