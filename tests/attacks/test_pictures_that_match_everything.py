"""Threat: pictures-that-match-everything: Somebody sends pictures of one colour, of one pattern
or of a size beyond any photo; they match nothing that they are not, and cost no memory.
"""

from __future__ import annotations

import numpy as np
import pytest

from safelight.campaigns.photos.comparing import CALIBRATED, compare
from safelight.campaigns.photos.describing import Captured, Seed
from safelight.campaigns.photos.index import PhotoIndex
from safelight.campaigns.photos.pixels import PhotoError, Picture
from tests.support.generated_photos import scene

FLAT = {
    "black": np.zeros((300, 400, 3), np.uint8),
    "white": np.full((300, 400, 3), 255, np.uint8),
    "a slow gradient": np.repeat(np.linspace(90, 110, 400, dtype=np.uint8)[None, :, None], 300, 0)
    .repeat(3, 2)
    .copy(),
}


@pytest.mark.parametrize("name", list(FLAT))
def test_flat_pictures_match_neither_photos_nor_each_other(name: str) -> None:
    flat = Seed.of(Picture.parse(FLAT[name]))
    photo = Seed.of(Picture.parse(scene(1)))
    held = Captured.of(Picture.parse(FLAT[name]))
    assert not flat.comparable
    assert photo.comparable
    assert compare(photo, held, thresholds=CALIBRATED) is None
    assert compare(flat, Captured.of(Picture.parse(scene(1))), thresholds=CALIBRATED) is None
    assert compare(flat, Captured.of(Picture.parse(FLAT["white"])), thresholds=CALIBRATED) is None


@pytest.mark.parametrize("period", [8, 16, 40])
def test_a_repeated_pattern_matches_no_photo_and_floods_no_search(period: int) -> None:
    tile = np.random.default_rng(period).integers(0, 256, (period, period, 3), dtype=np.uint8)
    pattern = np.tile(tile, (600 // period, 800 // period, 1))
    index = PhotoIndex()
    index.add("pattern", Captured.of(Picture.parse(pattern)))
    index.add("photo", Captured.of(Picture.parse(scene(1))))
    photo = Seed.of(Picture.parse(scene(1)))
    result = index.search(photo, thresholds=CALIBRATED, most_candidates=10)
    assert [found.capture for found in result.found] == ["photo"]


def test_an_array_of_fifty_thousand_pixels_a_side_is_refused_untouched() -> None:
    # A view of one byte: making it costs nothing, copying it would cost 7.5 GB.
    huge = np.broadcast_to(np.uint8(7), (50_000, 50_000, 3))
    with pytest.raises(PhotoError, match="at most 64,000,000 pixels"):
        Picture.parse(huge)
    long = np.broadcast_to(np.uint8(7), (40_000, 40, 3))
    with pytest.raises(PhotoError, match="32,000 a side"):
        Picture.parse(long)
