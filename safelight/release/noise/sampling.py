"""Adding noise to counts: OpenDP's exact samplers, and nothing of our own.

OpenDP draws integers from the discrete Laplace and the discrete Gaussian distribution
exactly (Canonne, Kamath & Steinke 2020), from the system's entropy, without floating-point
samples (Mironov 2012 shows what those give away). Its own statement of each measurement's
loss is added up and compared with what was spent, before a sample is drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from safelight.release.counts import ReleaseError
from safelight.release.noise.plan import NoisePlan
from safelight.release.noise.privacy_loss import Measure
from safelight.release.noise.workload import Counts, Margin


def measurement(measure: Measure, scale: float) -> Any:
    """OpenDP's measurement for a vector of counts; also its privacy map."""
    # Loading takes seconds and 260 MB of disk: only where noise is really drawn.
    import opendp.prelude as dp  # noqa: PLC0415

    dp.enable_features("contrib")
    vector = dp.vector_domain(dp.atom_domain(T="i64"))
    if measure is Measure.PURE:
        return dp.m.make_laplace(vector, dp.l1_distance(T="i64"), scale=scale)
    return dp.m.make_gaussian(vector, dp.l2_distance(T="f64"), scale=scale)


def stated_loss(plan: NoisePlan) -> float:
    """What OpenDP says the whole plan costs (ε or ρ), for one unit's contributions.

    A unit's rows may all stand in one cell of a margin: both distances are the bound.
    """
    bound = plan.unit.contributions
    d_in = bound if plan.loss.measure is Measure.PURE else float(bound)
    losses = (measurement(plan.loss.measure, scale).map(d_in) for scale in plan.scales.values())
    return float(sum(losses))


def with_noise(counts: Counts, plan: NoisePlan) -> Mapping[Margin, NDArray[np.int64]]:
    """Measure every margin of the plan once. Whoever calls has spent `plan.loss` before.

    Raises ReleaseError where OpenDP states a larger loss than the plan's.
    """
    if stated_loss(plan) > float(plan.loss.amount):
        raise ReleaseError(
            "the noise would cost more than was spent for it; nothing is drawn: report this "
            "with the shape of the tables"
        )
    return {
        margin: np.array(
            measurement(plan.loss.measure, scale)(counts[margin].ravel().tolist()), dtype=np.int64
        ).reshape(plan.workload.shape(margin))
        for margin, scale in plan.scales.items()
    }
