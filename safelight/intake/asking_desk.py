"""Which desk asks. Every request of a desk is signed (`sealing.desk_request`)."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from typing import Final

from django.http import HttpRequest

from safelight.intake.current_roster import current_roster
from safelight.intake.flood_memory import memory_of_desks
from safelight.intake.refusal import RefusedError
from safelight.sealing.desk_request import DeskRequestError, SeenRequests, verified_desk
from safelight.sealing.roster import Roster

# A desk's clock may be this wrong; a copied request is of no use after that.
_CLOCK_SKEW: Final = timedelta(minutes=5)
# Longer than a copy is of any use, also where the clock is set back by some minutes meanwhile.
_REMEMBERED_SECONDS: Final = 1800
_LIFETIME: Final = 3600


class SeenByAllWorkers(SeenRequests):
    """Knows a copied request again whichever worker took the first one, renewed ones included."""

    def remember(self, desk: str, nonce: str, *, until: datetime, now: datetime) -> None:
        """Note one accepted request; raise `DeskRequestError` if it was noted before.

        `until` and `now` are the clock's; what counts here is the server's own, which never
        jumps. Raises `RefusedError` 503 where desks have signed a million requests in an hour.
        """
        memory = memory_of_desks()
        noted = hmac.digest(memory.key, f"safelight desk {desk} {nonce}".encode(), "sha256")
        expiry = int(memory.now()) + _REMEMBERED_SECONDS
        try:
            fresh = memory.spend(noted[:8], expiry=expiry, lifetime=_LIFETIME)
        except MemoryError:
            raise RefusedError(
                503,
                "busy",
                expected="fewer than a million requests of desks in an hour",
                got="more",
                next_step="ask again in an hour",
            ) from None
        if not fresh:
            raise DeskRequestError("this request was used before; sign each request anew")


_SEEN: Final = SeenByAllWorkers()


def asking_desk(request: HttpRequest, body: bytes) -> tuple[str, Roster]:
    """Return the name of the desk of the current roster that signed this, and the roster.

    Raises `RefusedError` 401 for everybody else, one that has left the roster included.
    """
    roster = current_roster().roster
    query = request.META.get("QUERY_STRING", "")
    try:
        desk = verified_desk(
            request.META.get("HTTP_AUTHORIZATION", ""),
            request.method or "",
            request.path + (f"?{query}" if query else ""),
            hashlib.sha256(body).hexdigest(),
            roster,
            now=datetime.now(UTC),
            max_skew=_CLOCK_SKEW,
            seen=_SEEN,
        )
    except DeskRequestError as reason:
        raise RefusedError(
            401,
            "not-a-desk",
            expected="a request signed by a desk of the current roster",
            got=str(reason),
            next_step="check the desk's clock, its key and the roster",
        ) from None
    return desk.name, roster


def not_understood(expected: str) -> RefusedError:
    return RefusedError(
        400, "not-understood", expected=expected, got="something else", next_step="send that"
    )
