"""What an upload costs: a little computing, so that a flood costs a lot (proof of work).

No address is looked at, so thirty people behind one do not shut each other out. A client
asks `GET /work` for a challenge, looks for a nonce such that SHA-256(challenge || nonce)
begins with enough zero bits, and sends both with its upload:

    Safelight-Work: v1.<bits>.<expiry>.<random, 32 hex>.<mac, 32 hex> <nonce, 16 hex>

The server keeps nothing for a challenge: the MAC says that it is its own. A solution is
remembered until it expires, so each works once (hashcash: Back 2002, section 4).

Honestly: a graphics card computes a hundred thousand times what an old phone can. The price
slows a flood down and makes it dear; it does not end one. What ends it is the room that
is kept on the disk, and a desk that reads dear envelopes first.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import math
import os
import re
import secrets
import shutil
from dataclasses import dataclass
from typing import Any, Final

from safelight.errors import SafelightError
from safelight.intake.flood_memory import FloodMemory, flood_memory
from safelight.intake.refusal import RefusedError

# One solution pays for this many bytes.
UNIT: Final = 512 * 1024
# For an old phone whose browser interprets JavaScript (Tor Browser, "safer"): 5,300 hashes
# a second, so 1.5 s on average and under 5 s in 96 of 100 tries; 14 bits would be 80 of 100.
# Each bit doubles it (docs/how-to/run-a-server.md has the table and what it assumes).
REST_BITS: Final = 13
# Dearer than this would shut old phones out, whatever is going on.
CEILING_BITS: Final = 20
# At the ceiling such a phone needs three minutes on average, and sometimes a quarter of an hour.
LIFETIME: Final = 3600
# A price that rose by one bit while somebody was computing is forgiven.
_FORGIVEN: Final = 1
_HALF_LIFE: Final = 300.0
# Below this much free disk the price doubles each time what is free halves.
_SCARCE: Final = 1024 * 1024 * 1024

# Set by `safelight serve`: the price at rest, and what counts as rest.
WORK_BITS: Final = "SAFELIGHT_SERVER_WORK_BITS"
UPLOADS_AN_HOUR: Final = "SAFELIGHT_SERVER_UPLOADS_AN_HOUR"
DEFAULT_UPLOADS_AN_HOUR: Final = 3600

_SIGNED: Final = r"(v1\.([0-9]{1,2})\.([0-9]{1,12})\.[0-9a-f]{32})\.([0-9a-f]{32})"
_CHALLENGE: Final = re.compile(_SIGNED)
_HEADER: Final = re.compile(rf"({_SIGNED}) ([0-9a-f]{{16}})")


class WorkError(SafelightError):
    """What a server gave is no challenge that a program should solve."""


@dataclass(frozen=True)
class Challenge:
    """What a client is asked to solve. `bits` is the price of one upload of `unit` bytes."""

    text: str
    bits: int
    unit: int
    seconds: int

    def as_json(self) -> dict[str, Any]:
        return {
            "challenge": self.text,
            "bits": self.bits,
            "unit": self.unit,
            "seconds": self.seconds,
        }

    @classmethod
    def parse(cls, untrusted: bytes) -> Challenge:
        """Read the answer of `GET /work`, or raise `WorkError`: also for an absurd price."""
        try:
            told = json.loads(untrusted)
            found = cls(told["challenge"], told["bits"], told["unit"], told["seconds"])
            fits = _CHALLENGE.fullmatch(found.text) and 0 <= found.bits <= CEILING_BITS
            fits = fits and found.unit > 0 and found.seconds > 0
        except (ValueError, TypeError, KeyError, RecursionError):
            fits = False
        if not fits:
            raise WorkError(
                "expected a challenge of at most "
                f"{CEILING_BITS} bits; got something else; ask GET /work again"
            )
        return found


def price_bits(size: int, *, bits: int, unit: int) -> int:
    """Zero bits to find for one upload of `size` bytes: twice the bytes, twice the work."""
    return bits + (max(1, -(-size // unit)) - 1).bit_length()


def new_challenge() -> Challenge:
    """Return a challenge at the price of this moment. Nothing is kept for it."""
    memory = flood_memory()
    bits = _bits_now(memory)
    body = f"v1.{bits}.{int(memory.now()) + LIFETIME}.{secrets.token_hex(16)}"
    return Challenge(f"{body}.{_mac(memory, body).hex()}", bits, UNIT, LIFETIME)


def check_work(untrusted_header: str, size: int) -> int:
    """Accept one solution for an upload of `size` bytes, once; return the bits that were paid.

    Raises `RefusedError` 428 "work-needed" (none, forged, too little), 409 "work-spent",
    410 "work-expired" or 503 "busy". After each the client asks `GET /work` again.
    """
    memory = flood_memory()
    found = _HEADER.fullmatch(untrusted_header)
    if found is None:
        raise _needed("none, or another form")
    challenge, signed, mac, nonce = found[1], found[2], found[5], bytes.fromhex(found[6])
    if not hmac.compare_digest(_mac(memory, signed).hex(), mac):
        raise _needed("a challenge of another server, or of before its last start")
    bits, expiry = int(found[3]), int(found[4])
    if memory.now() >= expiry:
        raise RefusedError(
            410,
            "work-expired",
            expected="a challenge of the last hour",
            got="an older one",
            next_step=_ASK_AGAIN,
        )
    if bits < _bits_now(memory) - _FORGIVEN:
        raise _needed("a challenge from before the price rose")
    wanted = price_bits(size, bits=bits, unit=UNIT)
    if not _solves(challenge, nonce, wanted):
        raise _needed("too few zero bits for an upload of this size")
    try:
        fresh = memory.spend(bytes.fromhex(mac)[:8], expiry=expiry, lifetime=LIFETIME)
    except MemoryError:
        raise RefusedError(
            503,
            "busy",
            expected="fewer than a million uploads an hour",
            got="more",
            next_step="send the same bytes again in an hour",
        ) from None
    if not fresh:
        raise RefusedError(
            409,
            "work-spent",
            expected="a solution that was not used before",
            got="one that was",
            next_step=_ASK_AGAIN,
        )
    memory.load(max(1, -(-size // UNIT)), half_life=_HALF_LIFE)
    return wanted


def is_paid(untrusted_header: str, size: int) -> bool:
    """Whether a solution for `size` bytes is there, spending nothing.

    For the layer that must decide whether to wait for a large body at all. `check_work`
    decides about everything else: the hour, the price of the moment, and that it is new.
    """
    memory, found = flood_memory(), _HEADER.fullmatch(untrusted_header)
    if found is None or not hmac.compare_digest(_mac(memory, found[2]).hex(), found[5]):
        return False
    wanted = price_bits(size, bits=int(found[3]), unit=UNIT)
    return _solves(found[1], bytes.fromhex(found[6]), wanted)


def solved_work(challenge: Challenge, *, size: int) -> str:
    """Compute the header for one upload of `size` bytes: for programs, not for browsers."""
    wanted = price_bits(size, bits=challenge.bits, unit=challenge.unit)
    begun = hashlib.sha256(challenge.text.encode("ascii"))
    most = 1 << (64 - wanted)
    for nonce in range(1 << 63):
        ended = begun.copy()
        ended.update(nonce.to_bytes(8, "big"))
        if int.from_bytes(ended.digest()[:8], "big") < most:
            return f"{challenge.text} {nonce:016x}"
    raise AssertionError("2^63 nonces hold a solution")


_ASK_AGAIN: Final = "ask GET /work, solve what it gives and send again"


def _needed(got: str) -> RefusedError:
    return RefusedError(
        428,
        "work-needed",
        expected="a Safelight-Work header with a solved challenge",
        got=got,
        next_step=_ASK_AGAIN,
    )


def _mac(memory: FloodMemory, body: str) -> bytes:
    return hmac.digest(memory.key, b"safelight work " + body.encode("ascii"), "sha256")[:16]


def _solves(challenge: str, nonce: bytes, bits: int) -> bool:
    digest = hashlib.sha256(challenge.encode("ascii") + nonce).digest()
    return int.from_bytes(digest, "big") < 1 << (256 - bits)


def _bits_now(memory: FloodMemory) -> int:
    calm = float(os.environ.get(UPLOADS_AN_HOUR, DEFAULT_UPLOADS_AN_HOUR))
    lately = memory.load(0, half_life=_HALF_LIFE)
    an_hour = lately * math.log(2) / _HALF_LIFE * 3600
    at_rest = int(os.environ.get(WORK_BITS, REST_BITS))
    return min(CEILING_BITS, at_rest + _doublings(an_hour, calm) + _scarcity())


def _scarcity() -> int:
    try:
        free = shutil.disk_usage(os.environ["SAFELIGHT_SERVER_DATA"]).free
    except (KeyError, OSError):
        return 0  # a write will say what is wrong
    return _doublings(_SCARCE, free)


def _doublings(much: float, little: float) -> int:
    """How often `little` must double to reach `much`, rounded up."""
    return max(0, math.ceil(math.log2(much / max(1.0, little))) if much > 0 else 0)
