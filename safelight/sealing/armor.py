"""ASCII armor, strictly (C2SP age.md, "ASCII armor"; RFC 7468 §3).

For files that travel as text. The whole file is held in memory: large files travel as they are.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from safelight.sealing.header import SealedFileError

_BEGIN: Final = b"-----BEGIN AGE ENCRYPTED FILE-----"
_END: Final = b"-----END AGE ENCRYPTED FILE-----"
_COLUMNS: Final = 64
_WHITESPACE: Final = b" \t\r\n"
_LINE: Final = re.compile(rb"[A-Za-z0-9+/]{0,64}={0,2}")


class ArmorError(SealedFileError):
    """Text that is not one strictly armored file."""


def is_armored(untrusted: bytes) -> bool:
    """Whether this begins like armor, whitespace aside. `dearmored` has the last word."""
    return untrusted[: len(_BEGIN) + 1024].lstrip(_WHITESPACE).startswith(_BEGIN)


def armored(sealed: bytes) -> str:
    """Return the sealed file as text, with a line feed at its end."""
    encoded = base64.b64encode(sealed)
    lines = [encoded[at : at + _COLUMNS] for at in range(0, len(encoded), _COLUMNS)]
    return b"\n".join([_BEGIN, *lines, _END, b""]).decode("ascii")


def dearmored(untrusted: bytes) -> bytes:
    """Return the sealed bytes. Raises `ArmorError` for anything `armored` would not have written.

    Allowed beyond that: CRLF line ends, whitespace around the block, and no final
    line end. Everything else would let one file be changed without its seal noticing.
    """
    lines = untrusted.strip(_WHITESPACE).replace(b"\r\n", b"\n").split(b"\n")
    if lines[0] != _BEGIN:
        raise ArmorError(f"armor begins with the line {_BEGIN.decode()}")
    if len(lines) < 2 or lines[-1] != _END:
        raise ArmorError(f"armor ends with the line {_END.decode()}; was the text cut off?")
    body = lines[1:-1]
    for number, line in enumerate(body, start=1):
        last = number == len(body)
        if not _LINE.fullmatch(line) or not line or len(line) > _COLUMNS:
            raise ArmorError(f"line {number} of the armor is not 1 to 64 characters of base64")
        if not last and (len(line) != _COLUMNS or b"=" in line):
            raise ArmorError(f"line {number} of the armor is short, but not the last")
    encoded = b"".join(body)
    try:
        sealed = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        raise ArmorError("the armor's base64 is damaged") from None
    if base64.b64encode(sealed) != encoded:
        raise ArmorError("the armor's base64 is not canonical")
    return sealed
