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

Coordinates: the logits of l, list by list, then u = log(-log(1 - V)): shape
(CLASSES K + CLASSES - 1, chains). Chains come last, so that every operation runs along
them; `LatentClassDensity.logits` and `.sticks` are views of the two parts.
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
        self.size = CLASSES * self.lists + CLASSES - 1
        patterns = np.flatnonzero(overlap.counts)
        self._counts = overlap.counts[patterns].astype(np.float64)
        self._products = _Products(patterns, self.lists)
        # The gradient also needs the pattern on no list, and may be coarse: see `gradient`.
        with_none = np.concatenate([[0], patterns])
        self._coarse_products = _Products(with_none, self.lists)
        on_list = (with_none >> np.arange(self.lists)[:, None] & 1).astype(np.float32)
        self._sums = np.vstack([on_list, np.ones(with_none.size, dtype=np.float32)])
        self._coarse_counts = np.concatenate([[0.0], self._counts]).astype(np.float32)[:, None]
        # Row j adds up what stands before class j.
        self._before = np.tri(CLASSES, CLASSES - 1, -1, dtype=np.float32)

    def logits(self, place: Floats) -> Floats:
        """Shape (K, CLASSES, chains)."""
        return place[: CLASSES * self.lists].reshape(self.lists, CLASSES, -1)

    def sticks(self, place: Floats) -> Floats:
        """Shape (CLASSES - 1, chains)."""
        return place[CLASSES * self.lists :]

    def evaluate(self, place: Floats) -> Evaluation:
        """The density in double precision, with what happens for sure not lost to rounding."""
        odds = np.exp(self.logits(place))
        softplus = np.log1p(odds)
        off = 1 / (1 + odds)
        odds *= off
        weight = np.exp(log_class_weights(np.exp(self.sticks(place))))
        chance = self._products.of(odds, off, weight).sum(axis=1)
        missed = softplus.sum(axis=0)
        seen = np.einsum("jc,jc->c", weight, -np.expm1(-missed))
        loglik = self._counts @ np.log(chance) - self.observed * np.log(seen)
        logprior = (
            place[: CLASSES * self.lists].sum(axis=0)
            - 2 * missed.sum(axis=0)
            + log_stick_prior(self.sticks(place))
        )
        return Evaluation(loglik, logprior, seen)

    def gradient(self, place: Floats, heat: Floats) -> tuple[Floats, Floats]:
        """Gradient of heat * loglik + logprior, and the incidents expected in each class.

        Single precision: a Hamiltonian trajectory is reversible whatever field of forces
        leads it, and is accepted or not by `evaluate`. Shapes as `place`, and (CLASSES,
        chains).
        """
        exponential = np.exp(place)
        off = self.logits(exponential)
        off += 1
        np.reciprocal(off, out=off)
        on = 1 - off
        broken = self.sticks(exponential)
        weight = np.exp(-(self._before @ broken))
        weight[:-1] *= -np.expm1(-broken)
        part = self._coarse_products.of(on, off, weight)
        per_pattern = np.einsum("pjc->pc", part)
        unseen = per_pattern[0].copy()
        per_pattern += _TINY
        np.divide(self._coarse_counts, per_pattern, out=per_pattern)
        np.divide(self.observed, np.maximum(1 - unseen, _LEAST_SEEN), out=per_pattern[0])
        per_pattern *= heat
        part *= per_pattern[:, None]
        sums = (self._sums @ part.reshape(part.shape[0], -1)).reshape(-1, *weight.shape)
        size = sums[-1]
        force = np.empty_like(place)
        for_logits = self.logits(force)
        np.multiply(size + 2, on, out=for_logits)
        np.subtract(sums[:-1], for_logits, out=for_logits)
        for_sticks = self.sticks(force)
        np.divide(size[:-1], np.expm1(broken), out=for_sticks)
        for_sticks -= self._before.T @ size
        for_sticks -= (A + CLASSES - 1) / (B + broken.sum(axis=0))
        for_sticks *= broken
        force += 1
        return force, size


# Keeps a pattern whose chance is below single precision from dividing by zero.
_TINY: Final = np.float32(1e-37)
_LEAST_SEEN: Final = np.float32(1e-7)


class _Products:
    """A pattern's chance in a class is a product over lists.

    The products over the first half of the lists and over the second are few, and each
    serves many patterns.
    """

    def __init__(self, patterns: NDArray[np.int64], lists: int) -> None:
        self._first = lists // 2
        self._low, self._high = patterns & (1 << self._first) - 1, patterns >> self._first
        self._room: tuple[Floats, ...] = ()

    def of(self, on: Floats, off: Floats, weight: Floats) -> Floats:
        """Weight times chance for each pattern, shape (patterns, CLASSES, chains).

        `on` and `off`: the chance to be on each list and not to be, (K, CLASSES, chains).
        The next call overwrites what this one returned: fresh memory for arrays of this
        size costs more than the products.
        """
        if not self._room or self._room[0].shape[1:] != weight.shape:
            heights = (1 << self._first, 1 << on.shape[0] - self._first, *[self._low.size] * 2)
            self._room = tuple(np.empty((tall, *weight.shape), on.dtype) for tall in heights)
        low, high, result, other = self._room
        _double(low, on[: self._first], off[: self._first])
        low *= weight
        _double(high, on[self._first :], off[self._first :])
        # With a mode other than "raise", numpy writes into `out` directly.
        low.take(self._low, axis=0, out=result, mode="clip")
        high.take(self._high, axis=0, out=other, mode="clip")
        result *= other
        return result


def _double(into: Floats, on: Floats, off: Floats) -> None:
    """All products over these lists, list 0 the low bit: (2^lists, CLASSES, chains)."""
    into[0], into[1] = off[0], on[0]
    for k in range(1, on.shape[0]):
        here = into[: 1 << k]
        np.multiply(here, on[k], out=into[1 << k : 2 << k])
        here *= off[k]


def log_stick_prior(sticks: Floats) -> NDArray[np.float64]:
    """Log prior of the class weights with alpha integrated out, shape (chains,)."""
    total = np.exp(sticks).sum(axis=0)
    result: NDArray[np.float64] = sticks.sum(axis=0) - (A + CLASSES - 1) * np.log(B + total)
    return result


def information(density: LatentClassDensity, place: Floats, size: Floats) -> Floats:
    """Fisher information on each coordinate if every incident's class were known.

    Shape as `place`; `size`: incidents in each class, (CLASSES, chains).
    """
    result = np.empty_like(place)
    chance_on = 1 / (1 + np.exp(-density.logits(place)))
    density.logits(result)[:] = size * chance_on * (1 - chance_on)
    broken = np.exp(density.sticks(place))
    not_before = np.cumsum(size[::-1], axis=0)[:0:-1]
    # Of V on its logit n V (1 - V); the logit of V has derivative s / V in u = log s.
    density.sticks(result)[:] = not_before * broken**2 * np.exp(-broken) / -np.expm1(-broken)
    return result


def log_class_weights(broken: Floats) -> NDArray[np.float64]:
    """Log of the class weights, shape (CLASSES, chains), from -log(1 - V)."""
    result = np.zeros((broken.shape[0] + 1, broken.shape[1]))
    np.cumsum(-broken, axis=0, out=result[1:])
    result[:-1] += np.log(-np.expm1(-broken))
    return result
