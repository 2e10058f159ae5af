"""Pixels that came from outside, bounded before anything else looks at them.

Decoding is not done here: a hostile file is opened in the sandbox, and pixels come out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from safelight.errors import SafelightError

Bytes = NDArray[np.uint8]

# A page's full-length screenshot is long: 1,280 by 20,000 is 26 million pixels.
MOST_PIXELS: Final = 64_000_000
LONGEST_SIDE: Final = 32_000
SHORTEST_SIDE: Final = 32
_DIMENSIONS: Final = (2, 3)
_CHANNELS: Final = (3, 4)


class PhotoError(SafelightError):
    """A picture that cannot be compared."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture, red-green-blue, 8 bits, height by width by 3. Only `parse` makes one."""

    rgb: Bytes

    @classmethod
    def parse(cls, untrusted: Any) -> Picture:
        """Return the picture of an array, grey or with alpha too, or raise `PhotoError`.

        Sizes are checked on the array's header: nothing of a too large one is touched.
        Transparent parts become white, as viewers show them.
        """
        if not isinstance(untrusted, np.ndarray) or untrusted.dtype != np.uint8:
            raise PhotoError("expected an array of 8-bit pixels, got something else; decode first")
        if untrusted.ndim not in _DIMENSIONS:
            raise PhotoError(f"expected height, width and colours, got {untrusted.ndim} dimensions")
        height, width = untrusted.shape[:2]
        if height * width > MOST_PIXELS or max(height, width) > LONGEST_SIDE:
            raise PhotoError(
                f"expected at most {MOST_PIXELS:,} pixels and {LONGEST_SIDE:,} a side, got "
                f"{height:,} by {width:,}; make it smaller in the sandbox"
            )
        if min(height, width) < SHORTEST_SIDE:
            raise PhotoError(
                f"expected at least {SHORTEST_SIDE} pixels a side, got {height} by {width}: "
                "too little of a picture to say what it is"
            )
        if untrusted.ndim == 2:
            return cls(
                cv2.cvtColor(np.ascontiguousarray(untrusted), cv2.COLOR_GRAY2RGB).astype("u1")
            )
        if untrusted.shape[2] not in _CHANNELS:
            raise PhotoError(f"expected 1, 3 or 4 colours a pixel, got {untrusted.shape[2]}")
        return cls(
            _opaque(untrusted) if untrusted.shape[2] == 4 else np.ascontiguousarray(untrusted)
        )

    @property
    def height(self) -> int:
        return int(self.rgb.shape[0])

    @property
    def width(self) -> int:
        return int(self.rgb.shape[1])

    def part(self, box: Box) -> Picture:
        return Picture(np.ascontiguousarray(self.rgb[box.top : box.bottom, box.left : box.right]))

    def grey(self, *, longest: int) -> Bytes:
        """Return it grey with its longer side at most `longest`."""
        grey = cv2.cvtColor(self.rgb, cv2.COLOR_RGB2GRAY)
        scale = min(1.0, longest / max(self.height, self.width))
        if scale < 1.0:
            size = (max(1, round(self.width * scale)), max(1, round(self.height * scale)))
            grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
        return grey.astype(np.uint8, copy=False)


@dataclass(frozen=True, slots=True, order=True)
class Box:
    """A part of a picture in its own pixels; right and bottom are the first outside."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top


def _opaque(rgba: Bytes) -> Bytes:
    # In strips: a float copy of a whole large picture would be half a gigabyte.
    out = np.empty((*rgba.shape[:2], 3), np.uint8)
    for top in range(0, rgba.shape[0], 512):
        strip = rgba[top : top + 512].astype(np.uint16)
        alpha = strip[..., 3:4]
        out[top : top + 512] = (strip[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255
    return out
