"""/circle/<id> …: found, read, say, commit, burn; batches and knocks of a circle."""

from __future__ import annotations

import base64
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse

from safelight.circles import entering, founding, limits, log
from safelight.circles.addresses import LARGEST_MESSAGE, MODULUS
from safelight.circles.asking import (
    ROOM,
    STATUS,
    answer,
    body_of,
    check_method,
    is_row_id,
    number,
    sealed_answer,
    sent_whole_or_before,
    shown,
)
from safelight.circles.blind_signature import BlindSignatureError, PublicKey
from safelight.intake import day
from safelight.intake.depositing import paid_work
from safelight.intake.mailboxes import Kept
from safelight.intake.refusal import RefusedError, unknown_address


def circle(request: HttpRequest, circle_id: str) -> HttpResponse:
    """POST founds; GET reads the log `?after=` a number, by the key of an epoch."""
    if request.method == "GET":
        return _read(request, bytes.fromhex(circle_id))
    check_method(request, "POST")
    keeper, door = shown(request, "Keeper"), shown(request, "Door")
    paid_work(request, 0)
    kept = founding.found(bytes.fromhex(circle_id), keeper=keeper, door=door, day=day.today())
    return answer({"kept": kept.value, "epoch": 0}, STATUS[kept])


def _read(request: HttpRequest, circle_id: bytes) -> HttpResponse:
    after = number(request.GET.get("after", "0"), "?after=")
    page = log.read(circle_id, key=shown(request, "Key"), after=after, room=ROOM)
    return answer(
        {
            # null: a commit has ended the epoch of this key.
            "epoch": page.epoch,
            "entries": [_shown_entry(one) for one in page.entries],
            "more": page.more,
        }
    )


def _shown_entry(one: log.LogEntry) -> dict[str, Any]:
    return {
        "seq": one.sequence,
        "epoch": one.epoch,
        "kind": "commit" if one.commit else "message",
        "day": one.day.isoformat(),
        "size": one.size,
        "sealed": None if one.sealed is None else base64.b64encode(one.sealed).decode("ascii"),
    }


def entry_part(request: HttpRequest, circle_id: str, sequence: str, part: str) -> HttpResponse:
    """8,192 bytes of an entry."""
    check_method(request, "GET")
    sealed = log.part_of_entry(
        bytes.fromhex(circle_id), key=shown(request, "Key"), sequence=int(sequence), part=int(part)
    )
    if sealed is None:
        raise unknown_address()
    return sealed_answer(sealed)


def message(request: HttpRequest, circle_id: str) -> HttpResponse:
    """Append to the log. 201, or 200 for the same bytes."""
    check_method(request, "POST")
    key = shown(request, "Key")
    sealed = body_of(request, most=LARGEST_MESSAGE)
    placed = log.say(bytes.fromhex(circle_id), sealed, key=key, day=day.today())
    return answer({"kept": placed.kept.value, "seq": placed.sequence}, STATUS[placed.kept])


def commit(request: HttpRequest, circle_id: str) -> HttpResponse:
    """End an epoch, if nobody else has. 201; 200 to the winner again; 409 to everybody else.

    The commit is the body, or with `Safelight-Digest` what was sent before in pieces.
    """
    check_method(request, "POST")
    key, next_door = shown(request, "Key"), shown(request, "Door")
    epoch = request.META.get("HTTP_SAFELIGHT_EPOCH", "")
    placed = log.commit(
        bytes.fromhex(circle_id),
        sent_whole_or_before(request),
        epoch=number(epoch, "a Safelight-Epoch header"),
        key=key,
        next_door=next_door,
        keeper=_keeper_change(request),
        day=day.today(),
    )
    return answer({"kept": placed.kept.value, "seq": placed.sequence}, STATUS[placed.kept])


def _keeper_change(request: HttpRequest) -> log.KeeperChange | None:
    if "HTTP_SAFELIGHT_KEEPER" not in request.META:
        return None
    return log.KeeperChange(shown(request, "Keeper-Key"), shown(request, "Keeper"))


def burn(request: HttpRequest, circle_id: str) -> HttpResponse:
    """Delete everything; by the keeper's key."""
    check_method(request, "POST")
    kept = founding.burn(
        bytes.fromhex(circle_id), keeper_key=shown(request, "Keeper-Key"), day=day.today()
    )
    return answer({"burned": True, "now": kept is Kept.NEW})


def open_batch(request: HttpRequest, circle_id: str) -> HttpResponse:
    """The keeper lets a batch of invitations in: the body is the modulus of its key."""
    check_method(request, "POST")
    keeper_key = shown(request, "Keeper-Key")
    try:
        key = PublicKey.parse(body_of(request, most=MODULUS, exactly=MODULUS))
    except BlindSignatureError as reason:
        raise RefusedError(
            400,
            "not-a-key",
            expected="an RSA modulus of 2,048 bits",
            got=str(reason),
            next_step="generate the key anew",
        ) from None
    kept, facts = entering.open_batch(
        bytes.fromhex(circle_id), key, keeper_key=keeper_key, day=day.today()
    )
    return answer(_shown_batch(facts, day.today()), STATUS[kept])


def batches(request: HttpRequest, circle_id: str) -> HttpResponse:
    """Every batch that is remembered: how many of it were used. Keys of those still open."""
    check_method(request, "GET")
    found = entering.batches(bytes.fromhex(circle_id), key=shown(request, "Key"))
    return answer({"batches": [_shown_batch(one, day.today()) for one in found]})


def _shown_batch(one: entering.BatchFacts, today: date) -> dict[str, Any]:
    return {
        "batch": one.batch_id,
        "size": limits.BATCH,
        "redeemed": one.redeemed,
        "ends": one.last_day.isoformat(),
        "modulus": one.modulus.hex() if one.modulus and one.last_day > today else None,
    }


def knocks(request: HttpRequest, circle_id: str) -> HttpResponse:
    """Who waits at the door."""
    check_method(request, "GET")
    found = entering.knocks(bytes.fromhex(circle_id), key=shown(request, "Key"))
    return answer(
        {
            "knocks": [
                {"id": one.knock_id, "size": one.size, "day": one.day.isoformat()} for one in found
            ]
        }
    )


def knock(request: HttpRequest, circle_id: str, knock_id: str) -> HttpResponse:
    """GET: its sealed bytes. POST: a keeper has dealt with it."""
    if not is_row_id(knock_id):
        raise unknown_address()
    if request.method == "GET":
        sealed = entering.knock(bytes.fromhex(circle_id), knock_id, key=shown(request, "Key"))
        if sealed is None:
            raise unknown_address()
        return sealed_answer(sealed)
    check_method(request, "POST")
    keeper_key = shown(request, "Keeper-Key")
    gone = entering.answer_knock(bytes.fromhex(circle_id), knock_id, keeper_key=keeper_key)
    return answer({"deleted": gone})
