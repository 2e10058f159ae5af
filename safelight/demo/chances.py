"""Draws from weights. Every random choice of the simulation goes through these four."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np


def pick(rng: np.random.Generator, weights: Mapping[str, float]) -> str:
    """One code, with probability proportional to its weight."""
    codes = list(weights)
    total = sum(weights.values())
    return codes[int(rng.choice(len(codes), p=[weights[code] / total for code in codes]))]


def happens(rng: np.random.Generator, chance: float) -> bool:
    return bool(rng.random() < chance)


def some(rng: np.random.Generator, chances: Mapping[str, float]) -> tuple[str, ...]:
    """Each code on its own with its chance; the order of the mapping is kept."""
    return tuple(code for code, chance in chances.items() if happens(rng, chance))


def from_log_odds(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))
