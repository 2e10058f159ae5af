from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from safelight.campaigns.photos.comparing import CALIBRATED, distance
from safelight.campaigns.photos.describing import Seed
from safelight.campaigns.photos.hash_scan import HashScan, families_of
from safelight.campaigns.photos.pixels import PhotoError, Picture
from tests.support.generated_photos import scene

Hashes = NDArray[np.uint8]


def one_by_one(known: Hashes, asked: Hashes, most_bits: int) -> list[tuple[int, int]]:
    near = []
    for row, held in enumerate(known):
        bits = distance(asked, held)
        if bits is not None and bits <= most_bits:
            near.append((row, bits))
    return near


def scanned(known: Hashes, asked: Hashes, most_bits: int) -> list[tuple[int, int]]:
    scan = HashScan()
    half = len(known) // 2
    scan.add(known[:half])
    scan.near(asked, most_bits=most_bits)
    scan.add(known[half:])
    assert len(scan) == len(known)
    rows, bits = scan.near(asked, most_bits=most_bits)
    return list(zip(rows.tolist(), bits.tolist(), strict=True))


def with_flipped_bits(rows: Hashes, bits: int, rng: np.random.Generator) -> Hashes:
    made = np.unpackbits(rows, axis=1)
    for row in made:
        row[rng.choice(256, bits, replace=False)] ^= 1
    return np.packbits(made, axis=1)


@pytest.fixture(scope="module")
def photos() -> list[Hashes]:
    return [Seed.of(Picture.parse(scene(number))).hashes for number in range(3)]


@pytest.fixture(scope="module")
def strangers() -> Hashes:
    return np.random.default_rng(5).integers(0, 256, (3000, 32), dtype=np.uint8)


def test_a_scan_finds_what_comparing_one_by_one_finds_up_to_the_last_bit(
    photos: list[Hashes], strangers: Hashes
) -> None:
    rng = np.random.default_rng(1)
    for asked in photos:
        # Every orientation, at distances on both sides of the threshold.
        most = CALIBRATED.most_bits
        away = (0, 1, most // 2, most - 2, most - 1, most, most + 1, most + 2, most + 20)
        near = [with_flipped_bits(asked, bits, rng) for bits in away]
        known = np.concatenate([strangers, *near, *photos])
        found = scanned(known, asked, most)
        assert found == one_by_one(known, asked, most)
        assert 8 * 6 <= len(found) < len(known) - len(strangers)


@pytest.mark.parametrize("most_bits", [0, 20, 58, 100, 127, 128, 200, 256])
def test_a_scan_is_exact_at_every_reach(
    photos: list[Hashes], strangers: Hashes, most_bits: int
) -> None:
    found = scanned(strangers[:600], photos[0], most_bits)
    assert found == one_by_one(strangers[:600], photos[0], most_bits)


def test_a_scan_is_exact_for_hashes_made_to_fool_its_bound(photos: list[Hashes]) -> None:
    flat = [np.full((1, 32), value, np.uint8) for value in (0, 255, 0xAA, 0x55)]
    rows = [np.frombuffer(pattern * 8, np.uint8)[None] for pattern in (b"\xaa\xaa\0\0", b"\0\0UU")]
    # Each class of bits flipped, alone and together: what is near for the bound and far in fact.
    columns = np.tile([0, 1], 128).astype(bool)
    lines = np.repeat(np.tile([0, 1], 8), 16).astype(bool)
    plain = np.unpackbits(photos[0][0])
    classes = [a & b for a in (lines, ~lines) for b in (columns, ~columns)]
    flips = [
        np.packbits(plain ^ np.any([c for n, c in enumerate(classes) if of >> n & 1], axis=0))[None]
        for of in range(1, 16)
    ]
    known = np.concatenate([*flat, *rows, *flips, photos[0], ~photos[0], photos[1]])
    for most_bits in (0, 10, 58, 128):
        for asked in (*photos, *flat, *rows, known, known[::-1], photos[0][:1], photos[0][1:4]):
            assert scanned(known, asked, most_bits) == one_by_one(known, asked, most_bits)


def test_a_scan_of_nothing_finds_nothing_and_other_shapes_are_refused(
    photos: list[Hashes],
) -> None:
    scan = HashScan()

    def found(asked: Hashes) -> list[int]:
        rows, bits = scan.near(asked, most_bits=58)
        assert len(rows) == len(bits)
        return list(rows)

    assert not found(photos[0])
    scan.add(photos[0])
    assert not found(photos[0][:0])
    assert len(found(photos[0])) == 8
    with pytest.raises(PhotoError, match="rows of 32 bytes"):
        scan.add(photos[0][:, :16])
    with pytest.raises(PhotoError, match="rows of 32 bytes"):
        scan.near(photos[0].astype(np.int32), most_bits=58)


def test_a_photo_s_eight_hashes_are_flips_of_two_so_that_a_scan_costs_two(
    photos: list[Hashes],
) -> None:
    for asked in photos:
        assert [off <= 20 for _, off in families_of(asked)] == [True, True]
    # What has nothing to do with each other is scanned rightly, and its bound says nothing.
    assert max(off for _, off in families_of(np.concatenate(photos))) > 60
