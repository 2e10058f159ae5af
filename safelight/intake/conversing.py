"""POST /mailbox/<id>/read and /withdraw: the owner of a receipt, by the receipt's key.

Every answer here is 200 and has one length, whatever was found, so that neither who asks
with a guess nor who watches the line learns whether a mailbox exists. Only somebody who
has the key can read the difference.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

from django.http import HttpRequest, HttpResponse

from safelight.intake import conversation, day
from safelight.intake.depositing import hash_from
from safelight.intake.mailboxes import Door
from safelight.intake.refusal import RefusedError, unknown_address, wrong_method

ANSWER_LENGTH: Final = 4096
_ID: Final = re.compile(r"[0-7][0-9a-f]{15}")
_PART: Final = re.compile(r"[0-9]{1,6}")


def read(request: HttpRequest, mailbox_id: str) -> HttpResponse:
    """What is known of the mailbox: {"state","day","fetched","answers","more"}."""
    status = conversation.status_of(_door(request, mailbox_id))
    return _padded(
        {
            "state": status.state,
            "day": status.day.isoformat() if status.day else None,
            "fetched": status.fetched,
            "answers": [
                {"id": one.answer_id, "size": one.size, "day": one.day.isoformat()}
                for one in status.answers
            ],
            "more": status.more,
        }
    )


def read_part(request: HttpRequest, mailbox_id: str, answer_id: str, part: str) -> HttpResponse:
    """8,192 bytes of a sealed answer; 404 for everything that is not there for this key."""
    door = _door(request, mailbox_id)
    sealed = None
    if _ID.fullmatch(answer_id) and _PART.fullmatch(part):
        sealed = conversation.answer_part(door, answer_key=int(answer_id, 16), part=int(part))
    if sealed is None:
        raise unknown_address()
    return HttpResponse(sealed, content_type="application/octet-stream")


def withdraw(request: HttpRequest, mailbox_id: str) -> HttpResponse:
    """Delete all that is here; {"state": "withdrawn"}, or "none" where the key opens nothing."""
    door = _door(request, mailbox_id)
    proof = hash_from(request.META.get("HTTP_SAFELIGHT_WITHDRAWAL", ""))
    if proof is None:
        raise RefusedError(
            400,
            "no-proof",
            expected="a Safelight-Withdrawal header of 64 lower-case hex digits",
            got="none or another form",
            next_step="send the receipt's withdrawal proof",
        )
    return _padded({"state": conversation.withdraw(door, proof=proof, day=day.today())})


def _door(request: HttpRequest, mailbox_id: str) -> Door:
    if request.method != "POST":
        raise wrong_method("POST")
    key = hash_from(request.META.get("HTTP_SAFELIGHT_KEY", ""))
    if key is None:
        raise RefusedError(
            400,
            "no-key",
            expected="a Safelight-Key header of 64 lower-case hex digits",
            got="none or another form",
            next_step="send the receipt's mailbox key",
        )
    return Door.by_key(bytes.fromhex(mailbox_id), key)


def _padded(answer: dict[str, Any]) -> HttpResponse:
    """The object, and blanks after it up to the one length."""
    text = json.dumps(answer, separators=(",", ":"))
    return HttpResponse(text.ljust(ANSWER_LENGTH), content_type="application/json")
