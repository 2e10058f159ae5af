"""A page that shows what a person typed or may know, in one length whatever it says.

It must be small (the 12 kB rule), so it is compressed; and its length must tell nothing,
so the compressed form is filled up with an extra field, which every reader of gzip skips
(RFC 1952, section 2.3.1.1). Who watches the line sees the same number of bytes each time.
"""

from __future__ import annotations

import struct
import zlib
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


def in_one_length(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Return the answer at the next multiple of `STEP` bytes, compressed.

    For a browser that takes no gzip: blanks up to the next 8 KiB.
    """
    plain = response.content
    if not accepts_gzip(request):
        response.content = plain + b"\n" * (-len(plain) % _PLAIN_STEP)
        return response
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(plain) + packer.flush()
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
