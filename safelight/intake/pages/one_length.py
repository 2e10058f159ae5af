"""A page that shows what a person typed or may know, in one length whatever it says.

It must be small (the 12 kB rule), so it is compressed; and its length must tell nothing,
so the compressed form is filled up with an extra field, which every reader of gzip skips
(RFC 1952, section 2.3.1.1). Who watches the line sees the same number of bytes each time.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from html import escape
from typing import Final

from django.http import HttpRequest, HttpResponse

from safelight.intake.assets import accepts_gzip

# With the headers below 12,000 bytes.
STEP: Final = 11_000
_PLAIN_STEP: Final = 8 * 1024
# Magic, deflate, FLG.FEXTRA, no time, no level, unknown system.
_HEAD: Final = b"\x1f\x8b\x08\x04" + bytes(4) + b"\x00\xff"
_FIELD: Final = 4
_ENDS: Final = len(_HEAD) + 2 + _FIELD + 8


def beginning_that_fits(text: str, page: Callable[[str], str]) -> str:
    """Return `text`, or of a longer one the beginning for which `page` has room in one step.

    Natural language fits: 11,000 bytes are some 16,000 characters beside a form.
    """
    if _fits(page(text)):
        return text
    room = STEP - _ENDS - len(_packed(page("").encode()))
    least, most = 0, len(text)
    while least < most:
        middle = (least + most + 1) // 2
        if len(_packed(escape(text[:middle]).encode())) <= room:
            least = middle
        else:
            most = middle - 1
    while least and not _fits(page(text[:least])):
        least = least * 15 // 16
    return text[:least]


def _fits(page: str) -> bool:
    return len(_packed(page.encode())) + _ENDS <= STEP


def _packed(plain: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(plain) + packer.flush()


def in_one_length(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Return the answer at the next multiple of `STEP` bytes, compressed.

    For a browser that takes no gzip: blanks up to the next 8 KiB.
    """
    plain = response.content
    if not accepts_gzip(request):
        response.content = plain + b"\n" * (-len(plain) % _PLAIN_STEP)
        return response
    packed = _packed(plain)
    filling = -(len(packed) + _ENDS) % STEP
    extra = b"SL" + struct.pack("<H", filling) + bytes(filling)
    response.content = (
        _HEAD
        + struct.pack("<H", len(extra))
        + extra
        + packed
        + struct.pack("<II", zlib.crc32(plain), len(plain) & 0xFFFFFFFF)
    )
    response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    return response
