"""Many chains at once on the latent class posterior: Hamiltonian moves, swaps and heat.

Neal (2011, Handbook of MCMC, ch. 5) for the Hamiltonian moves; Geyer (1991) for chains
at several heats that exchange their states, which is how a chain crosses from one mode
to another; Papaspiliopoulos & Roberts (2008, Biometrika 95:169) for exchanging the
labels of two classes. Every chain is one row of every array.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from safelight.undercount.latent_class_density import (
    CLASSES,
    Evaluation,
    Floats,
    LatentClassDensity,
    information,
    log_class_weights,
)

Progress: TypeAlias = Callable[[float], None]
"""Called with the share done, 0 to 1. To cancel a run, raise from it."""

# Heats of the likelihood; one chain at each hotter one for three cold chains.
HEATS: Final = (1.0, 0.62, 0.38, 0.22)
_COLD_FOR_ONE_HOT: Final = 3
_LONGEST: Final = 30  # leapfrog steps
_ACCEPTED: Final = 0.8
_REPORT_EVERY: Final = 10


@dataclass
class _State:
    logits: NDArray[np.float64]
    sticks: NDArray[np.float64]
    at: Evaluation

    def take(self, rows: NDArray[np.bool_], other: _State) -> None:
        """Replace the chosen chains by another state's."""
        self.logits[rows] = other.logits[rows]
        self.sticks[rows] = other.sticks[rows]
        for name in ("loglik", "logprior", "seen"):
            getattr(self.at, name)[rows] = getattr(other.at, name)[rows]

    def exchange(self, some: NDArray[np.int64], others: NDArray[np.int64]) -> None:
        for array in (self.logits, self.sticks, self.at.loglik, self.at.logprior, self.at.seen):
            array[some], array[others] = array[others], array[some]


def sample_seen(
    density: LatentClassDensity,
    *,
    chains: int,
    warm_up: int,
    draws: int,
    rng: np.random.Generator,
    on_progress: Progress | None,
) -> NDArray[np.float64]:
    """Draws of the chance of being on any list, shape (chains, draws), of the cold chains."""
    sampler = _Sampler(density, chains, rng)
    kept = np.empty((chains, draws))
    for step in range(warm_up + draws):
        if on_progress is not None and step % _REPORT_EVERY == 0:
            on_progress(step / (warm_up + draws))
        sampler.sweep(adapting=step < warm_up, step=step)
        if step >= warm_up:
            kept[:, step - warm_up] = sampler.state.at.seen[:chains]
    return kept


class _Sampler:
    def __init__(self, density: LatentClassDensity, chains: int, rng: np.random.Generator) -> None:
        self.density, self.rng = density, rng
        hot = -(-chains // _COLD_FOR_ONE_HOT)
        self.rungs = np.repeat(np.arange(len(HEATS)), [chains] + [hot] * (len(HEATS) - 1))
        self.heat = np.array(HEATS)[self.rungs]
        rows = self.rungs.size
        # Dispersed: from many equal classes to one, from hardly seen to well seen.
        alpha = np.exp(rng.uniform(-3, 2, size=(rows, 1)))
        sticks = np.log(rng.exponential(size=(rows, CLASSES - 1)) / alpha)
        logits = rng.logistic(size=(rows, CLASSES, density.lists)) - rng.uniform(
            0, 4, size=(rows, 1, 1)
        )
        self.state = _State(logits, sticks, density.evaluate(logits, sticks))
        self.log_step = np.full(len(HEATS), np.log(0.03))
        self.scale_logits = np.full((len(HEATS), CLASSES, density.lists), 0.5)
        self.scale_sticks = np.full((len(HEATS), CLASSES - 1), 0.5)

    def sweep(self, *, adapting: bool, step: int) -> None:
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            # A trajectory that runs off to infinity ends in nan and is rejected.
            self._hamiltonian(adapting=adapting, step=step)
            self._redraw_a_class()
        for _ in range(2):
            self._exchange_labels()
        self._exchange_heats()

    def _hamiltonian(self, *, adapting: bool, step: int) -> None:
        rng, state = self.rng, self.state
        length = np.exp(self.log_step)[self.rungs] * rng.uniform(0.7, 1.3)
        by_logit = (self.scale_logits[self.rungs] * length[:, None, None]).astype(np.float32)
        by_stick = (self.scale_sticks[self.rungs] * length[:, None]).astype(np.float32)
        steps = int(rng.integers(1, _LONGEST + 1)) if step >= 40 else 8
        heat = self.heat.astype(np.float32)
        speed = rng.standard_normal(state.logits.shape, dtype=np.float32)
        stick_speed = rng.standard_normal(state.sticks.shape, dtype=np.float32)
        before = self._energy(state.at, speed, stick_speed)
        logits, sticks = state.logits.astype(np.float32), state.sticks.astype(np.float32)
        force, stick_force, size = self.density.gradient(logits, sticks, heat)
        if adapting and step % 10 == 0:
            self._rescale(*information(logits, sticks, size))
        for _ in range(steps):
            speed += 0.5 * by_logit * force
            stick_speed += 0.5 * by_stick * stick_force
            logits = logits + by_logit * speed
            sticks = sticks + by_stick * stick_speed
            force, stick_force, _ = self.density.gradient(logits, sticks, heat)
            speed += 0.5 * by_logit * force
            stick_speed += 0.5 * by_stick * stick_force
        new = _State(
            logits.astype(np.float64),
            sticks.astype(np.float64),
            self.density.evaluate(logits.astype(np.float64), sticks.astype(np.float64)),
        )
        change = self._energy(new.at, speed, stick_speed) - before
        chance = np.exp(np.minimum(0.0, np.where(np.isfinite(change), change, -np.inf)))
        state.take(rng.random(chance.size) < chance, new)
        if adapting:
            rate = 0.3 if step < 100 else 0.08
            for rung in range(len(HEATS)):
                share = chance[self.rungs == rung].mean()
                self.log_step[rung] += rate * (share - _ACCEPTED)

    def _energy(self, at: Evaluation, speed: Floats, stick_speed: Floats) -> NDArray[np.float64]:
        motion = np.einsum("cjk,cjk->c", speed, speed) + np.einsum("cj,cj->c", *[stick_speed] * 2)
        result: NDArray[np.float64] = self.heat * at.loglik + at.logprior - motion / 2
        return result

    def _rescale(self, on_logits: Floats, on_sticks: Floats) -> None:
        """Move coordinates that the data hold tightly by less, those of empty classes freely.

        Root mean square over chains: a class that is large in some of them is stiff there.
        """
        for rung in range(len(HEATS)):
            mine = self.rungs == rung
            for scale, known in (
                (self.scale_logits[rung], on_logits),
                (self.scale_sticks[rung], on_sticks),
            ):
                most = np.minimum(np.nan_to_num(known[mine].astype(np.float64)), 1e8)
                scale[:] = 0.7 * scale + 0.3 / np.sqrt(1.0 + np.sqrt((most**2).mean(axis=0)))

    def _redraw_a_class(self) -> None:
        """Propose fresh chances for one class from their prior: how empty classes move."""
        rng, state = self.rng, self.state
        rows = np.arange(self.rungs.size)
        logits = state.logits.copy()
        logits[rows, rng.integers(0, CLASSES, rows.size)] = rng.logistic(
            size=(rows.size, self.density.lists)
        )
        new = _State(logits, state.sticks, self.density.evaluate(logits, state.sticks))
        gain = self.heat * (new.at.loglik - state.at.loglik)
        state.take(np.log(rng.random(rows.size)) < gain, new)

    def _exchange_labels(self) -> None:
        """Swap two neighbouring classes; the likelihood stays, the prior's ratio decides."""
        rng, state = self.rng, self.state
        j = int(rng.integers(0, CLASSES - 2))
        broken = np.exp(state.sticks)
        weight = log_class_weights(broken)
        here, after = -broken[:, : j + 1].sum(axis=1), -broken[:, : j + 2].sum(axis=1)
        new_here = np.logaddexp(after, weight[:, j])
        with np.errstate(over="ignore"):
            first = np.log1p(np.exp(weight[:, j + 1] - new_here))
            second = np.logaddexp(0.0, weight[:, j] - after)
        usable = (first > 1e-20) & np.isfinite(first) & (second > 1e-20) & np.isfinite(second)
        rows = np.flatnonzero(usable & (np.log(rng.random(usable.size)) < here - new_here))
        if rows.size:
            state.sticks[rows, j] = np.log(first[rows])
            state.sticks[rows, j + 1] = np.log(second[rows])
            state.logits[rows, j], state.logits[rows, j + 1] = (
                state.logits[rows, j + 1],
                state.logits[rows, j].copy(),
            )
            fresh = self.density.evaluate(state.logits[rows], state.sticks[rows])
            state.at.loglik[rows], state.at.logprior[rows] = fresh.loglik, fresh.logprior
            state.at.seen[rows] = fresh.seen

    def _exchange_heats(self) -> None:
        rng, state = self.rng, self.state
        for rung in range(len(HEATS) - 1):
            colder = rng.permutation(np.flatnonzero(self.rungs == rung))
            hotter = rng.permutation(np.flatnonzero(self.rungs == rung + 1))
            some = min(colder.size, hotter.size)
            colder, hotter = colder[:some], hotter[:some]
            gain = (self.heat[colder] - self.heat[hotter]) * (
                state.at.loglik[hotter] - state.at.loglik[colder]
            )
            taken = np.log(rng.random(some)) < gain
            state.exchange(colder[taken], hotter[taken])
