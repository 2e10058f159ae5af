"""Compare what a replay gave with what was captured: text and pixels, nothing masked."""

from __future__ import annotations

import io
from typing import Final

import numpy as np
from PIL import Image, UnidentifiedImageError

from safelight.evidence.capture.capture_record import Fidelity, Gap, GapKind
from safelight.evidence.capture.problems import CaptureError
from safelight.evidence.capture.replaying import Replay

# The share of pixels that may differ (DESIGN §9: 6e-5 was reached between two other programs).
MOST_PIXELS: Final = 1e-3
_MOST_PIXELS_READ: Final = 100_000_000


def pixels_differing(one: bytes, other: bytes) -> float:
    """Share of pixels with any difference in any channel; 1.0 for pictures of two sizes.

    Raises `CaptureError` for what is no picture.
    """
    first, second = _pixels(one), _pixels(other)
    if first.shape != second.shape:
        return 1.0
    return float(np.any(first != second, axis=2).mean())


def compared(text: str | None, picture: bytes | None, replayed: Replay) -> Fidelity:
    """What a record says of its replay."""
    seen = replayed.seen
    return Fidelity(
        text_equal=text is not None and text == seen.text,
        pixels_differing=(
            1.0
            if picture is None or seen.picture is None
            else pixels_differing(picture, seen.picture)
        ),
        missing=len(replayed.missing),
        asked_outside=replayed.asked_outside,
    )


def gaps_of(fidelity: Fidelity, replayed: Replay) -> list[Gap]:
    """The gaps that a replay shows; none: it gave what was captured."""
    gaps = [Gap(GapKind.REPLAY_MISSES, url[:2000]) for url in replayed.missing]
    if replayed.seen.error:
        gaps.append(Gap(GapKind.REPLAY_FAILED, "", replayed.seen.error))
    if not fidelity.text_equal:
        gaps.append(Gap(GapKind.REPLAY_TEXT))
    if fidelity.pixels_differing > MOST_PIXELS:
        gaps.append(Gap(GapKind.REPLAY_PIXELS, "", f"{fidelity.pixels_differing:.4f}"))
    return gaps


def _pixels(untrusted: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    try:
        with Image.open(io.BytesIO(untrusted), formats=["PNG"]) as picture:
            if picture.width * picture.height > _MOST_PIXELS_READ:
                raise CaptureError("a screenshot is larger than any that we take")
            return np.asarray(picture.convert("RGB"), dtype=np.uint8)
    except (OSError, ValueError, SyntaxError, UnidentifiedImageError):
        raise CaptureError("a screenshot is no PNG picture; it may be damaged") from None
