"""What is handed out: a number with its interval and assumption, a bound, or a refusal."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from safelight.undercount.decomposable import PriorOnN
from safelight.undercount.loglinear import Interval
from safelight.undercount.loglinear_search import Order
from safelight.undercount.overlap import Overlap
from safelight.undercount.progress import Progress
from safelight.undercount.rules import Verdict, shipped_rules

Family: TypeAlias = Literal[
    "independence", "loglinear", "stepwise", "decomposable", "latent-class", "chao", "chapman"
]
FAMILIES: Final[tuple[Family, ...]] = (
    "independence",
    "loglinear",
    "stepwise",
    "decomposable",
    "latent-class",
    "chao",
    "chapman",
)


@dataclass(frozen=True)
class Options:
    """How to estimate. `delta` None means 2^-K; `resamples` are the bootstrap's.

    `vary_delta`: also show the decomposable answer under a smaller and a larger delta.
    """

    seed: int
    level: float = 0.95
    order: Order = "pairs"
    saturated: bool = False
    prior: PriorOnN = "1/N"
    delta: float | None = None
    resamples: int = 1000
    vary_delta: bool = True
    on_progress: Progress | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Answer:
    """One method's answer about one table; `as_json` is the contract of the command line.

    `estimate` and the ends of `interval` count all incidents, observed and not. For a
    lower bound the upper end is infinite; a refusal has neither. `diagnostics` is made
    of JSON values only.
    """

    method: str
    lists: tuple[str, ...]
    observed: int
    estimate: float | None
    interval: Interval | None
    level: float
    verdict: Verdict
    reason: str
    assumption: str
    model: str
    diagnostics: Mapping[str, Any]

    @property
    def unseen(self) -> float | None:
        return None if self.estimate is None else self.estimate - self.observed

    def as_json(self) -> dict[str, Any]:
        """JSON values only; an infinite end is null."""
        ends = None if self.interval is None else [self.interval.low, self.interval.high]
        plain: dict[str, Any] = _plain(
            {
                "method": self.method,
                "lists": list(self.lists),
                "observed": self.observed,
                "estimate": self.estimate,
                "interval": ends,
                "level": self.level,
                "verdict": self.verdict,
                "reason": self.reason,
                "assumption": self.assumption,
                "model": self.model,
                "diagnostics": dict(self.diagnostics),
            }
        )
        return plain


def _plain(value: Any) -> Any:
    """JSON has no infinity and no numpy: null, and Python's own numbers."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    return value


def _in_words(assumption: str) -> str:
    """The method's sentence, and the one that every count of incidents on lists rests on."""
    known = shipped_rules().assumptions
    return f"{known[assumption]} {known['matches']}"


def answered(
    overlap: Overlap,
    method: str,
    *,
    estimate: float,
    interval: Interval,
    model: str,
    reason: str,
    diagnostics: Mapping[str, Any],
    verdict: Verdict = "estimate",
    assumption: str | None = None,
) -> Answer:
    return Answer(
        method=method,
        lists=overlap.lists,
        observed=overlap.observed,
        estimate=float(estimate),
        interval=interval,
        level=interval.level,
        verdict=verdict,
        reason=reason,
        assumption=_in_words(assumption or method),
        model=model,
        diagnostics=diagnostics,
    )


def refused(
    overlap: Overlap,
    method: str,
    *,
    level: float,
    reason: str,
    diagnostics: Mapping[str, Any] | None = None,
) -> Answer:
    return Answer(
        method=method,
        lists=overlap.lists,
        observed=overlap.observed,
        estimate=None,
        interval=None,
        level=level,
        verdict="refused",
        reason=reason,
        assumption=_in_words(method),
        model="",
        diagnostics=diagnostics or {},
    )
