"""A million hashes against a photo's eight orientations, exactly, in the time of two.

Mirroring a picture changes the sign of its odd cosine terms (Davis & Rosen 2019, of PDQ), so
four of the eight hashes are nearly the first with some *classes* of bits flipped, and the other
four nearly the first transposed, flipped likewise. A class is the 64 terms that are odd or even
in each direction; flipping one turns its distance d into 64 - d. So:

    lower bound = even-even + min(d, 64 - d) of each of the other three

Nearly, for the median moves with the signs: how far each orientation is from what it should be
is counted for each photo and added to the reach (the triangle inequality), and what is left is
compared with all eight. Nothing is guessed: `distance` in comparing.py is the readable twin.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from safelight.campaigns.photos.pixels import Bytes, PhotoError

_BYTES: Final = 32
_CLASSES: Final = 4
_CLASS_BITS: Final = 64
_BLOCK: Final = 65_536  # rows at a time: what is worked on stays in the second cache
_SPARSE: Final = 16  # below one row in so many it is cheaper to pick rows than to do all

_Words = NDArray[np.uint64]
_Rows = NDArray[np.intp]
_Bits = NDArray[np.int64]

# The last byte's last bit is the first term of the first row; rows and columns count from one.
_AT: Final = 255 - np.arange(256)
_ODD_ROW: Final = (_AT // 16) % 2 == 0
_ODD_COLUMN: Final = (_AT % 16) % 2 == 0
# Even-even first: no flip touches it.
_ORDER: Final = np.lexsort((np.arange(256), _ODD_COLUMN, _ODD_ROW))
_TRANSPOSED: Final = np.arange(256).reshape(16, 16).T.ravel()
_FLIPS: Final = np.array([
    [0, 0, 0, 0],
    [0, 1, 0, 1],
    [0, 0, 1, 1],
    [0, 1, 1, 0],
], dtype=bool).repeat(_CLASS_BITS, axis=1)  # fmt: skip


class HashScan:
    """Hashes in memory, four words each, in the order in which they were added."""

    def __init__(self) -> None:
        self._words: _Words = np.empty((_CLASSES, 0), np.uint64)
        self._new: list[_Words] = []

    def add(self, hashes: Bytes) -> None:
        """Keep rows of 32 bytes (n by 32)."""
        self._new.append(_classed(_checked(hashes)))

    def __len__(self) -> int:
        return sum(int(words.shape[1]) for words in (self._words, *self._new))

    def near(self, orientations: Bytes, *, most_bits: int) -> tuple[_Rows, _Bits]:
        """Return the rows within `most_bits` of any of `orientations` (n by 32), ascending, and
        how many bits each is from the nearest of them.
        """
        if self._new:
            self._words = np.ascontiguousarray(np.concatenate([self._words, *self._new], axis=1))
            self._new = []
        asked = _checked(orientations)
        nothing = np.empty(0, np.intp), np.empty(0, np.int64)
        if not len(asked) or not self._words.shape[1]:
            return nothing
        exact = _classed(asked).T
        alike = [(base, most_bits + slack) for base, slack in families_of(asked)]
        found = [
            rows
            for first in range(0, self._words.shape[1], _BLOCK)
            for base, reach in alike
            if (rows := first + _within(self._words[:, first : first + _BLOCK], base, reach)).size
        ]
        if not found:
            return nothing
        rows = np.unique(np.concatenate(found))
        bits = _nearest(self._words, rows, exact)
        near = bits <= most_bits
        return rows[near], bits[near]


def _checked(hashes: Bytes) -> Bytes:
    if hashes.ndim != 2 or hashes.shape[1] != _BYTES or hashes.dtype != np.uint8:
        raise PhotoError(f"expected rows of {_BYTES} bytes, got an array of {hashes.shape}")
    return hashes


def _classed(hashes: Bytes) -> _Words:
    """Bits in the order of their classes: one word for each (4 by n)."""
    words = np.empty((_CLASSES, len(hashes)), np.uint64)
    for first in range(0, len(hashes), _BLOCK):
        bits = np.unpackbits(hashes[first : first + _BLOCK], axis=1)[:, _ORDER]
        packed = np.ascontiguousarray(np.packbits(bits, axis=1))
        words[:, first : first + _BLOCK] = packed.view(np.uint64).T
    return words


def families_of(orientations: Bytes) -> list[tuple[_Words, int]]:
    """The hashes that the orientations are flips of, and how far the worst of them is off.

    Two for a photo. Right for any hashes, and slow for ones that have nothing to do with it.
    """
    bits = np.unpackbits(orientations, axis=1).astype(bool)
    bases = [one[_ORDER] for one in (bits[0], bits[0][_TRANSPOSED])]
    told: list[list[NDArray[np.bool_]]] = [[], []]
    for one in bits[:, _ORDER]:
        _off, which, flip = min(
            (int((one ^ flip ^ base).sum()), which, number)
            for which, base in enumerate(bases)
            for number, flip in enumerate(_FLIPS)
        )
        told[which].append(one ^ _FLIPS[flip])
    made = []
    for members in told:
        if members:
            many = np.array(members)
            # What most of them say lies nearer to the worst than the first does.
            base = np.where(2 * many.sum(axis=0) == len(many), many[0], many.mean(axis=0) > 0.5)
            packed = np.packbits(base).view(np.uint64)
            made.append((packed, int((many ^ base).sum(axis=1).max())))
    return made


def _within(words: _Words, base: _Words, reach: int) -> _Rows:
    """Rows of a block whose lower bound is at most `reach`."""
    bound = np.bitwise_count(words[0] ^ base[0])
    for known, asked in zip(words[1:3], base[1:3], strict=True):
        bound += _folded(np.bitwise_count(known ^ asked))
    rows = np.flatnonzero(bound <= reach)
    if rows.size * _SPARSE > bound.size:
        bound += _folded(np.bitwise_count(words[3] ^ base[3]))
        return np.flatnonzero(bound <= reach)
    bound = bound[rows] + _folded(np.bitwise_count(words[3][rows] ^ base[3]))
    return np.asarray(rows[bound <= reach])


def _folded(bits: Bytes) -> Bytes:
    return np.minimum(bits, _CLASS_BITS - bits, out=bits)


def _nearest(words: _Words, rows: _Rows, exact: _Words) -> _Bits:
    least = np.full(rows.size, _CLASSES * _CLASS_BITS, np.int64)
    for asked in exact:
        there = np.bitwise_count(words[:, rows] ^ asked[:, None]).sum(axis=0, dtype=np.int64)
        np.minimum(least, there, out=least)
    return least
