"""Bench of Krippendorff's alpha: the largest sample, with its interval.

    python -m bench.agreement

Beside it `krippendorff`, where somebody installed it (it is not among our requirements): the
same values, which must be equal, and its time. It gives no interval.
"""

from __future__ import annotations

import importlib
import time

import numpy as np

from safelight.casework.agreement.alpha import (
    MASI,
    NOMINAL,
    Alpha,
    krippendorff_alpha,
    ordinal,
)

UNITS, DRAWS = 300, 1000
SCALE = ("a", "b", "c", "d")


def pairs(rng: np.random.Generator) -> list[tuple[str, str]]:
    """Two coders who agree four times in five."""
    first = rng.integers(0, len(SCALE), UNITS)
    other = np.where(rng.random(UNITS) < 0.8, first, rng.integers(0, len(SCALE), UNITS))
    return [(SCALE[a], SCALE[b]) for a, b in zip(first, other, strict=True)]


def main() -> None:
    rng = np.random.default_rng(20261122)
    given = pairs(rng)
    as_sets = [(frozenset((a, "x")), frozenset((b, "x"))) for a, b in given]
    found = {}
    for name, units, metric in (
        ("nominal", given, NOMINAL),
        ("ordinal", given, ordinal(*SCALE)),
        ("sets (MASI)", as_sets, MASI),
    ):
        began = time.process_time()
        alpha = krippendorff_alpha(
            units, metric, min_units=10, level=0.95, draws=DRAWS, rng=np.random.default_rng(1)
        )
        took = time.process_time() - began
        if not isinstance(alpha, Alpha):
            raise SystemExit(f"{name}: no alpha ({alpha.reason})")
        found[name] = alpha.value
        print(f"{name:12} {alpha.value:.6f}  {1000 * took:6.0f} ms CPU, {DRAWS} draws")
    try:
        peer = importlib.import_module("krippendorff")
    except ModuleNotFoundError:
        print("peer: krippendorff is not installed")
        return
    data = [[float(SCALE.index(pair[coder])) for pair in given] for coder in (0, 1)]
    for level in ("nominal", "ordinal"):
        began = time.process_time()
        value = peer.alpha(reliability_data=data, level_of_measurement=level)
        took = time.process_time() - began
        if abs(value - found[level]) > 1e-9:
            raise SystemExit(f"{level}: the peer says {value}, we say {found[level]}")
        print(f"peer {level:8} {value:.6f}  {1000 * took:6.0f} ms CPU, no interval")


if __name__ == "__main__":
    main()
