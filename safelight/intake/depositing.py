"""POST /mailbox/<id>: a browser, or any program, leaves a sealed envelope."""

from __future__ import annotations

import re
from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse

from safelight.intake import day
from safelight.intake.body import announced_body, announced_length
from safelight.intake.current_roster import current_roster
from safelight.intake.mailboxes import Kept, keep
from safelight.intake.refusal import RefusedError, wrong_method
from safelight.sealing.envelope import PADDED_SIZES, Envelope, EnvelopeError

_VERIFIER: Final = re.compile(r"[0-9a-f]{64}")
_STATUS: Final = {Kept.NEW: 201, Kept.ALREADY_HERE: 200}


def deposit(request: HttpRequest, mailbox_id: str) -> HttpResponse:
    """201 after the commit; 200 for the same bytes again; else `RefusedError`, nothing kept."""
    if request.method != "POST":
        raise wrong_method("POST")
    length = announced_length(
        request.META.get("CONTENT_LENGTH"), most=PADDED_SIZES[-1], sizes=PADDED_SIZES
    )
    if request.content_type != "application/octet-stream":
        raise RefusedError(
            415,
            "wrong-type",
            expected="Content-Type: application/octet-stream",
            got="another type",
            next_step="send the envelope's bytes as they are",
        )
    verifier = request.META.get("HTTP_SAFELIGHT_VERIFIER", "")
    if not _VERIFIER.fullmatch(verifier):
        raise RefusedError(
            400,
            "no-verifier",
            expected="a Safelight-Verifier header of 64 lower-case hex digits",
            got="none or another form",
            next_step="send SHA-256 of the receipt's mailbox key",
        )
    current_roster()
    with announced_body(request.read, length) as untrusted:
        kept = keep(
            _envelope(untrusted),
            mailbox_id=bytes.fromhex(mailbox_id),
            verifier=bytes.fromhex(verifier),
            day=day.today(),
        )
    return JsonResponse({"kept": kept.value, "size": length}, status=_STATUS[kept])


def _envelope(untrusted: bytes) -> Envelope:
    try:
        return Envelope.parse(untrusted)
    except EnvelopeError as reason:
        raise RefusedError(
            400,
            "not-an-envelope",
            expected="an envelope sealed to post-quantum recipients",
            got=str(reason),
            next_step="seal the report again and send it",
        ) from None
