"""Our PDQ is the reference's: its hashes of these scenes, made with it, are ours."""

from __future__ import annotations

import numpy as np
import pytest

from safelight.campaigns.photos.pdq import pdq
from safelight.campaigns.photos.pixels import Bytes

SIZES = ((384, 512), (512, 300), (129, 128), (90, 101), (64, 64), (40, 200))


def scene(height: int, width: int) -> Bytes:
    """Waves of several lengths and directions: something to see at every scale."""
    down, across = np.mgrid[0:height, 0:width] / 64.0
    waves = (
        np.sin(1.3 * down + 0.4 * across)
        + np.cos(0.7 * across - 0.2 * down * across)
        + 0.5 * np.sin(4.1 * down * 0.3 + 2.7 * across)
    )
    levels = (waves - waves.min()) / (waves.max() - waves.min()) * 255
    return np.stack([levels, levels[::-1], 255 - levels], axis=2).astype(np.uint8)


def apart(one: Bytes, other: Bytes) -> int:
    return int(np.unpackbits(one ^ other).sum())


# What the reference implementation (pdqhash 0.2.8) says of `scene`: hash and quality.
REFERENCE = (
    ("aa960acbaa922acbaa96aacbaa92abcbaa92abcbaa92abcbaa8affc715690034", 73),
    ("aaa2feacaaa2fe8caaa2fe8caaa2ea0caaa28004aaa20004aaa2fff25d5bfffb", 57),
    ("1b14001e94140e5e9d54105e5574013e555431fe555483fe5554bffe5554fffe", 31),
    ("00a60003204a440b801e02ab00be4aaf36fe922bc97e02ab1dfeaabffffeffff", 19),
    ("00ce040791ba0035222a021b406e210f5a8a013f8abec4ff2bbe83ffbffeffff", 13),
    ("c50951572a0d541714ad95152039185570ed04570ced1557fbed5557bffd5557", 51),
)


@pytest.mark.parametrize(("size", "reference"), list(zip(SIZES, REFERENCE, strict=True)))
def test_hash_and_quality_are_the_references(
    size: tuple[int, int], reference: tuple[str, int]
) -> None:
    (ours,), quality = pdq(scene(*size), dihedral=False)
    expected = np.frombuffer(bytes.fromhex(reference[0]), np.uint8)
    # Four bits for sines that round otherwise elsewhere; a wrong term moves a hundred.
    assert apart(ours, expected) <= 4
    assert abs(quality - reference[1]) <= 1


def test_each_of_eight_orientations_is_the_hash_of_the_picture_so_turned() -> None:
    picture = scene(512, 512)
    eight, _quality = pdq(picture, dihedral=True)
    assert len({row.tobytes() for row in eight}) == 8
    for side, turned in enumerate((picture, picture[:, ::-1])):
        for quarter in range(4):
            straight, _ = pdq(np.ascontiguousarray(np.rot90(turned, quarter)), dihedral=False)
            # Samples of an even picture lie half a pixel off its middle, so a turn moves them.
            assert apart(eight[4 * side + quarter], straight[0]) <= 32


def test_a_flat_picture_has_no_quality() -> None:
    flat = np.full((200, 300, 3), 128, np.uint8)
    assert pdq(flat, dihedral=False)[1] == 0
    assert pdq(flat[:1, :1], dihedral=True)[1] == 0
