"""Many chains at once on the latent class posterior: Hamiltonian moves, swaps and heat.

Neal (2011, Handbook of MCMC, ch. 5) for the Hamiltonian moves; Geyer (1991) for chains
at several heats that exchange their states, which is how a chain crosses from one mode
to another; Papaspiliopoulos & Roberts (2008, Biometrika 95:169) for exchanging the
labels of two classes. Chains are the last axis of every array.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from safelight.undercount.latent_class_density import (
    CLASSES,
    Evaluation,
    Floats,
    LatentClassDensity,
    information,
    log_stick_prior,
)
from safelight.undercount.progress import Progress

# Heats of the likelihood; one chain at each hotter one for three cold chains.
HEATS: Final = (1.0, 0.62, 0.38, 0.22)
_COLD_FOR_ONE_HOT: Final = 3
_LONGEST: Final = 30  # leapfrog steps
_ACCEPTED: Final = 0.8
_REPORT_EVERY: Final = 10


@dataclass
class _State:
    place: NDArray[np.float64]
    at: Evaluation

    def take(self, rows: NDArray[np.bool_], other: _State) -> None:
        """Replace the chosen chains by another state's."""
        np.copyto(self.place, other.place, where=rows)
        for name in ("loglik", "logprior", "seen"):
            np.copyto(getattr(self.at, name), getattr(other.at, name), where=rows)

    def exchange(self, some: NDArray[np.int64], others: NDArray[np.int64]) -> None:
        for array in (self.place, self.at.loglik, self.at.logprior, self.at.seen):
            array[..., some], array[..., others] = array[..., others], array[..., some]


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
        alpha = np.exp(rng.uniform(-3, 2, size=rows))
        sticks = np.log(rng.exponential(size=(CLASSES - 1, rows)) / alpha)
        place = np.empty((density.size, rows))
        density.sticks(place)[:] = sticks
        density.logits(place)[:] = rng.logistic(size=(density.lists, CLASSES, rows)) - rng.uniform(
            0, 4, size=rows
        )
        self.state = _State(place, density.evaluate(place))
        self.log_step = np.full(len(HEATS), np.log(0.03))
        self.scale = np.full((density.size, len(HEATS)), 0.5)

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
        pace = (self.scale[:, self.rungs] * length).astype(np.float32)
        steps = int(rng.integers(1, _LONGEST + 1)) if step >= 40 else 8
        heat = self.heat.astype(np.float32)
        speed = rng.standard_normal(state.place.shape, dtype=np.float32)
        before = self._energy(state.at, speed)
        place = state.place.astype(np.float32)
        force, size = self.density.gradient(place, heat)
        if adapting and step % 10 == 0:
            self._rescale(information(self.density, place, size))
        force *= pace
        force *= 0.5
        speed += force
        for left in range(steps, 0, -1):
            place += pace * speed
            force, _ = self.density.gradient(place, heat)
            force *= pace
            if left == 1:  # two half steps of the speed are one, but for the last
                force *= 0.5
            speed += force
        arrived = place.astype(np.float64)
        new = _State(arrived, self.density.evaluate(arrived))
        change = self._energy(new.at, speed) - before
        chance = np.exp(np.minimum(0.0, np.where(np.isfinite(change), change, -np.inf)))
        state.take(rng.random(chance.size) < chance, new)
        if adapting:
            rate = 0.3 if step < 100 else 0.08
            for rung in range(len(HEATS)):
                share = chance[self.rungs == rung].mean()
                self.log_step[rung] += rate * (share - _ACCEPTED)

    def _energy(self, at: Evaluation, speed: Floats) -> NDArray[np.float64]:
        motion = np.einsum("pc,pc->c", speed, speed)
        result: NDArray[np.float64] = self.heat * at.loglik + at.logprior - motion / 2
        return result

    def _rescale(self, known: Floats) -> None:
        """Move coordinates that the data hold tightly by less, those of empty classes freely.

        Root mean square over chains: a class that is large in some of them is stiff there.
        """
        for rung in range(len(HEATS)):
            most = np.minimum(np.nan_to_num(known[:, self.rungs == rung].astype(np.float64)), 1e8)
            typical = np.sqrt((most**2).mean(axis=1))
            self.scale[:, rung] = 0.7 * self.scale[:, rung] + 0.3 / np.sqrt(1.0 + typical)

    def _redraw_a_class(self) -> None:
        """Propose fresh chances for one class from their prior: how empty classes move."""
        rng, state = self.rng, self.state
        rows = np.arange(self.rungs.size)
        place = state.place.copy()
        self.density.logits(place)[:, rng.integers(0, CLASSES, rows.size), rows] = rng.logistic(
            size=(self.density.lists, rows.size)
        )
        new = _State(place, self.density.evaluate(place))
        gain = self.heat * (new.at.loglik - state.at.loglik)
        state.take(np.log(rng.random(rows.size)) < gain, new)

    def _exchange_labels(self) -> None:
        """Swap two neighbouring classes; the likelihood stays, the prior's ratio decides."""
        rng, state = self.rng, self.state
        j = int(rng.integers(0, CLASSES - 2))
        sticks = self.density.sticks(state.place)
        broken = np.exp(sticks[: j + 2])
        after = -broken.sum(axis=0)
        here = after + broken[j + 1]
        before = here + broken[j]
        own = before + np.log(-np.expm1(-broken[j]))
        new_here = np.logaddexp(after, own)
        with np.errstate(over="ignore"):
            first = before - new_here
            second = np.logaddexp(0.0, own - after)
        usable = (first > 1e-20) & np.isfinite(first) & (second > 1e-20) & np.isfinite(second)
        rows = np.flatnonzero(usable & (np.log(rng.random(usable.size)) < here - new_here))
        if rows.size:
            state.at.logprior[rows] -= log_stick_prior(sticks[:, rows])
            sticks[j, rows], sticks[j + 1, rows] = np.log(first[rows]), np.log(second[rows])
            state.at.logprior[rows] += log_stick_prior(sticks[:, rows])
            logits = self.density.logits(state.place)
            logits[:, j : j + 2, rows] = logits[:, j : j + 2, rows][:, ::-1]

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
