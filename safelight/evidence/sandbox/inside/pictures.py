"""Runs in the sandbox. Pictures become frames."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Iterator
from typing import IO, Final

from PIL import Image, ImageOps, UnidentifiedImageError

from safelight.evidence.sandbox.inside.budget import Showing, Stopped
from safelight.evidence.sandbox.wire import Note, Stop

_FORMATS: Final = ("JPEG", "PNG", "GIF", "WEBP", "AVIF", "BMP")
# What Pillow's decoders raise on a picture that is none.
_BROKEN: Final = (
    OSError,
    ValueError,
    EOFError,
    LookupError,
    SyntaxError,
    RuntimeError,
    struct.error,
)
_MOST_FRAMES: Final = 600  # that are looked through
_LARGEST_LOOKED_THROUGH: Final = 256 * 1024 * 1024


def show_picture(file: IO[bytes], showing: Showing) -> None:
    """Show a picture upright, or the frames of a moving one."""
    with _readable_picture(), Image.open(file, formats=_FORMATS) as image:
        frames = int(getattr(image, "n_frames", 1))
        showing.pages = min(frames, _MOST_FRAMES)
        _check_size(image, showing)
        for number in showing.wanted:
            if frames > 1:
                image.seek(number)
            showing.add_page(number, upright_and_opaque(image))
    if _has_more_after_it(file):
        showing.notes.add(Note.BYTES_AFTER_THE_END)


def picture_of(file: IO[bytes], showing: Showing) -> Image.Image:
    """Return the first frame of a picture, upright."""
    with _readable_picture(), Image.open(file, formats=_FORMATS) as image:
        _check_size(image, showing)
        return upright_and_opaque(image)


@contextlib.contextmanager
def _readable_picture() -> Iterator[None]:
    # Ours stands in its place, and is asked before anything is decoded.
    Image.MAX_IMAGE_PIXELS = None
    try:
        yield
    except (UnidentifiedImageError, *_BROKEN):
        raise Stopped(Stop.DAMAGED) from None
    except MemoryError:
        raise Stopped(Stop.TOO_LARGE) from None


def _check_size(image: Image.Image, showing: Showing) -> None:
    width, height = image.size
    if width * height > showing.budget.declared_pixels:
        raise Stopped(Stop.TOO_LARGE)
    if image.format == "JPEG":
        # Decodes at a half, a quarter or an eighth: never all pixels of a huge one.
        scale = min(1.0, (showing.budget.page_pixels / (width * height)) ** 0.5)
        image.draft("RGB", (int(width * scale), int(height * scale)))
        if image.size != (width, height):
            showing.notes.add(Note.SCALED_DOWN)


def upright_and_opaque(image: Image.Image) -> Image.Image:
    """Return a picture as it is looked at: RGB, turned as it says, on white where it is clear."""
    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith("I;16") or upright.mode in {"I", "F"}:
        # 16 bits a channel: Pillow cuts them off at 255 instead of scaling.
        return upright.point(lambda value: value / 256).convert("RGB")
    if upright.has_transparency_data:
        whole = upright.convert("RGBA")
        white = Image.new("RGBA", whole.size, "white")
        return Image.alpha_composite(white, whole).convert("RGB")
    return upright.convert("RGB")


def _has_more_after_it(file: IO[bytes]) -> bool:
    """Whether bytes follow the end mark of a JPEG, PNG or GIF: a second file, or a cut picture."""
    file.seek(0)
    whole = file.read(_LARGEST_LOOKED_THROUGH)
    if whole.startswith(b"\xff\xd8"):
        at = whole.rfind(b"\xff\xd9")
        # A thumbnail and a motion photo have end marks too: what counts is after the first scan.
        first = _first_end_of_scan(whole)
        return at < 0 or (first is not None and len(whole) - first > 2)
    if whole.startswith(b"\x89PNG"):
        return _png_end(whole) not in {None, len(whole)}
    if whole.startswith(b"RIFF"):
        return len(whole) > 8 + int.from_bytes(whole[4:8], "little") + 1
    return whole.startswith(b"GIF8") and not whole.endswith(b"\x3b")


def _first_end_of_scan(whole: bytes) -> int | None:
    """Where the end mark of a JPEG stands (ITU-T T.81, B.1), walking over its segments."""
    at = 2
    while at + 4 <= len(whole):
        if whole[at] != 0xFF:
            at = whole.find(b"\xff", at)
            if at < 0:
                return None
        mark = whole[at + 1]
        if mark == 0xD9:
            return at
        if mark in {0x00, 0xFF, 0x01} or 0xD0 <= mark <= 0xD7:
            at += 1 if mark == 0xFF else 2
        else:
            at += 2 + int.from_bytes(whole[at + 2 : at + 4], "big")
    return at if whole[at : at + 2] == b"\xff\xd9" else None


def _png_end(whole: bytes) -> int | None:
    at = 8
    while at + 12 <= len(whole):
        length = int.from_bytes(whole[at : at + 4], "big")
        if whole[at + 4 : at + 8] == b"IEND":
            return at + 12
        at += 12 + length
    return None
