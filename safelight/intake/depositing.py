"""POST /mailbox/<id>: a browser, or any program, leaves a sealed envelope in one request."""

from __future__ import annotations

import re
from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse

from safelight.intake import day
from safelight.intake.body import announced_body, announced_length
from safelight.intake.current_roster import current_roster
from safelight.intake.mailboxes import Kept, keep, keep_later
from safelight.intake.refusal import RefusedError, wrong_method
from safelight.intake.tidying import tidy_once_a_day
from safelight.intake.work import check_work
from safelight.sealing.envelope import PADDED_SIZES, Envelope, EnvelopeError

_HASH: Final = re.compile(r"[0-9a-f]{64}")
_VERSION: Final = re.compile(r"[0-9]{1,16}")
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
    verifier, key = _shown(request)
    check_roster(request.META.get("HTTP_SAFELIGHT_ROSTER"))
    work = paid_work(request, length)
    tidy_once_a_day()
    mailbox, today = bytes.fromhex(mailbox_id), day.today()
    with announced_body(request.read, length) as untrusted:
        envelope = envelope_from(untrusted)
        if verifier is not None:
            kept = keep(envelope, mailbox_id=mailbox, verifier=verifier, day=today, work=work)
        else:
            kept = keep_later(envelope, mailbox_id=mailbox, key=key, day=today, work=work)
    return JsonResponse({"kept": kept.value, "size": length}, status=_STATUS[kept])


def hash_from(untrusted: str) -> bytes | None:
    """Return 32 bytes from 64 lower-case hex digits, or None."""
    return bytes.fromhex(untrusted) if _HASH.fullmatch(untrusted) else None


def _shown(request: HttpRequest) -> tuple[bytes | None, bytes]:
    """Return (verifier, b"") to open a mailbox, or (None, key) to use one."""
    verifier = hash_from(request.META.get("HTTP_SAFELIGHT_VERIFIER", ""))
    key = hash_from(request.META.get("HTTP_SAFELIGHT_KEY", ""))
    if (verifier is None) == (key is None):
        raise RefusedError(
            400,
            "no-verifier",
            expected="a Safelight-Verifier or a Safelight-Key header of 64 lower-case hex digits",
            got="none, both or another form",
            next_step="send SHA-256 of the receipt's mailbox key first, the key itself later",
        )
    return verifier, key or b""


def check_roster(untrusted_version: str | None) -> None:
    """Refuse what was sealed to an older roster than today's; None says nothing about it.

    Raises `RefusedError` 409 "roster-changed", or 503 if there is no roster.
    """
    current = current_roster().roster.version
    if untrusted_version is None:
        return
    if not _VERSION.fullmatch(untrusted_version) or int(untrusted_version) < current:
        raise RefusedError(
            409,
            "roster-changed",
            expected=f"an envelope for the desks of roster {current}",
            got="one for an older roster",
            next_step="fetch /roster, seal again and send that",
        )


def paid_work(request: HttpRequest, size: int) -> int:
    """Return the bits that were computed for an upload; raises as `check_work` does."""
    return check_work(request.META.get("HTTP_SAFELIGHT_WORK", ""), size)


def envelope_from(untrusted: bytes) -> Envelope:
    """Return the envelope, or raise `RefusedError` 400."""
    try:
        return Envelope.parse(untrusted)
    except EnvelopeError as reason:
        raise not_an_envelope(reason) from None


def not_an_envelope(reason: EnvelopeError) -> RefusedError:
    return RefusedError(
        400,
        "not-an-envelope",
        expected="an envelope sealed to post-quantum recipients",
        got=str(reason),
        next_step="seal the report again and send it",
    )
