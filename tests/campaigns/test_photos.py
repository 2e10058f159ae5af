from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from safelight.campaigns.photos.comparing import CALIBRATED, compare
from safelight.campaigns.photos.describing import Captured, Seed
from safelight.campaigns.photos.index import PhotoIndex
from safelight.campaigns.photos.index_file import IndexDamagedError, load_index, save_index
from safelight.campaigns.photos.pixels import PhotoError, Picture
from safelight.campaigns.photos.regions import picture_regions
from tests.support import photo_edits as edits
from tests.support.generated_photos import scene

KEY = bytes(range(32))


def captured(rgb: edits.Pixels) -> Captured:
    return Captured.of(Picture.parse(rgb))


@pytest.fixture(scope="module")
def photo() -> edits.Pixels:
    return scene(1)


@pytest.fixture(scope="module")
def seed(photo: edits.Pixels) -> Seed:
    return Seed.of(Picture.parse(photo))


@pytest.fixture(scope="module")
def stranger() -> Seed:
    return Seed.of(Picture.parse(scene(2)))


@pytest.mark.parametrize("name", list(edits.EDITS))
def test_every_edit_of_a_photo_is_found_and_is_no_copy_of_another(
    name: str, photo: edits.Pixels, seed: Seed, stranger: Seed
) -> None:
    edited = captured(edits.EDITS[name](photo, np.random.default_rng(4)))
    assert compare(seed, edited, thresholds=CALIBRATED) is not None
    assert compare(stranger, edited, thresholds=CALIBRATED) is None


def test_a_photo_in_a_screenshot_is_found_and_the_frame_of_the_app_is_not_compared(
    photo: edits.Pixels, seed: Seed, stranger: Seed
) -> None:
    shot = edits.screenshot(photo, np.random.default_rng(0), [scene(3), scene(4)])
    found = compare(seed, captured(shot), thresholds=CALIBRATED)
    assert found is not None
    assert found.box.height < shot.shape[0] / 2
    other = edits.screenshot(scene(5), np.random.default_rng(0), [scene(3), scene(4)])
    assert compare(seed, captured(other), thresholds=CALIBRATED) is None
    assert compare(stranger, captured(shot), thresholds=CALIBRATED) is None


def test_a_tile_of_a_collage_without_gaps_is_found(photo: edits.Pixels, seed: Seed) -> None:
    for number in range(3):
        sheet = edits.collage(
            photo, np.random.default_rng(number), [scene(n) for n in range(6, 11)]
        )
        assert compare(seed, captured(sheet), thresholds=CALIBRATED) is not None


def test_one_picture_has_no_parts(photo: edits.Pixels) -> None:
    assert picture_regions(Picture.parse(photo)) == ()


@pytest.mark.parametrize(
    ("array", "why"),
    [
        (np.zeros((20, 400, 3), np.uint8), "at least 32 pixels"),
        (np.zeros((400, 400, 3), np.float32), "8-bit pixels"),
        (np.zeros((40, 40, 2), np.uint8), "colours a pixel"),
        (np.zeros((4, 40, 40, 3), np.uint8), "dimensions"),
        ("photo.jpg", "8-bit pixels"),
    ],
)
def test_what_is_no_picture_is_refused(array: object, why: str) -> None:
    with pytest.raises(PhotoError, match=why):
        Picture.parse(array)


def test_grey_and_transparent_pictures_are_compared_too(photo: edits.Pixels, seed: Seed) -> None:
    clear = np.dstack([photo, np.full(photo.shape[:2], 255, np.uint8)])
    assert compare(seed, captured(clear), thresholds=CALIBRATED) is not None
    assert compare(seed, captured(photo[..., 1]), thresholds=CALIBRATED) is not None


@pytest.fixture(scope="module")
def index() -> PhotoIndex:
    made = PhotoIndex()
    for number in range(1, 6):
        image = scene(number)
        made.add(f"plain-{number}", captured(image))
        made.add(f"cut-{number}", captured(edits.cropped(image, np.random.default_rng(number))))
    return made


def found_in(index: PhotoIndex, seed: Seed) -> list[str]:
    result = index.search(seed, thresholds=CALIBRATED, most_candidates=50)
    return sorted(found.capture for found in result.found)


def test_an_index_finds_what_comparing_one_by_one_finds(index: PhotoIndex, seed: Seed) -> None:
    one_by_one = [
        name for name, held in index.captures() if compare(seed, held, thresholds=CALIBRATED)
    ]
    assert found_in(index, seed) == sorted(one_by_one) == ["cut-1", "plain-1"]


def test_candidates_left_out_are_counted(index: PhotoIndex, seed: Seed) -> None:
    result = index.search(seed, thresholds=CALIBRATED, most_candidates=0)
    assert [found.capture for found in result.found] == ["plain-1"]
    assert result.left_out >= 1


def test_a_kept_index_answers_as_before_and_grows(
    tmp_path: Path, index: PhotoIndex, seed: Seed
) -> None:
    folder = tmp_path / "index"
    assert save_index(index, folder, key=KEY) == 10
    again = load_index(folder, key=KEY)
    assert found_in(again, seed) == found_in(index, seed)
    again.add("turned-1", captured(np.rot90(scene(1)).copy()))
    assert save_index(again, folder, key=KEY) == 1
    assert found_in(load_index(folder, key=KEY), seed) == ["cut-1", "plain-1", "turned-1"]
    with pytest.raises(IndexDamagedError, match="other captures"):
        save_index(PhotoIndex(), folder, key=KEY)


def test_an_index_holds_no_capture_twice_and_no_strange_name(index: PhotoIndex) -> None:
    held = dict(index.captures())["plain-1"]
    with pytest.raises(PhotoError, match="already"):
        index.add("plain-1", held)
    with pytest.raises(PhotoError, match="expected an id"):
        index.add("a name with spaces", held)
    assert len(index) == 10
