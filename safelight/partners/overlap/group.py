"""ristretto255 (RFC 9496) by libsodium, as far as blinding needs it.

Points and scalars are 32 bytes. `raised` is commutative: who raised first does not show.
libsodium refuses encodings that are not canonical and products that are the identity, so a
point that was raised is known to be one.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Final, cast

import rbcl

from safelight.partners.overlap.problems import MessageError

SIZE: Final = 32
_STEP: Final = 2_000  # points between two words about progress: some 0.15 s
OnProgress = Callable[[int, int], None]

# rbcl unpacks its libsodium into a temporary file at every import and leaves it there. Where
# a file in use can be unlinked (not on Windows) it goes at once; it is loaded already.
with contextlib.suppress(OSError, AttributeError):
    Path(rbcl.rbcl._sodium._name).unlink()


def nothing_to_say(_done: int, _of: int) -> None:
    """An `OnProgress` for those who do not wait."""


class HashToGroup:
    """hash_to_ristretto255 of RFC 9380, appendix B: expand_message_xmd with SHA-512, then the
    one-way map of RFC 9496 §4.3.4.
    """

    def __init__(self, dst: bytes) -> None:
        if not 0 < len(dst) <= 255:
            raise ValueError("a domain separation tag has 1 to 255 bytes")
        self._tail = dst + bytes([len(dst)])
        self._block = hashlib.sha512(bytes(128))

    def __call__(self, message: bytes) -> bytes:
        first = self._block.copy()
        first.update(message + b"\x00\x40\x00" + self._tail)
        uniform = hashlib.sha512(first.digest() + b"\x01" + self._tail).digest()
        return cast(bytes, rbcl.crypto_core_ristretto255_from_hash(uniform))


def random_scalar() -> bytes:
    """A secret: uniform over the scalars, never zero."""
    return cast(bytes, rbcl.crypto_core_ristretto255_scalar_random())


def random_point() -> bytes:
    """A point whose logarithm nobody knows: what stands where there is nothing to match."""
    return cast(bytes, rbcl.crypto_core_ristretto255_random())


def product(one: bytes, other: bytes) -> bytes:
    """One scalar times another."""
    return cast(bytes, rbcl.crypto_core_ristretto255_scalar_mul(one, other))


def inverse(scalar: bytes) -> bytes:
    """The scalar that undoes raising by `scalar`."""
    return cast(bytes, rbcl.crypto_core_ristretto255_scalar_invert(scalar))


def raised_one(point: bytes, scalar: bytes) -> bytes:
    """One point raised. Raises `MessageError` for what is no point, or the identity."""
    try:
        return cast(bytes, rbcl.crypto_scalarmult_ristretto255(scalar, point))
    except RuntimeError:
        raise MessageError(
            "not-a-point",
            "expected a canonical point of ristretto255 that is not the identity; got other "
            "bytes. Ask the sender to look for an error and to begin a new session",
        ) from None


def raised(
    untrusted_points: bytes, scalar: bytes, *, on_progress: OnProgress = nothing_to_say
) -> bytes:
    """Every point of a row of points, each 32 bytes, raised by one secret. Order is kept.

    Raises `MessageError` if one of them is no point.
    """
    if len(untrusted_points) % SIZE:
        raise MessageError("truncated", "a list of points is a multiple of 32 bytes; got others")
    total = len(untrusted_points) // SIZE
    out = bytearray()
    for place in range(total):
        if place % _STEP == 0:
            on_progress(place, total)
        out += raised_one(untrusted_points[place * SIZE : (place + 1) * SIZE], scalar)
    on_progress(total, total)
    return bytes(out)
