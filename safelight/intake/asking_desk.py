"""Which desk asks. Every request of a desk is signed (`sealing.desk_request`)."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Final

from django.http import HttpRequest

from safelight.intake.current_roster import current_roster
from safelight.intake.refusal import RefusedError
from safelight.sealing.desk_request import DeskRequestError, SeenRequests, verified_desk
from safelight.sealing.roster import Roster

# A desk's clock may be this wrong; a copied request is of no use after that.
_CLOCK_SKEW: Final = timedelta(minutes=5)
# Copied requests are known again until their time has passed; one process, so memory will do.
_SEEN: Final = SeenRequests()


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
