"""Noise that organisations agreed on: discrete Laplace on every count, drawn by the relay."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray


def with_noise(counts: NDArray[np.int64], *, scale: Fraction) -> list[int]:
    """The counts, each with independent noise z, P(z) ~ exp(-|z| / scale); as they are for 0.

    The pattern of no list stays 0. Drawn by OpenDP's exact sampler (Canonne, Kamath & Steinke
    2020, "The Discrete Gaussian for Differential Privacy", algorithm 2).
    """
    true = [int(count) for count in counts]
    if scale == 0:
        return true
    import opendp.prelude as dp  # noqa: PLC0415  # takes half a second, and most never need it

    dp.enable_features("contrib")
    space = dp.vector_domain(dp.atom_domain(T=int)), dp.l1_distance(T=int)
    noisy = dp.m.make_laplace(*space, scale=float(scale))(true[1:])
    return [0, *(int(count) for count in noisy)]
