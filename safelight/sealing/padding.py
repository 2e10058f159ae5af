"""Padding: a sealed file's length says one of a few size classes and nothing finer.

Inside the plaintext, ISO/IEC 7816-4: the content, one byte 0x80, zeros. So the
content can be streamed before its length is known, and the sealed file stays a
plain age file (docs/spec/envelope.md).
"""

from __future__ import annotations

from typing import Final

from safelight.sealing.payload import plaintext_size

KIB: Final = 1024
MIB: Final = 1024 * KIB

# Four sizes only, so an envelope's length says "text" or "with photos" and nothing
# finer. Adding one makes reporters easier to tell apart.
PADDED_SIZES: Final = (32 * KIB, 256 * KIB, 2 * MIB, 16 * MIB)
# Files that travel by hand (a video on a stick) may be larger; doubling from there on.
FILE_SIZES: Final = (*PADDED_SIZES, *(MIB << power for power in range(5, 11)))
PADDING_MARKER: Final = b"\x80"


def plaintext_capacity(sealed: int, overhead: int) -> int:
    """How many plaintext bytes fit into `sealed` bytes in all, `overhead` of them header and nonce.

    0 if none fit, or if no plaintext gives exactly that length (a final chunk
    cannot be empty, so 16 lengths in every 65,552 cannot occur).
    """
    return plaintext_size(sealed - overhead) or 0 if sealed > overhead else 0


def padded_plaintext_size(content: int, overhead: int, largest: int) -> int | None:
    """Padded plaintext length for `content` bytes in the smallest class that holds it.

    `None` if no class up to `largest` holds the content and the padding's marker.
    """
    for size in FILE_SIZES:
        if size > largest:
            return None
        capacity = plaintext_capacity(size, overhead)
        if capacity >= content + len(PADDING_MARKER):
            return capacity
    return None
