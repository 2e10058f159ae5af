"""A photo index on a disk: sealed segments in a row, added to and never changed.

    000000.part  12 random bytes, then ChaCha20-Poly1305 of a numpy archive
    000001.part  ... each bound to its number and to the one before, so that none can be left
                 out, exchanged or brought back from an older copy in the middle

Whoever holds the file but not the key learns how many there are and how large. Loading runs
no code of the file's (no pickles), and refuses what does not fit; the cure is always the same:
throw the folder away and build it anew from the captures, which are kept elsewhere.
"""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path
from typing import Final
from zipfile import BadZipFile

import numpy as np
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from numpy.typing import NDArray

from safelight.campaigns.photos.describing import (
    DESCRIPTOR_BYTES,
    HASH_BYTES,
    Captured,
    Points,
    Region,
)
from safelight.campaigns.photos.index import PhotoIndex
from safelight.campaigns.photos.pixels import Box, PhotoError
from safelight.sealing.whole_file import whole_file

KEY_BYTES: Final = 32
_NONCE: Final = 12
_FORMAT: Final = b"safelight photo index 1"
_A_SEGMENT: Final = 128  # captures
_LARGEST: Final = 512 * 1024 * 1024
_SUFFIX: Final = ".part"

Arrays = dict[str, NDArray[np.generic]]


class IndexDamagedError(PhotoError):
    """The index cannot be read: damaged, incomplete, exchanged, or of another key."""


def save_index(index: PhotoIndex, folder: Path, *, key: bytes) -> int:
    """Write what `folder` does not have yet; return how many captures were written.

    `index` must begin with what the folder holds, in its order, as after `load_index` and
    more `add`. Raises `IndexDamagedError` where it does not.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept, chain, segments = _read(folder, key)
    captures = list(index.captures())
    if [name for name, _ in kept] != [name for name, _ in captures[: len(kept)]]:
        raise IndexDamagedError(
            "the folder holds other captures than this index begins with; choose an empty folder"
        )
    new = captures[len(kept) :]
    for at in range(0, len(new), _A_SEGMENT):
        plain = _packed(new[at : at + _A_SEGMENT])
        nonce = os.urandom(_NONCE)
        sealed = nonce + ChaCha20Poly1305(key).encrypt(nonce, plain, _bound(segments, chain))
        with whole_file(folder / f"{segments:06}{_SUFFIX}") as file:
            file.write(sealed)
        chain = hashlib.sha256(sealed).digest()
        segments += 1
    return len(new)


def load_index(folder: Path, *, key: bytes) -> PhotoIndex:
    """Return the index kept in `folder` (an empty one where there is none).

    Raises `IndexDamagedError`: then build it anew from the captures.
    """
    index = PhotoIndex()
    for capture, captured in _read(folder, key)[0]:
        index.add(capture, captured)
    return index


def _read(folder: Path, key: bytes) -> tuple[list[tuple[str, Captured]], bytes, int]:
    if len(key) != KEY_BYTES:
        raise PhotoError(f"expected a key of {KEY_BYTES} bytes, got {len(key)}")
    found: list[tuple[str, Captured]] = []
    chain, number = b"", 0
    names = sorted(path.name for path in folder.glob(f"*{_SUFFIX}"))
    for name in names:
        path = folder / name
        if name != f"{number:06}{_SUFFIX}" or path.is_symlink() or path.stat().st_size > _LARGEST:
            raise _damaged(number)
        sealed = path.read_bytes()
        try:
            plain = ChaCha20Poly1305(key).decrypt(
                sealed[:_NONCE], sealed[_NONCE:], _bound(number, chain)
            )
            found.extend(_unpacked(plain))
        except (InvalidTag, BadZipFile, ValueError, KeyError, IndexError, EOFError, OSError):
            # Named without what was in it: a damaged file is a stranger's text.
            raise _damaged(number) from None
        chain = hashlib.sha256(sealed).digest()
        number += 1
    return found, chain, number


def _damaged(number: int) -> IndexDamagedError:
    return IndexDamagedError(
        f"part {number} of the photo index is missing, damaged, exchanged or of another key; "
        "delete the folder and build it anew from the captures, which are not touched"
    )


def _bound(number: int, chain: bytes) -> bytes:
    return _FORMAT + number.to_bytes(8, "big") + chain


def _packed(captures: list[tuple[str, Captured]]) -> bytes:
    regions = [(i, region) for i, (_, held) in enumerate(captures) for region in held.regions]
    boxes = [(r.box.left, r.box.top, r.box.right, r.box.bottom) for _, r in regions]
    none = np.zeros(HASH_BYTES, np.uint8)
    arrays: Arrays = {
        "names": np.frombuffer("\n".join(name for name, _ in captures).encode(), np.uint8),
        "owner": np.array([i for i, _ in regions], np.int32),
        "box": np.array(boxes, np.int32).reshape(-1, 4),
        "hashed": np.array([r.hash is not None for _, r in regions], np.bool_),
        "hash": np.stack([none if r.hash is None else r.hash for _, r in regions]),
        "points": np.array([len(r.points) for _, r in regions], np.int32),
        "where": np.concatenate([r.points.where for _, r in regions]).astype(np.float32),
        "what": np.concatenate([r.points.what for _, r in regions]),
        "sketched": np.array([len(r.sketch) for _, r in regions], np.int32),
        "sketch": np.concatenate([r.sketch for _, r in regions]),
    }
    out = io.BytesIO()
    np.savez(out, allow_pickle=False, **arrays)
    return out.getvalue()


def _unpacked(plain: bytes) -> list[tuple[str, Captured]]:
    with np.load(io.BytesIO(plain), allow_pickle=False) as held:
        names = held["names"].astype(np.uint8).tobytes().decode("ascii").split("\n")
        owner, box, hashed = held["owner"], held["box"], held["hashed"]
        hashes, what, sketch = held["hash"], held["what"], held["sketch"]
        where, counts, sketched = held["where"], held["points"], held["sketched"]
    parts = len(owner)
    ends = np.cumsum(counts), np.cumsum(sketched)
    fits = (
        box.shape == (parts, 4)
        and hashes.shape == (parts, HASH_BYTES)
        and len(hashed) == len(counts) == len(sketched) == parts > 0
        and hashes.dtype == what.dtype == sketch.dtype == np.uint8
        and (counts >= 0).all()
        and (sketched >= 0).all()
        and where.shape == (ends[0][-1], 2)
        and what.shape == (ends[0][-1], DESCRIPTOR_BYTES)
        and sketch.shape == (ends[1][-1], DESCRIPTOR_BYTES)
        and set(owner.tolist()) == set(range(len(names)))
    )
    if not fits:
        raise ValueError("arrays that do not belong together")
    held_by: list[list[Region]] = [[] for _ in names]
    for part in range(parts):
        points = slice(int(ends[0][part] - counts[part]), int(ends[0][part]))
        coarse = slice(int(ends[1][part] - sketched[part]), int(ends[1][part]))
        region = Region(
            Box(*(int(edge) for edge in box[part])),
            hashes[part] if hashed[part] else None,
            Points(where[points].astype(np.float32), what[points]),
            sketch[coarse],
        )
        held_by[int(owner[part])].append(region)
    return [(name, Captured(tuple(regions))) for name, regions in zip(names, held_by, strict=True)]
