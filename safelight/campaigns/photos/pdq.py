"""PDQ: 256 bits of a picture that stay nearly the same when every pixel changes a little.

Written from its description (Davis & Rosen, "The TMK+PDQF Video-Hashing Algorithm and the PDQ
Image-Hashing Algorithm", Facebook 2019): luminance, blurred twice with a box so that 64 by 64
samples stand for all of it, the 16 by 16 lowest cosine terms without the constant one, and of
each whether it lies above their median. The libraries that compute it bring no built files for
Python, and a desk must be set up without a compiler; `tests/campaigns/test_pdq.py` holds it to
what the reference computes.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from safelight.campaigns.photos.pixels import Bytes

_SAMPLES: Final = 64
_TERMS: Final = 16
_BLURS: Final = 2
_MOST_QUALITY: Final = 100
_LUMINANCE: Final = np.array([0.299, 0.587, 0.114], np.float32)

_Samples = NDArray[np.float32]


def _cosines() -> NDArray[np.float64]:
    term = np.arange(1, _TERMS + 1)[:, None]
    sample = np.arange(_SAMPLES)[None, :]
    cosines = np.cos(np.pi / (2 * _SAMPLES) * term * (2 * sample + 1))
    return np.asarray(np.sqrt(2 / _SAMPLES) * cosines, dtype=np.float64)


_COSINES: Final = _cosines()


def pdq(rgb: Bytes, *, dihedral: bool) -> tuple[Bytes, int]:
    """Hash `rgb` (height by width by 3, uint8): rows of 32 bytes, and the quality from 0 to 100.

    One row, or with `dihedral` eight: the picture turned by 0, 90, 180 and 270°, and the same
    of its mirror image. Turning the samples is turning the picture; nothing is blurred again.
    """
    samples = _samples(rgb)
    turned = [samples]
    if dihedral:
        sides = (samples, samples[:, ::-1])
        turned = [np.rot90(side, quarter) for side in sides for quarter in range(4)]
    return np.stack([_bits(one) for one in turned]), _quality(samples)


def _samples(rgb: Bytes) -> _Samples:
    luminance = np.ascontiguousarray(rgb.astype(np.float32) @ _LUMINANCE)
    height, width = luminance.shape
    box = (_box(width), _box(height))
    # The first pixel of a box of even size that is not before its middle.
    middle = (box[0] - (box[0] + 2) // 2, box[1] - (box[1] + 2) // 2)
    # At the edges only the pixels that are there are averaged.
    there = _boxed(np.ones_like(luminance), box, middle)
    for _ in range(_BLURS):
        luminance = _boxed(luminance, box, middle) / there
    rows = ((np.arange(_SAMPLES) + 0.5) * height / _SAMPLES).astype(np.intp)
    columns = ((np.arange(_SAMPLES) + 0.5) * width / _SAMPLES).astype(np.intp)
    return luminance[np.ix_(rows, columns)]


def _box(side: int) -> int:
    return (side + 2 * _SAMPLES - 1) // (2 * _SAMPLES)


def _boxed(values: _Samples, box: tuple[int, int], middle: tuple[int, int]) -> _Samples:
    summed = cv2.boxFilter(
        values, -1, box, anchor=middle, normalize=False, borderType=cv2.BORDER_CONSTANT
    )
    return np.asarray(summed, dtype=np.float32)


def _quality(samples: _Samples) -> int:
    """How much there is to see: steps between neighbouring samples, in hundredths of white."""
    # Whole hundredths, so that a slow slope without anything in it counts for nothing.
    steps = [np.abs((np.diff(samples, axis=axis) * 100 / 255).astype(int)).sum() for axis in (0, 1)]
    return min(_MOST_QUALITY, int(sum(steps)) // 90)


def _bits(samples: _Samples) -> Bytes:
    terms = (_COSINES @ samples.astype(np.float64) @ _COSINES.T).ravel()
    # The lower of the two middle ones, as the reference takes it: 128 bits are set.
    median = np.partition(terms, terms.size // 2 - 1)[terms.size // 2 - 1]
    # The highest term first: as the hash is written down elsewhere, in hexadecimal.
    return np.packbits(terms[::-1] > median)
