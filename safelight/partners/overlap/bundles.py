"""Bundles: one for each record of a list, each of the same number of tokens.

Whoever handles a list shuffles whole bundles with the system's randomness, so a place in the
list says nothing. Within one list every token is different (`check_list`): a token that
stood twice would draw a pattern into the list by which its owner could find records again.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from safelight.partners.overlap.group import SIZE, OnProgress, nothing_to_say, raised
from safelight.partners.overlap.problems import MessageError


@dataclass(frozen=True)
class Bundles:
    """`data`: bundle after bundle, `tokens` points of 32 bytes each."""

    tokens: int
    data: bytes = field(repr=False)

    @property
    def number(self) -> int:
        """How many bundles, and so how long the list is after padding."""
        return len(self.data) // (SIZE * self.tokens)

    @classmethod
    def parse(cls, untrusted: bytes, *, tokens: int, number: int) -> Bundles:
        """Read a list that was announced with this many bundles. Raises `MessageError`."""
        if len(untrusted) != SIZE * tokens * number:
            raise MessageError(
                "wrong-size",
                f"expected {number:,} bundles of {tokens} tokens, {SIZE * tokens * number:,} "
                f"bytes; got {len(untrusted):,}",
            )
        return cls(tokens, untrusted)

    def flat(self) -> list[bytes]:
        """Every token, bundle after bundle."""
        return [self.data[place : place + SIZE] for place in range(0, len(self.data), SIZE)]

    def check_distinct(self) -> None:
        """Raise `MessageError` if a token stands twice in the list."""
        if len(set(self.flat())) != self.number * self.tokens:
            raise MessageError(
                "duplicated",
                "a token stands twice in one list; each record is offered once. Somebody "
                "repeated a part of the list: begin a new session",
            )

    def shuffled(self) -> Bundles:
        """The same bundles in an order that nobody can guess."""
        order = list(range(self.number))
        random.SystemRandom().shuffle(order)
        wide = np.frombuffer(self.data, dtype=np.uint8).reshape(self.number, -1)
        return Bundles(self.tokens, wide[np.array(order, dtype=np.int64)].tobytes())

    def raised(self, scalar: bytes, *, on_progress: OnProgress = nothing_to_say) -> Bundles:
        """Every token raised by one secret. Raises `MessageError` for what is no point."""
        return Bundles(self.tokens, raised(self.data, scalar, on_progress=on_progress))


# Below this every list is as long as every other.
LEAST_PADDED: Final = 1_024


def padded_number(number: int) -> int:
    """How long a list of `number` bundles is made, so that its length tells little.

    At least `LEAST_PADDED`, then PADMÉ (Nikitin et al. 2019, "Reducing Metadata Leakage from
    Encrypted Files and Communication with PURBs", §4): O(log log) bits, here at most 6 % more.
    """
    number = max(number, LEAST_PADDED)
    exponent = number.bit_length() - 1
    kept = exponent.bit_length()
    unit = 1 << (exponent - kept)
    return -(-number // unit) * unit
