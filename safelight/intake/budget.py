"""How many forms without script are taken: one budget for all, and a queue. No person is known.

A browser without JavaScript cannot compute the price of `work`, so its forms share a
budget that the operator sets. While it lasts everybody is taken at once. When it is
spent, each further form gets a place in the queue: a signed ticket that says from when it
is honoured, and costs the server nothing to keep, as only the end of the queue is
remembered. (The scheduler is GCRA, the leaky bucket as a clock: ITU-T I.371, annex A.)

    decided = admitted(ticket_of_the_form, size=bytes_to_be_kept)
    if isinstance(decided, Wait):
        # the form again with all that was typed, decided.ticket in the hidden field,
        # and a sentence with decided.minutes
        ...

Ask when nothing else is wrong with the form: a place is used up by asking.

Honestly: tickets are free, so a flood can hold the whole queue, and then this way is
closed to most. The ways with a script, by the pocket form and by file stay open.
"""

from __future__ import annotations

import hmac
import math
import os
import re
import secrets
from dataclasses import dataclass
from typing import Final

from safelight.intake.flood_memory import FloodMemory, flood_memory
from safelight.intake.work import LIFETIME

# Set by `safelight serve`. One each three seconds, all day; and at once, as many as a
# training room with photos: a quarter of an hour's.
FORMS_AN_HOUR: Final = "SAFELIGHT_SERVER_FORMS_AN_HOUR"
DEFAULT_FORMS_AN_HOUR: Final = 1200
_AT_ONCE_AT_LEAST: Final = 60
# A form with files counts once more for each of these.
_BYTES_OF_ONE: Final = 512 * 1024
# Nobody waits longer; who would have to is asked to come back, without a place.
_LONGEST_WAIT: Final = 1800.0
# How long a place is kept for somebody who comes back late. Both together are as long as
# `FloodMemory` remembers what was spent.
_HELD: Final = LIFETIME - _LONGEST_WAIT

_TICKET: Final = re.compile(r"(v1\.([0-9]{1,12})\.([0-9]{1,6})\.([0-9a-f]{16}))\.([0-9a-f]{32})")


@dataclass(frozen=True)
class Admitted:
    """Take the form now."""


@dataclass(frozen=True)
class Wait:
    """Not now. `ticket` is for the hidden field; empty if the queue has no place left."""

    minutes: int
    ticket: str


def admitted(untrusted_ticket: str | None, *, size: int) -> Admitted | Wait:
    """Decide whether a form of `size` bytes (sealed, with its files) is taken now.

    A ticket whose time has come goes first, once. A ticket that is forged, expired or was
    used counts as none.
    """
    memory = flood_memory()
    now, cost = memory.now(), 1 + size // _BYTES_OF_ONE
    found = _TICKET.fullmatch(untrusted_ticket or "")
    if found is not None and _is_ours(memory, found):
        begins = int(found[2])
        if now < begins:
            return Wait(_minutes(begins - now), found[0])
        if now < begins + _HELD and _first_use(memory, found):
            with memory.queue() as queue:
                # Files were added since the place was given: others wait for them.
                queue.end += max(0, cost - int(found[3])) * _seconds_of_one()
            return Admitted()
    return _without_ticket(memory, now, cost)


def _without_ticket(memory: FloodMemory, now: float, cost: int) -> Admitted | Wait:
    one = _seconds_of_one()
    with memory.queue() as queue:
        end = max(queue.end, now)
        wait = end - now - (_at_once() - 1) * one
        if wait > _LONGEST_WAIT:
            return Wait(_minutes(_LONGEST_WAIT), "")
        queue.end = end + cost * one
    if wait <= 0:
        return Admitted()
    begins = math.ceil(now + wait)
    body = f"v1.{begins}.{cost}.{secrets.token_hex(8)}"
    return Wait(_minutes(wait), f"{body}.{_mac(memory, body)}")


def _is_ours(memory: FloodMemory, found: re.Match[str]) -> bool:
    return hmac.compare_digest(_mac(memory, found[1]), found[5])


def _first_use(memory: FloodMemory, found: re.Match[str]) -> bool:
    expiry = int(found[2]) + math.ceil(_HELD)
    try:
        return memory.spend(bytes.fromhex(found[5])[:8], expiry=expiry, lifetime=LIFETIME)
    except MemoryError:
        return False


def _mac(memory: FloodMemory, body: str) -> str:
    return hmac.digest(memory.key, b"safelight ticket " + body.encode("ascii"), "sha256")[:16].hex()


def _an_hour() -> int:
    return int(os.environ.get(FORMS_AN_HOUR, DEFAULT_FORMS_AN_HOUR))


def _at_once() -> int:
    return max(_AT_ONCE_AT_LEAST, _an_hour() // 4)


def _seconds_of_one() -> float:
    return 3600 / _an_hour()


def _minutes(seconds: float) -> int:
    return max(1, math.ceil(seconds / 60))
