"""The readable twin of `least_squares`: all joint cells as unknowns, the normal equations."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import numpy as np
from numpy.typing import NDArray

from safelight.release.noise.workload import Margin, Workload


def _rows(workload: Workload, margin: Margin) -> NDArray[np.float64]:
    """One line per cell of the margin: which joint cells it adds up."""
    names = [axis.name for axis in workload.axes]
    joint = list(product(*(range(len(axis.codes)) for axis in workload.axes)))
    cells = list(product(*(range(size) for size in workload.shape(margin))))
    return np.array(
        [
            [float(tuple(at[names.index(n)] for n in margin) == cell) for at in joint]
            for cell in cells
        ]
    )


def slow_estimates(
    workload: Workload,
    measured: Mapping[Margin, NDArray[np.float64]],
    variances: Mapping[Margin, float],
) -> dict[Margin, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """(values, variances) of every margin, by weighted least squares on the joint."""
    design = np.concatenate([_rows(workload, m) / variances[m] ** 0.5 for m in measured])
    seen = np.concatenate([measured[m].ravel() / variances[m] ** 0.5 for m in measured])
    inverse = np.linalg.pinv(design.T @ design)
    joint = inverse @ design.T @ seen
    return {
        margin: (
            (_rows(workload, margin) @ joint).reshape(workload.shape(margin)),
            np.diag(_rows(workload, margin) @ inverse @ _rows(workload, margin).T).reshape(
                workload.shape(margin)
            ),
        )
        for margin in workload.margins
    }
