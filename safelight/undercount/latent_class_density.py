"""The latent class model's posterior with N and the classes of incidents integrated out.

Manrique-Vallier (2016, Biometrics 72:1246): incidents fall into classes; within a class
lists are independent, list k seeing an incident of class j with probability l_jk. Class
weights are a stick-breaking process cut off at `CLASSES` (V_j ~ Beta(1, alpha)), alpha
~ Gamma(a, b), l_jk uniform, and N has prior 1/N.

With that prior on N, the sum over N is elementary: what remains of the likelihood is
the multinomial of the observed patterns *given that they were observed*, and N - n given
the rest is negative binomial(n, 1 - p0), p0 the chance to be on no list. alpha goes by
its Gamma integral. So the density here is smooth, has 9 + 10 K coordinates whatever n,
and needs no cap on N.

Coordinates: logits of l, shape (chains, CLASSES, K), and u = log(-log(1 - V)), shape
(chains, CLASSES - 1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from safelight.undercount.overlap import Overlap

CLASSES: Final = 10  # the truncation of the paper
A = B = 0.25

Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Evaluation:
    """Log posterior up to a constant, split, and the chance of being on any list; (chains,)."""

    loglik: NDArray[np.float64]
    logprior: NDArray[np.float64]
    seen: NDArray[np.float64]


class LatentClassDensity:
    """The density of one table, and its gradient, for many chains at once."""

    def __init__(self, overlap: Overlap) -> None:
        self.lists = len(overlap.lists)
        self.observed = overlap.observed
        patterns = np.flatnonzero(overlap.counts)
        self._on_list = (patterns[:, None] >> np.arange(self.lists) & 1).astype(np.float64)
        self._counts = overlap.counts[patterns].astype(np.float64)
        # The gradient also needs the pattern on no list, and may be coarse: see `gradient`.
        with_none = np.vstack([np.zeros(self.lists), self._on_list])
        self._on_list32 = with_none.astype(np.float32)
        self._by_list32 = np.ascontiguousarray(self._on_list32.T)
        self._counts32 = np.concatenate([[0.0], self._counts]).astype(np.float32)

    def evaluate(self, logits: Floats, sticks: Floats) -> Evaluation:
        """The density in double precision, with what happens for sure not lost to rounding."""
        broken = np.exp(sticks)
        log_weight = log_class_weights(broken)
        softplus = np.logaddexp(0.0, logits)
        missed = -softplus.sum(axis=2)  # log chance that a class's incident is on no list
        chance = np.exp(
            logits @ self._on_list.T + (missed + log_weight)[:, :, None], dtype=np.float64
        ).sum(axis=1)
        seen = (np.exp(log_weight) * -np.expm1(missed)).sum(axis=1)
        loglik = np.log(chance) @ self._counts - self.observed * np.log(seen)
        total = broken.sum(axis=1)
        logprior = (
            (logits - 2 * softplus).sum(axis=(1, 2))
            + sticks.sum(axis=1)
            - (A + CLASSES - 1) * np.log(B + total)
        )
        return Evaluation(loglik, logprior, seen)

    def gradient(
        self, logits: Floats, sticks: Floats, heat: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """Gradient of heat * loglik + logprior, and the incidents expected in each class.

        Single precision: a Hamiltonian trajectory is reversible whatever field of forces
        leads it, and is accepted or not by `evaluate`. Shapes as the coordinates, and
        (chains, CLASSES).
        """
        chains = logits.shape[0]
        odds = np.exp(np.clip(logits, -40.0, 40.0), dtype=np.float32)
        broken = np.exp(np.clip(sticks, -60.0, 60.0), dtype=np.float32)
        chance_on = odds / (1 + odds)
        missed = -np.log1p(odds).sum(axis=2)
        stick = -np.expm1(-broken)
        log_weight = np.empty((chains, CLASSES), dtype=np.float32)
        log_weight[:, 0] = 0
        np.cumsum(-broken, axis=1, out=log_weight[:, 1:])
        total = -log_weight[:, -1]
        log_weight[:, :-1] += np.log(stick)
        part = (logits.reshape(-1, self.lists) @ self._by_list32).reshape(chains, CLASSES, -1)
        part += (missed + log_weight)[:, :, None]
        np.exp(part, out=part)
        per_pattern = self._counts32 / part.sum(axis=1)
        seen = (np.exp(log_weight) * -np.expm1(missed)).sum(axis=1)
        per_pattern[:, 0] = self.observed / seen
        per_pattern *= heat[:, None]
        part *= per_pattern[:, None, :]
        size = part.sum(axis=2)
        on = (part.reshape(-1, part.shape[2]) @ self._on_list32).reshape(logits.shape)
        for_logits = on - (size[:, :, None] + 2) * chance_on + 1
        later = np.cumsum(size[:, ::-1], axis=1)[:, -2::-1]
        for_broken = (
            size[:, :-1] * (1 - stick) / stick - later - ((A + CLASSES - 1) / (B + total))[:, None]
        )
        return for_logits, for_broken * broken + 1, size


def information(logits: Floats, sticks: Floats, size: Floats) -> tuple[Floats, Floats]:
    """Fisher information on each coordinate if every incident's class were known.

    Shapes as the coordinates; `size`: incidents in each class, (chains, CLASSES).
    """
    chance_on = 1 / (1 + np.exp(-logits))
    broken = np.exp(sticks)
    not_before = np.cumsum(size[:, ::-1], axis=1)[:, :0:-1]
    # Of V on its logit n V (1 - V); the logit of V has derivative s / V in u = log s.
    on_sticks = not_before * broken**2 * np.exp(-broken) / -np.expm1(-broken)
    return size[:, :, None] * chance_on * (1 - chance_on), on_sticks


def log_class_weights(broken: Floats) -> NDArray[np.float64]:
    """Log of the class weights, shape (chains, CLASSES), from -log(1 - V)."""
    result = np.zeros((broken.shape[0], broken.shape[1] + 1))
    np.cumsum(-broken, axis=1, out=result[:, 1:])
    result[:, :-1] += np.log(-np.expm1(-broken))
    return result
