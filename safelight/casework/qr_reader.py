"""The process that looks at pictures. It is started for that, holds no key, and may crash.

Pictures come from strangers, and decoders of pictures have been broken into before. So this
runs apart from the desk: no files, no children, bounded memory. On standard input, for each
picture: its length as eight bytes (big-endian), then the picture. On standard output, for each:
one line of JSON, the texts of the QR codes in it, or null for what cannot be read as a picture.
"""

from __future__ import annotations

import io
import json
import os
import resource
import sys
from typing import BinaryIO, Final

import zxingcpp
from PIL import Image, ImageOps

_MEMORY: Final = 2 * 1024**3
_MOST_PIXELS: Final = 64_000_000
_FORMATS: Final = ("JPEG", "PNG", "WEBP")
_MOST_TEXTS: Final = 200


def texts_in(untrusted_picture: bytes) -> list[str] | None:
    """Return the texts of every QR code in one picture; None when it cannot be read as one."""
    Image.MAX_IMAGE_PIXELS = _MOST_PIXELS // 2  # Pillow warns there, and refuses at twice that
    try:
        with Image.open(io.BytesIO(untrusted_picture), formats=_FORMATS) as picture:
            picture.draft("L", picture.size)
            grey = ImageOps.exif_transpose(picture).convert("L")
    except Exception:  # noqa: BLE001
        # Pillow has no common error for damaged pictures; tests/attacks/test_hostile_pictures.py.
        return None
    only_qr = zxingcpp.barcode_formats_from_str("QRCode")
    plain = zxingcpp.TextMode.Plain
    found = zxingcpp.read_barcodes(grey, formats=only_qr, text_mode=plain)
    return [code.text for code in found[:_MOST_TEXTS]]


def _lock_down() -> None:
    Image.preinit()
    Image.init()  # the decoders are loaded while files may still be opened
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))


def _pictures(source: BinaryIO) -> None:
    while length := source.read(8):
        picture = source.read(int.from_bytes(length, "big"))
        line = json.dumps(texts_in(picture)).encode("ascii") + b"\n"
        os.write(sys.stdout.fileno(), line)


if __name__ == "__main__":
    _lock_down()
    _pictures(sys.stdin.buffer)
