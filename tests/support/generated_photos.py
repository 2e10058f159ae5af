"""Pictures made by code, with the statistics of photos: a horizon, shapes at every size, grain.

They stand in for photos where none may be committed. What is measured on them says that the
machinery works, not how well it does on people's photos.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]


def scene(seed: int, *, height: int = 600, width: int = 800) -> Pixels:
    """One picture; two seeds give two that share nothing but their kind."""
    rng = np.random.default_rng(seed)
    sheet = _cloud(rng, height, width)
    for _ in range(60):
        middle = (int(rng.integers(width)), int(rng.integers(height)))
        size = int(height * 0.3 * rng.random() ** 3) + 6
        colour = [int(x) for x in rng.integers(0, 256, 3)]
        kind = int(rng.integers(3))
        if kind == 0:
            axes = (size, max(3, int(size * rng.uniform(0.3, 1))))
            cv2.ellipse(sheet, middle, axes, float(rng.uniform(0, 180)), 0, 360, colour, -1)
        elif kind == 1:
            corners = rng.normal(0, size, (int(rng.integers(3, 7)), 2)) + middle
            cv2.fillPoly(sheet, [corners.astype(np.int32)], colour)
        else:
            ends = rng.normal(0, 2 * size, 2) + middle
            cv2.line(sheet, middle, (int(ends[0]), int(ends[1])), colour, int(rng.integers(1, 8)))
    soft = cv2.GaussianBlur(sheet, (0, 0), 1.0).astype(np.float64)
    light = 0.75 + 0.5 * _cloud(rng, height, width)[..., :1] / 255.0
    grain = rng.normal(0, 3, soft.shape)
    return np.clip(soft * light + grain, 0, 255).astype(np.uint8)


def _cloud(rng: np.random.Generator, height: int, width: int) -> Pixels:
    """Noise that is as strong at every size (1/f), as in nature."""
    total = np.zeros((height, width, 3))
    for power in range(2, 8):
        cells = 2**power
        coarse = rng.normal(0, 1.0, (max(2, cells * height // width), cells, 3))
        total += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC) / power**1.5
    total -= total.min()
    return np.ascontiguousarray(255 * total / total.max()).astype(np.uint8)
