"""Threat: hostile-pictures: Somebody sends pictures that are damaged, bombs, or no pictures at all
to be read for QR codes; they are decoded in a process without keys or files, and the next is read.
"""

from __future__ import annotations

import io
import os
import signal
import struct
import zlib
from collections.abc import Iterator

import pytest

from safelight.casework import qr_pictures
from safelight.casework.qr_pictures import PictureReader
from tests.support.pocket_forms import picture_of


def _png(width: int, height: int, data: bytes) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        checked = name + body
        return struct.pack(">I", len(body)) + checked + struct.pack(">I", zlib.crc32(checked))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    )


BOMB = _png(60_000, 60_000, zlib.compress(bytes(1_000_000), 9))
HOSTILE = {
    "a bomb of pixels": BOMB,
    "nothing": b"",
    "a JPEG cut off": picture_of(["x"], kind="JPEG")[:400],
    "a PNG with broken data": _png(100, 100, b"no zlib"),
    "a PDF": b"%PDF-1.4 \xff\xd8\xff",
    "an EPS, which other decoders would run": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    "random bytes": b"\xff\xd8\xff" + os.urandom(5000),
}


@pytest.fixture(scope="module")
def reader() -> Iterator[PictureReader]:
    with PictureReader() as running:
        yield running


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_picture_is_nothing_and_the_next_one_is_read(
    reader: PictureReader, what: str
) -> None:
    assert not reader.texts(HOSTILE[what])
    assert reader.texts(picture_of(["SL1"])) == ("SL1",)


def test_a_process_that_dies_or_hangs_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    good = picture_of(["SL1"])
    with PictureReader() as reader:
        assert reader.texts(good) == ("SL1",)
        process = reader._process
        assert process is not None
        process.kill()
        process.wait()
        assert reader.texts(good) == ("SL1",)
        process = reader._process
        assert process is not None
        os.kill(process.pid, signal.SIGSTOP)  # it thinks for ever
        monkeypatch.setattr(qr_pictures, "_SECONDS_FOR_ONE", 0.2)
        assert reader.texts(good) is None
        monkeypatch.undo()
        assert reader.texts(good) == ("SL1",)


def test_the_process_can_open_no_file_and_has_nothing_of_the_desk(reader: PictureReader) -> None:
    reader.texts(picture_of(["SL1"]))
    process = reader._process
    assert process is not None
    with open(f"/proc/{process.pid}/limits", encoding="ascii") as limits:  # noqa: PTH123
        rows = {line[:26].strip(): line[26:].split() for line in limits}
    assert rows["Max open files"][:2] == ["3", "3"]
    assert rows["Max file size"][:2] == ["0", "0"]
    with open(f"/proc/{process.pid}/environ", "rb") as environ:  # noqa: PTH123
        names = {entry.partition(b"=")[0] for entry in environ.read().split(b"\0") if entry}
    assert names <= {b"PATH", b"LANG"}


def test_a_picture_larger_than_any_photo_is_not_even_handed_over() -> None:
    reader = PictureReader()
    assert reader.texts(io.BytesIO(bytes(33 * 1024 * 1024)).getvalue()) is None
    assert reader._process is None
