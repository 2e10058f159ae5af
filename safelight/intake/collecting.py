"""GET /collect …: desks fetch sealed envelopes and say when they have them."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse

from safelight.intake import collection
from safelight.intake.body import announced_length, read_announced
from safelight.intake.current_roster import current_roster
from safelight.intake.refusal import RefusedError, unknown_address, wrong_method
from safelight.sealing.desk_request import DeskRequestError, SeenRequests, verified_desk
from safelight.sealing.roster import Roster

_LARGEST_BODY: Final = 64 * 1024
_ID: Final = re.compile(r"[0-7][0-9a-f]{15}")
_AFTER: Final = re.compile(r"[0-9]{1,18}")
# A desk's clock may be this wrong; a copied request is of no use after that.
_CLOCK_SKEW: Final = timedelta(minutes=5)
# Copied requests are known again until their time has passed; one process, so memory will do.
_SEEN: Final = SeenRequests()


def collect_list(request: HttpRequest) -> HttpResponse:
    """The envelopes this desk has not acknowledged, after the number `?after=`."""
    if request.method != "GET":
        raise wrong_method("GET")
    desk, _ = _asking_desk(request, b"")
    after = request.GET.get("after", "0")
    if not _AFTER.fullmatch(after):
        raise _not_understood("?after= with a whole number from 0")
    listed, more = collection.waiting_for(desk, after=int(after))
    return JsonResponse(
        {
            "envelopes": [
                {
                    "seq": one.sequence,
                    "id": one.envelope_id,
                    "size": one.size,
                    "day": one.day.isoformat(),
                    "mailbox": one.mailbox_id,
                }
                for one in listed
            ],
            "more": more,
        }
    )


def collect_envelope(request: HttpRequest, envelope_id: str) -> HttpResponse:
    """The sealed bytes of one envelope."""
    if request.method != "GET":
        raise wrong_method("GET")
    _asking_desk(request, b"")
    sealed = collection.sealed_bytes(envelope_id) if _ID.fullmatch(envelope_id) else None
    if sealed is None:
        raise unknown_address()
    return HttpResponse(sealed, content_type="application/octet-stream")


def collect_acknowledge(request: HttpRequest) -> HttpResponse:
    """Note that this desk has the envelopes {"ids": […]}; delete what every desk has."""
    if request.method != "POST":
        raise wrong_method("POST")
    length = announced_length(request.META.get("CONTENT_LENGTH"), most=_LARGEST_BODY, sizes=None)
    untrusted = read_announced(request.read, length)
    desk, roster = _asking_desk(request, untrusted)
    ids = _envelope_ids(untrusted)
    today = datetime.now(UTC).date()
    usable = [one.name for one in roster.usable_desks(today)]
    deleted = collection.acknowledge(desk, ids, usable_desks=usable)
    return JsonResponse({"acknowledged": len(ids), "deleted": deleted})


def _envelope_ids(untrusted: bytes) -> list[str]:
    try:
        asked = json.loads(untrusted)
    except (ValueError, RecursionError):
        asked = None
    ids = asked.get("ids") if isinstance(asked, dict) else None
    if (
        not isinstance(ids, list)
        or len(ids) > collection.PAGE
        or not all(isinstance(one, str) and _ID.fullmatch(one) for one in ids)
    ):
        raise _not_understood(
            f'a JSON object {{"ids": […]}} with at most {collection.PAGE} envelope ids'
        )
    return ids


def _asking_desk(request: HttpRequest, body: bytes) -> tuple[str, Roster]:
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


def _not_understood(expected: str) -> RefusedError:
    return RefusedError(
        400, "not-understood", expected=expected, got="something else", next_step="send that"
    )
