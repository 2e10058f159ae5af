"""Where the pictures are in a screenshot or a collage: cut along the frame, then along seams.

    A screenshot has a background: the colour that most of its outline has. Rows and columns
    of that colour alone part it (the recursive X-Y cut of page analysis: Nagy & Seth 1984).
    A collage without gaps has seams: straight lines at which nearly every pixel jumps.

Frames themselves are never compared: two posts of one app share theirs.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from safelight.campaigns.photos.pixels import Box, Bytes, Picture

MOST_REGIONS: Final = 40
# Pixels of the picture as it came; below this nothing is recognised in any edit measured.
SHORTEST_REGION: Final = 80
_WORKING_WIDTH: Final = 640
_WORKING_HEIGHT: Final = 12_000
_TOLERANCE: Final = 14  # JPEG around letters moves a white background by this much
_BACKGROUND_SHARE: Final = 0.35
_ALONE: Final = 0.985  # of a row: a line of this share is background, whatever noise says
_DEEPEST: Final = 7
_SEAM_JUMP: Final = 10
_SEAM_SHARE: Final = 0.55
_SEAM_MARGIN: Final = 0.15


def picture_regions(picture: Picture) -> tuple[Box, ...]:
    """Return the parts that may be pictures, largest first; none when it is one picture.

    The whole is never among them. At most `MOST_REGIONS`.
    """
    scale = min(1.0, _WORKING_WIDTH / picture.width, _WORKING_HEIGHT / picture.height)
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    small = cv2.resize(picture.rgb, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    least = max(8, round(SHORTEST_REGION * scale))
    found: list[Box] = []
    whole = Box(0, 0, size[0], size[1])
    _cut(small, whole, least, _DEEPEST, found)
    parts: list[Box] = []
    for box in found:
        parts.append(box)
        parts.extend(_along_seams(small, box, least, 2))
    grown = {_grown(box, scale, picture) for box in parts if box != whole}
    ordered = sorted(grown, key=lambda box: (-box.width * box.height, box))
    return tuple(ordered[:MOST_REGIONS])


def _cut(small: Bytes, box: Box, least: int, depth: int, found: list[Box]) -> None:
    part = small[box.top : box.bottom, box.left : box.right]
    for background in _backgrounds(part) if depth else ():
        is_ground = (np.abs(part.astype(np.int16) - background) <= _TOLERANCE).all(axis=2)
        for axis in (1, 0):
            runs = _runs(is_ground.mean(axis=axis) < _ALONE)
            if runs == [(0, part.shape[1 - axis])]:
                continue
            for first, last in runs:
                inner = (
                    Box(box.left, box.top + first, box.right, box.top + last)
                    if axis == 1
                    else Box(box.left + first, box.top, box.left + last, box.bottom)
                )
                if min(inner.width, inner.height) >= least:
                    _cut(small, inner, least, depth - 1, found)
            return
    if _has_content(part):
        found.append(box)


def _backgrounds(part: Bytes) -> list[NDArray[np.int16]]:
    """Colours that much of the outline has: of all of it, of its top and bottom, of its sides.

    More than one where a card stands on a ground of nearly its own colour.
    """
    level = np.concatenate([part[0], part[-1]]).astype(np.int16)
    upright = np.concatenate([part[:, 0], part[:, -1]]).astype(np.int16)
    outline = np.concatenate([level, upright])
    chosen = []
    for pixels in (outline, level, upright):
        middle = np.median(pixels, axis=0).astype(np.int16)
        near = (np.abs(outline - middle) <= _TOLERANCE).all(axis=1).mean()
        if near >= _BACKGROUND_SHARE:
            chosen.append(middle)
    return chosen


def _has_content(part: Bytes) -> bool:
    # One flat colour is a bar or a button; nothing can be compared in it.
    return float(part.std()) > 6.0


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    return [(int(first), int(last)) for first, last in edges.reshape(-1, 2)]


def _along_seams(small: Bytes, box: Box, least: int, depth: int) -> list[Box]:
    """The tiles of a collage without gaps; empty where no line runs through the whole part."""
    if depth == 0 or min(box.width, box.height) < 2 * least:
        return []
    part = small[box.top : box.bottom, box.left : box.right].astype(np.int16)
    best: tuple[float, int, int] | None = None
    for axis in (0, 1):
        jumps = np.abs(np.diff(part, axis=axis)).max(axis=2)
        share = (jumps > _SEAM_JUMP).mean(axis=1 - axis)
        # Against what is usual here: a photo of a forest jumps everywhere.
        share = share - np.median(share)
        edge = max(least, round(_SEAM_MARGIN * part.shape[axis]))
        inner = share[edge:-edge]
        if inner.size and (best is None or inner.max() > best[0]):
            best = (float(inner.max()), axis, int(inner.argmax()) + edge + 1)
    if best is None or best[0] < _SEAM_SHARE:
        return []
    _, axis, at = best
    halves = (
        (
            Box(box.left, box.top, box.right, box.top + at),
            Box(box.left, box.top + at, box.right, box.bottom),
        )
        if axis == 0
        else (
            Box(box.left, box.top, box.left + at, box.bottom),
            Box(box.left + at, box.top, box.right, box.bottom),
        )
    )
    return [
        part for half in halves for part in (half, *_along_seams(small, half, least, depth - 1))
    ]


def _grown(box: Box, scale: float, picture: Picture) -> Box:
    return Box(
        round(box.left / scale),
        round(box.top / scale),
        min(picture.width, round(box.right / scale)),
        min(picture.height, round(box.bottom / scale)),
    )
