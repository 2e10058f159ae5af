"""What is kept of a picture to find its copies: PDQ hashes and ORB keypoints.

PDQ (Davis & Rosen, "The TMK+PDQF and PDQ Hashing Algorithms", Facebook 2019) is 256 bits of
the whole and survives what changes every pixel a little. ORB (Rublee, Rabaud, Konolige &
Bradski, ICCV 2011) is points in it and survives what cuts or covers a part. Neither gives
the picture back, but both tell whether somebody has the same one: they stay on the desk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from safelight.campaigns.photos.pdq import pdq
from safelight.campaigns.photos.pixels import Box, Bytes, Picture
from safelight.campaigns.photos.regions import picture_regions

HASH_BYTES: Final = 32
DESCRIPTOR_BYTES: Final = 32
# Below this PDQ's own gradient measure the hash is noise: flat pictures all look alike.
LEAST_QUALITY: Final = 50
_HASHED_SIDE: Final = 512
# Longest side in pixels, and how many points. A seed at two sizes: copies are cropped out of
# it, or stand small in a screenshot.
_SEED_SIDES: Final = ((1024, 1000), (512, 1000))
_WHOLE: Final = (1024, 1000)
_REGION: Final = (512, 500)
# Few points of a small copy: coarse ones, which survive; enough to say where to look closely.
_SKETCH: Final = (256, 100)
_CELLS: Final = 6
# A seed twice: as its whole copy would be sketched, and as a copy cropped to a third.
_SEED_SKETCHES: Final = ((256, 400), (448, 500))


@dataclass(frozen=True, slots=True)
class Points:
    """ORB keypoints: where (n by 2, float32, pixels of the side worked at) and what (n by 32)."""

    where: NDArray[np.float32]
    what: Bytes

    def __len__(self) -> int:
        return len(self.what)


@dataclass(frozen=True, slots=True)
class Seed:
    """A photo that the affected person gave: its hash in 8 orientations, points in 2."""

    hashes: Bytes  # 8 by 32, or 0 by 32 where the picture is too flat to hash
    points: tuple[Points, Points]  # as it is, and mirrored: ORB bears turning but not mirroring
    sketch: Bytes  # n by 32: coarse points of both, to ask an index with

    @classmethod
    def of(cls, picture: Picture) -> Seed:
        hashes, quality = _hashes(picture, dihedral=True)
        if quality < LEAST_QUALITY:
            hashes = hashes[:0]
        grey = picture.grey(longest=_SEED_SIDES[0][0])
        mirrored = np.ascontiguousarray(grey[:, ::-1])
        sketch = [
            _sketch(side, longest=longest, most=most)
            for side in (grey, mirrored)
            for longest, most in _SEED_SKETCHES
        ]
        points = (_points_at(grey, _SEED_SIDES), _points_at(mirrored, _SEED_SIDES))
        return cls(hashes, points, np.concatenate(sketch))

    @property
    def comparable(self) -> bool:
        """Whether there is anything to find it by; a photo of one colour has nothing."""
        return bool(len(self.hashes)) or any(len(points) for points in self.points)


@dataclass(frozen=True, slots=True)
class Region:
    """One part of a captured image. `hash` is None where the part is too flat to hash."""

    box: Box
    hash: Bytes | None
    points: Points
    sketch: Bytes


@dataclass(frozen=True, slots=True)
class Captured:
    """A captured image: the whole first, then the pictures found in it."""

    regions: tuple[Region, ...]

    @classmethod
    def of(cls, picture: Picture) -> Captured:
        whole = Box(0, 0, picture.width, picture.height)
        found = [_region(picture, whole, _WHOLE)]
        for box in picture_regions(picture):
            found.append(_region(picture.part(box), box, _REGION))
        return cls(tuple(found))


def _region(picture: Picture, box: Box, size: tuple[int, int]) -> Region:
    hashes, quality = _hashes(picture, dihedral=False)
    grey = picture.grey(longest=size[0])
    kept = hashes[0] if quality >= LEAST_QUALITY else None
    sketch = _sketch(grey, longest=_SKETCH[0], most=_SKETCH[1])
    return Region(box, kept, _points_at(grey, (size,)), sketch)


def _hashes(picture: Picture, *, dihedral: bool) -> tuple[Bytes, int]:
    scale = min(1.0, _HASHED_SIDE / max(picture.height, picture.width))
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    # PDQ's reference shrinks large pictures first; hashing 20 megapixels takes seconds.
    small = (
        cv2.resize(picture.rgb, size, interpolation=cv2.INTER_AREA) if scale < 1 else picture.rgb
    )
    small = np.ascontiguousarray(small, dtype=np.uint8)
    return pdq(small, dihedral=dihedral)


def _sketch(grey: Bytes, *, longest: int, most: int) -> Bytes:
    """Descriptors of coarse points from all over: else a watermark's letters take every place."""
    small, _scale = _smaller(grey, longest)
    found, what = _orb(small, 4 * most, edge=19)
    if not len(what):
        return what
    where = np.asarray([point.pt for point in found])
    cells = (where / np.array(small.shape[::-1]) * _CELLS).astype(np.int32) @ (_CELLS, 1)
    strength = np.asarray([point.response for point in found])
    strongest = np.lexsort((-strength, cells))
    first = np.searchsorted(cells[strongest], cells[strongest])
    turn = np.arange(len(cells)) - first  # the place of each point within its own cell
    chosen = strongest[np.lexsort((-strength[strongest], turn))][:most]
    return np.ascontiguousarray(what[np.sort(chosen)])


def _points_at(grey: Bytes, sides: tuple[tuple[int, int], ...]) -> Points:
    """Points found at several sizes of one picture, all in pixels of `grey`."""
    where, what = [], []
    for longest, most in sides:
        small, scale = _smaller(grey, longest)
        found, described = _orb(small, most)
        at = np.asarray([point.pt for point in found], dtype=np.float32).reshape(-1, 2)
        where.append(at / np.float32(scale))
        what.append(described)
    return Points(np.concatenate(where), np.concatenate(what))


def _orb(grey: Bytes, most: int, *, edge: int = 31) -> tuple[Sequence[cv2.KeyPoint], Bytes]:
    # A low threshold: blurred and dark copies have weak corners, and the strongest are kept.
    orb = cv2.ORB.create(
        nfeatures=most, scaleFactor=1.2, nlevels=8, edgeThreshold=edge, fastThreshold=7
    )
    found, what = orb.detectAndCompute(grey, None)
    if what is None or not found:
        return (), np.empty((0, DESCRIPTOR_BYTES), np.uint8)
    return found, np.asarray(what, dtype=np.uint8)


def _smaller(grey: Bytes, longest: int) -> tuple[Bytes, float]:
    scale = min(1.0, longest / max(grey.shape))
    if scale < 1.0:
        size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    return grey, scale
