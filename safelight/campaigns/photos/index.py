"""Captured images, so kept that a seed photo's copies among them are found without looking at all.

Three steps, each on what the one before left:

1. *hashes*: the seed's 8 orientations against every part's PDQ hash, exactly (`hash_scan.py`);
2. *sketches*: 1,000 coarse points of the seed vote for the parts that have near ones;
3. *comparing*: the parts with most votes, point by point (`comparing.py`).

Step 1 takes some 7 ms for a million parts. Step 2 is a scan up to `_SCANNED` points and an
inverted file beyond (faiss's binary IVF, some recall for much time); step 3 is 1 to 2 ms a part and
stops at `most_candidates`. What scales to what is measured in docs/methods/photo-copies.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import faiss
import numpy as np
from numpy.typing import NDArray

from safelight.campaigns.photos.comparing import Likeness, Thresholds, compare_region
from safelight.campaigns.photos.describing import (
    DESCRIPTOR_BYTES,
    Captured,
    Region,
    Seed,
)
from safelight.campaigns.photos.hash_scan import HashScan
from safelight.campaigns.photos.pixels import PhotoError

_BITS: Final = 256
_SCANNED: Final = 200_000
_LISTS: Final = 1024
_PROBED: Final = 32
_TRAINED_ON: Final = 60_000
# Bits between two coarse points that are taken for the same one, and how many of a seed's
# must be near before a part is worth comparing. Measured, not derived.
_NEAR: Final = 32
_LEAST_VOTES: Final = 3
# Bits within which points are compared without votes: discs and shirts on a plain ground are
# as near, and share no point.
_LIKELY_BITS: Final = 58
_CAPTURE_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")


@dataclass(frozen=True, slots=True)
class Found:
    """A captured image that shows the seed, and the part of it that does so best."""

    capture: str
    likeness: Likeness


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search found, and how much it looked at; `left_out` parts had votes too."""

    found: tuple[Found, ...]
    compared: int
    left_out: int


class PhotoIndex:
    """In memory; `index_file.py` keeps it on a disk. Not for several threads at once."""

    def __init__(self) -> None:
        self._captures: dict[str, Captured] = {}
        self._parts: list[tuple[str, Region]] = []
        self._hashes = HashScan()
        self._hash_part: list[int] = []
        self._points: Any = faiss.IndexBinaryFlat(_BITS)
        self._point_part: list[NDArray[np.int32]] = []
        self._owners: NDArray[np.int32] = np.empty(0, np.int32)

    def __len__(self) -> int:
        return len(self._captures)

    def __contains__(self, capture: str) -> bool:
        return capture in self._captures

    @property
    def parts(self) -> int:
        return len(self._parts)

    def captures(self) -> Iterator[tuple[str, Captured]]:
        """Every capture in the order in which it was added."""
        yield from self._captures.items()

    def add(self, capture: str, captured: Captured) -> None:
        """Keep one captured image under our own name for it (its hash), or raise `PhotoError`."""
        if _CAPTURE_ID.fullmatch(capture) is None:
            raise PhotoError("expected an id of A-Z, a-z, 0-9 and ._:- for a capture, got another")
        if capture in self._captures:
            raise PhotoError("this capture is in the index already; nothing was added")
        self._captures[capture] = captured
        hashes, points, owners = [], [], []
        for region in captured.regions:
            part = len(self._parts)
            self._parts.append((capture, region))
            if region.hash is not None:
                hashes.append(region.hash)
                self._hash_part.append(part)
            if len(region.sketch):
                points.append(region.sketch)
                owners.append(np.full(len(region.sketch), part, np.int32))
        if hashes:
            self._hashes.add(np.stack(hashes))
        if points:
            self._points.add(np.ascontiguousarray(np.concatenate(points)))
            self._point_part.extend(owners)

    def search(self, seed: Seed, *, thresholds: Thresholds, most_candidates: int) -> Searched:
        """Return every captured image that shows `seed`, best first. Deterministic."""
        best: dict[str, Likeness] = {}
        near = self.near_hashes(seed, most_bits=max(thresholds.most_bits, _LIKELY_BITS))
        for part, bits in near:
            if bits > thresholds.most_bits:
                continue
            capture, region = self._parts[part]
            known = best.get(capture)
            if known is None or known.bits is None or bits < known.bits:
                best[capture] = Likeness(region.box, "hash", bits, 0)
        likely = [part for part, bits in near if bits <= _LIKELY_BITS]
        likely += self.voted_for(seed)
        voted = [part for part in dict.fromkeys(likely) if self._parts[part][0] not in best]
        for part in voted[:most_candidates]:
            capture, region = self._parts[part]
            found = compare_region(seed, region, thresholds=thresholds)
            if found is not None and (capture not in best or best[capture].inliers < found.inliers):
                best[capture] = found
        ordered = sorted(best.items(), key=_best_first)
        return Searched(
            tuple(Found(capture, likeness) for capture, likeness in ordered),
            compared=min(len(voted), most_candidates),
            left_out=max(0, len(voted) - most_candidates),
        )

    def near_hashes(self, seed: Seed, *, most_bits: int) -> list[tuple[int, int]]:
        """Parts whose hash is within `most_bits` of any of the seed's eight, each with how many
        bits it is from the nearest; step 1.
        """
        rows, bits = self._hashes.near(seed.hashes, most_bits=most_bits)
        parts = (self._hash_part[row] for row in rows.tolist())
        return list(zip(parts, bits.tolist(), strict=True))

    def voted_for(self, seed: Seed) -> list[int]:
        """Parts that enough of the seed's coarse points vote for, most votes first; step 2."""
        if not len(seed.sketch) or not self._points.ntotal:
            return []
        self.prepare()
        limits, _, rows = self._points.range_search(seed.sketch, _NEAR + 1)
        voters = np.repeat(np.arange(len(seed.sketch)), np.diff(limits.astype(np.int64)))
        # A pattern that repeats has one point a hundred times: each point votes once for a part.
        ballots = np.unique(np.stack([voters, self._owners[rows]], axis=1), axis=0)
        votes = np.bincount(ballots[:, 1], minlength=len(self._parts))
        chosen = np.flatnonzero(votes >= _LEAST_VOTES)
        return [int(part) for part in chosen[np.lexsort((chosen, -votes[chosen]))]]

    def prepare(self) -> None:
        """Make ready for searching; done by itself at the first search after adding."""
        if self._point_part:
            self._owners = np.concatenate([self._owners, *self._point_part])
            self._point_part = []
        if self._points.ntotal <= _SCANNED or isinstance(self._points, faiss.IndexBinaryIVF):
            return
        known = faiss.vector_to_array(self._points.xb).reshape(-1, DESCRIPTOR_BYTES)
        lists = faiss.IndexBinaryIVF(faiss.IndexBinaryFlat(_BITS), _BITS, _LISTS)
        lists.own_fields = False
        self._quantizer = lists.quantizer
        lists.cp.niter = 6
        lists.cp.seed = 1
        lists.train(np.ascontiguousarray(known[:: max(1, len(known) // _TRAINED_ON)]))
        lists.add(known)
        lists.nprobe = _PROBED
        self._points = lists


def _best_first(found: tuple[str, Likeness]) -> tuple[int, int, str]:
    capture, likeness = found
    return (
        likeness.bits if likeness.how == "hash" and likeness.bits is not None else _BITS,
        -likeness.inliers,
        capture,
    )


assert DESCRIPTOR_BYTES * 8 == _BITS
