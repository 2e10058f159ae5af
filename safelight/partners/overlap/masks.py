"""Records that are nobody's, so that the relay sees neither how long lists are nor true counts.

For each inclusion pattern the organisations put 0 to `masks` made-up records on all lists of
the pattern. They draw them from the seed that the relay has not, and take them off its counts.
The relay tells two tables that differ by one incident in one cell apart with an advantage of
at most 1/(masks + 1).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from safelight.partners.overlap.scheme import Token
from safelight.partners.overlap.terms import Terms


def mask_counts(seed: bytes, terms: Terms) -> NDArray[np.int64]:
    """How many masks stand on each pattern, shape (2^n,); none on the pattern of no list."""
    patterns = 1 << len(terms.organisations)
    counts = [_below(terms.masks + 1, seed, b"number %d" % one) for one in range(1, patterns)]
    return np.array([0, *counts], dtype=np.int64)


def masks_of_list(seed: bytes, terms: Terms, number: int) -> list[list[Token]]:
    """The masks on list `number`: tokens like those of a record, shared with the pattern's lists.

    With several tokens for a record a mask shares some of them only, as similar records do.
    """
    found = []
    for pattern, count in enumerate(mask_counts(seed, terms).tolist()):
        if pattern >> number & 1:
            found += [_mask(seed, terms, pattern, place) for place in range(count)]
    return found


def _mask(seed: bytes, terms: Terms, pattern: int, place: int) -> list[Token]:
    tokens, least = terms.scheme.tokens, terms.scheme.shared
    name = b"mask %d %d" % (pattern, place)
    shared = least + _below(tokens - least + 1, seed, name + b" shared")
    order = sorted(range(tokens), key=lambda token: _derived(seed, name + b" order %d" % token))
    return [
        _derived(seed, name + b" token %d" % token) if token in order[:shared] else None
        for token in range(tokens)
    ]


def _derived(seed: bytes, label: bytes) -> bytes:
    return hmac.digest(seed, b"safelight-overlap/1 " + label, hashlib.sha256)


def _draws(seed: bytes, label: bytes) -> Iterator[int]:
    number = 0
    while True:
        yield int.from_bytes(_derived(seed, label + b" %d" % number)[:8], "big")
        number += 1


def _below(bound: int, seed: bytes, label: bytes) -> int:
    """Uniform from 0 to bound - 1."""
    whole = 2**64 - 2**64 % bound
    return next(drawn for drawn in _draws(seed, label) if drawn < whole) % bound
