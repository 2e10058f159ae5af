"""Threat: poisoned-photo-index: Somebody changes, exchanges, leaves out or plants parts of a
photo index; it is refused, no code in it runs, and a new one is built from the captures.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from safelight.campaigns.photos import index_file
from safelight.campaigns.photos.describing import Captured
from safelight.campaigns.photos.index import PhotoIndex
from safelight.campaigns.photos.index_file import IndexDamagedError, load_index, save_index
from safelight.campaigns.photos.pixels import Picture
from tests.support.generated_photos import scene

KEY = bytes(range(32))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(index_file, "_A_SEGMENT", 1)
    index = PhotoIndex()
    for number in range(3):
        index.add(f"c{number}", Captured.of(Picture.parse(scene(number, height=200, width=240))))
    save_index(index, tmp_path / "index", key=KEY)
    return tmp_path / "index"


def flipped(folder: Path) -> None:
    path = folder / "000001.part"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def cut_short(folder: Path) -> None:
    path = folder / "000002.part"
    path.write_bytes(path.read_bytes()[:7])


def left_out(folder: Path) -> None:
    (folder / "000001.part").unlink()


def exchanged(folder: Path) -> None:
    first, second = folder / "000000.part", folder / "000001.part"
    one, two = first.read_bytes(), second.read_bytes()
    first.write_bytes(two)
    second.write_bytes(one)


def planted(folder: Path) -> None:
    (folder / "000003.part").write_bytes(pickle.dumps({"names": print}))


@pytest.mark.parametrize("attack", [flipped, cut_short, left_out, exchanged, planted])
def test_a_poisoned_index_is_refused(folder: Path, attack: Callable[[Path], None]) -> None:
    assert len(load_index(folder, key=KEY)) == 3
    attack(folder)
    with pytest.raises(IndexDamagedError, match="build it anew"):
        load_index(folder, key=KEY)


def test_another_key_opens_nothing(folder: Path) -> None:
    with pytest.raises(IndexDamagedError, match="of another key"):
        load_index(folder, key=bytes(32))


def test_arrays_that_do_not_belong_together_are_refused_even_under_the_right_key(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = load_index(folder, key=KEY)
    honest = index_file._packed

    def lying(captures: list[tuple[str, Captured]]) -> bytes:
        return honest(captures)[:-30]

    monkeypatch.setattr(index_file, "_packed", lying)
    held.add("c3", Captured.of(Picture.parse(scene(9, height=200, width=240))))
    save_index(held, folder, key=KEY)
    with pytest.raises(IndexDamagedError, match="part 3"):
        load_index(folder, key=KEY)
