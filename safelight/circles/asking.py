"""What every circle's address has in common: keys in headers, bodies in bounds, short answers."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from django.http import HttpRequest, HttpResponse

from safelight.circles.addresses import PIECE
from safelight.circles.parcels import InPieces
from safelight.circles.tidying import tidy_circles_once_a_day
from safelight.intake.asking_desk import not_understood
from safelight.intake.body import announced_length, read_announced
from safelight.intake.depositing import hash_from
from safelight.intake.mailboxes import Kept
from safelight.intake.refusal import RefusedError, wrong_method

# Who watches the line sees one of three lengths, whatever was read. With the headers below
# 12,000 bytes.
LENGTHS: Final = (1_024, 4_096, 10_900)
# Sealed bytes in one answer: in base64 four for three.
ROOM: Final = LENGTHS[-1] * 3 // 4 - 60

_NUMBER: Final = re.compile(r"[0-9]{1,18}")
_ROW: Final = re.compile(r"[0-7][0-9a-f]{15}")
STATUS: Final = {Kept.NEW: 201, Kept.ALREADY_HERE: 200}


def check_method(request: HttpRequest, allowed: str) -> None:
    if request.method != allowed:
        raise wrong_method(allowed)
    if allowed == "POST":
        tidy_circles_once_a_day()


def shown(request: HttpRequest, name: str) -> bytes:
    """Return the 32 bytes of a header `Safelight-<name>`, or raise `RefusedError` 400."""
    found = shown_or_none(request, name)
    if found is None:
        raise RefusedError(
            400,
            "no-key",
            expected=f"a Safelight-{name} header of 64 lower-case hex digits",
            got="none or another form",
            next_step="send it with the request",
        )
    return found


def shown_or_none(request: HttpRequest, name: str) -> bytes | None:
    header = f"HTTP_SAFELIGHT_{name.upper().replace('-', '_')}"
    return hash_from(request.META.get(header, ""))


def body_of(request: HttpRequest, *, most: int, exactly: int | None = None) -> bytes:
    """Return the body, of 1 to `most` bytes, or of one length; `RefusedError` otherwise."""
    length = announced_length(request.META.get("CONTENT_LENGTH"), most=most, sizes=None)
    if length == 0 or (exactly is not None and length != exactly):
        wanted = f"exactly {exactly}" if exactly is not None else f"1 to {most}"
        raise RefusedError(
            400,
            "wrong-size",
            expected=f"{wanted} bytes",
            got=f"{length} bytes announced",
            next_step="send what the specification says",
        )
    return read_announced(request.read, length)


def sent_whole_or_before(request: HttpRequest) -> bytes | InPieces:
    """Return the body, or with a header `Safelight-Digest` what came in pieces before."""
    digest = shown_or_none(request, "Digest")
    return body_of(request, most=PIECE) if digest is None else InPieces(digest.hex())


def number(untrusted: str, what: str) -> int:
    if not _NUMBER.fullmatch(untrusted):
        raise not_understood(f"{what}, a whole number from 0")
    return int(untrusted)


def is_row_id(untrusted: str) -> bool:
    return _ROW.fullmatch(untrusted) is not None


def answer(facts: dict[str, Any], status: int = 200) -> HttpResponse:
    """The object as JSON, and blanks after it up to the next of the three lengths."""
    text = json.dumps(facts, separators=(",", ":"))
    length = next((one for one in LENGTHS if one >= len(text)), len(text))
    return HttpResponse(text.ljust(length), content_type="application/json", status=status)


def sealed_answer(sealed: bytes) -> HttpResponse:
    return HttpResponse(sealed, content_type="application/octet-stream")
