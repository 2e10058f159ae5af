"""Whether a captured image shows a seed photo: its hash is near, or its points fit.

Only a seed against a captured image, never one capture against another: the frames that
apps draw around posts match each other nearly always.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import cv2
import faiss
import numpy as np
from numpy.typing import NDArray

from safelight.campaigns.photos.describing import (
    DESCRIPTOR_BYTES,
    Captured,
    Points,
    Region,
    Seed,
)
from safelight.campaigns.photos.pixels import Box, Bytes

How = Literal["hash", "points"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """What counts as a copy. Calibrated in docs/methods/photo-copies.md; recorded with results.

    `most_bits`: of 256, between hashes. `least_inliers`: points that one affine map explains.
    """

    most_bits: int
    least_inliers: int


CALIBRATED: Final = Thresholds(most_bits=31, least_inliers=9)

_RATIO: Final = 0.85  # Lowe 2004, section 7.1
# Of 256, between two points. The rungs of two windmills and the edges of two tools fit one map
# as well as a bad copy does, but each of their points looks like the other by 40 to 50 bits only.
_ALIKE: Final = 32
_REPROJECTION: Final = 6.0  # pixels of the seed's working side
# Pixels: nearer points of the copy are one point found at several scales. On the seed, where the
# map may miss by six, a lattice shrunk onto a spot of thirty pixels fits anything.
_APART: Final = 4
_SEED_APART: Final = 8
# Pixels of the seed from corner to corner of what fits: nine times what the map may miss by.
_LEAST_SPREAD: Final = 54.0
_STRETCHED: Final = 1.3  # a copy may be squeezed this much more one way than the other


@dataclass(frozen=True, slots=True)
class Likeness:
    """One part of a captured image that shows the seed. Bits or inliers, whichever told."""

    box: Box
    how: How
    bits: int | None
    inliers: int


def compare(seed: Seed, captured: Captured, *, thresholds: Thresholds) -> Likeness | None:
    """Return the best likeness of any part of the captured image, or None."""
    best: Likeness | None = None
    for region in captured.regions:
        found = compare_region(seed, region, thresholds=thresholds)
        if found is not None and (best is None or _rank(found) < _rank(best)):
            best = found
    return best


def compare_region(seed: Seed, region: Region, *, thresholds: Thresholds) -> Likeness | None:
    bits = distance(seed.hashes, region.hash)
    if bits is not None and bits <= thresholds.most_bits:
        return Likeness(region.box, "hash", bits, 0)
    inliers = max(inlying(points, region.points) for points in seed.points)
    if inliers >= thresholds.least_inliers:
        return Likeness(region.box, "points", bits, inliers)
    return None


def distance(hashes: Bytes, other: Bytes | None) -> int | None:
    """The fewest bits between a hash and a seed's orientations; None where one is missing."""
    if other is None or not len(hashes):
        return None
    return int(np.bitwise_count(hashes ^ other).sum(axis=1).min())


def inlying(seed: Points, other: Points) -> int:
    """How many distinct points of the seed one affine map places onto the other picture."""
    if min(len(seed), len(other)) < 4:
        return 0
    # Each point's two nearest, one by one; OpenCV's own matcher takes six times as long.
    others = faiss.IndexBinaryFlat(8 * DESCRIPTOR_BYTES)
    others.add(np.ascontiguousarray(other.what))
    bits, rows = others.search(np.ascontiguousarray(seed.what), 2)
    kept = (bits[:, 0] <= _ALIKE) & (bits[:, 0] < _RATIO * bits[:, 1])
    if np.count_nonzero(kept) < 4:
        return 0
    here, there = seed.where[kept], other.where[rows[kept, 0]]
    # From the other onto the seed, so that the tolerance is always the seed's pixels.
    moved, inlier = cv2.estimateAffine2D(
        there, here, method=cv2.RANSAC, ransacReprojThreshold=_REPROJECTION, maxIters=2000,
        confidence=0.995,
    )  # fmt: skip
    if moved is None or not _plausible(np.asarray(moved)):
        return 0
    fitting = np.asarray(inlier).ravel().astype(bool)
    if np.linalg.norm(np.ptp(here[fitting], axis=0)) < _LEAST_SPREAD:
        return 0
    # The same corner found at five scales is one corner, on either side.
    return min(_distinct(here[fitting], _SEED_APART), _distinct(there[fitting], _APART))


def _distinct(where: NDArray[np.float32], apart: int) -> int:
    return len(np.unique((where // apart).astype(np.int32), axis=0))


def _plausible(moved: NDArray[np.float64]) -> bool:
    """Not folded onto a line, not stretched, not blown up from a dot."""
    large, small = np.linalg.svd(moved[:, :2], compute_uv=False)
    return bool(small > 0 and large / small <= _STRETCHED and small >= 0.08 and large <= 12.5)


def _rank(likeness: Likeness) -> tuple[int, int]:
    return (
        likeness.bits if likeness.how == "hash" and likeness.bits is not None else 257,
        -likeness.inliers,
    )
