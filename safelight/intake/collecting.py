"""GET /collect …: desks fetch sealed envelopes, say when they have them, and answer."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse

from safelight.intake import collection, conversation, day
from safelight.intake.asking_desk import asking_desk, not_understood
from safelight.intake.body import announced_body, announced_length, read_announced
from safelight.intake.depositing import envelope_from
from safelight.intake.mailboxes import Kept
from safelight.intake.refusal import unknown_address, wrong_method
from safelight.intake.tidying import tidy_once_a_day
from safelight.sealing.envelope import PADDED_SIZES
from safelight.sealing.roster import Roster

LARGEST_BODY: Final = 64 * 1024
_ID: Final = re.compile(r"[0-7][0-9a-f]{15}")
_MAILBOX: Final = re.compile(r"[0-9a-f]{32}")
_AFTER: Final = re.compile(r"[0-9]{1,18}")
_PART: Final = re.compile(r"[0-9]{1,6}")
# A text. The next class is for a text with a small picture.
_ANSWER_SIZES: Final = PADDED_SIZES[:2]


def collect_list(request: HttpRequest) -> HttpResponse:
    """The envelopes this desk has not acknowledged, after the number `?after=`."""
    if request.method != "GET":
        raise wrong_method("GET")
    desk, _ = asking_desk(request, b"")
    tidy_once_a_day()
    listed, more = collection.waiting_for(desk, after=after_in(request))
    return JsonResponse(
        {
            "envelopes": [
                {
                    "seq": one.sequence,
                    "id": one.envelope_id,
                    "size": one.size,
                    "day": one.day.isoformat(),
                    "mailbox": one.mailbox_id,
                    "sha256": one.sha256,
                    "work": one.work,
                    "first": one.first,
                }
                for one in listed
            ],
            "withdrawals": [
                {"mailbox": one.mailbox_id, "proof": one.proof, "day": one.day.isoformat()}
                for one in collection.withdrawals_for(desk)
            ],
            "more": more,
        }
    )


def collect_envelope(request: HttpRequest, envelope_id: str) -> HttpResponse:
    """The sealed bytes of one envelope, or 1 MiB of them with `?part=` (from 0)."""
    if request.method != "GET":
        raise wrong_method("GET")
    asking_desk(request, b"")
    size = collection.sealed_size(envelope_id) if is_envelope_id(envelope_id) else None
    if size is None:
        raise unknown_address()
    part = request.GET.get("part")
    if part is None:
        if size > PADDED_SIZES[-1]:
            raise not_understood("?part= with a whole number from 0 for so large an envelope")
        begin, end = 0, size
    else:
        if not _PART.fullmatch(part):
            raise not_understood("?part= with a whole number from 0")
        found = collection.part_of(size, int(part))
        if found is None:
            raise unknown_address()
        begin, end = found
    sealed = collection.sealed_bytes(envelope_id, begin=begin, end=end)
    if len(sealed) != end - begin:  # another desk's acknowledgement came between
        raise unknown_address()
    return HttpResponse(sealed, content_type="application/octet-stream")


def collect_acknowledge(request: HttpRequest) -> HttpResponse:
    """Note that this desk has {"ids": […], "withdrawals": […]}; delete what every desk has."""
    told = acknowledgement(request)
    usable = [one.name for one in told.roster.usable_desks(day.today())]
    deleted = collection.acknowledge(told.desk, told.ids, usable_desks=usable)
    if told.withdrawals:
        collection.acknowledge_withdrawals(told.desk, told.withdrawals, usable_desks=usable)
    return JsonResponse({"acknowledged": len(told.ids), "deleted": deleted})


def collect_answer(request: HttpRequest, mailbox_id: str) -> HttpResponse:
    """POST: a desk leaves an envelope for the reporter. 201, or 200 for the same bytes."""
    if request.method != "POST":
        raise wrong_method("POST")
    length = announced_length(
        request.META.get("CONTENT_LENGTH"), most=_ANSWER_SIZES[-1], sizes=_ANSWER_SIZES
    )
    with announced_body(request.read, length) as untrusted:
        asking_desk(request, untrusted)
        kept = conversation.put_answer(
            envelope_from(untrusted), mailbox_id=mailbox_id, day=day.today()
        )
    if kept is None:
        raise unknown_address()
    return JsonResponse({"kept": kept.value}, status=201 if kept is Kept.NEW else 200)


def after_in(request: HttpRequest) -> int:
    """Return `?after=`, the last number of the page before; 0 without it."""
    after = request.GET.get("after", "0")
    if not _AFTER.fullmatch(after):
        raise not_understood("?after= with a whole number from 0")
    return int(after)


def is_envelope_id(untrusted: str) -> bool:
    return _ID.fullmatch(untrusted) is not None


@dataclass(frozen=True)
class Acknowledgement:
    """What a desk says it has: ids of envelopes, and of mailboxes that were withdrawn."""

    desk: str
    roster: Roster
    ids: list[str]
    withdrawals: list[str]


def acknowledgement(request: HttpRequest) -> Acknowledgement:
    """Read what the desk that asks says it has, or raise `RefusedError`."""
    if request.method != "POST":
        raise wrong_method("POST")
    length = announced_length(request.META.get("CONTENT_LENGTH"), most=LARGEST_BODY, sizes=None)
    untrusted = read_announced(request.read, length)
    desk, roster = asking_desk(request, untrusted)
    ids, withdrawals = _acknowledged_in(untrusted)
    return Acknowledgement(desk, roster, ids, withdrawals)


def _acknowledged_in(untrusted: bytes) -> tuple[list[str], list[str]]:
    try:
        asked = json.loads(untrusted)
    except (ValueError, RecursionError):
        asked = None
    if not isinstance(asked, dict):
        asked = {}
    return (
        _listed(asked.get("ids"), _ID),
        _listed(asked.get("withdrawals", []), _MAILBOX),
    )


def _listed(untrusted: object, form: re.Pattern[str]) -> list[str]:
    if (
        not isinstance(untrusted, list)
        or len(untrusted) > collection.PAGE
        or not all(isinstance(one, str) and form.fullmatch(one) for one in untrusted)
    ):
        raise not_understood(
            'a JSON object {"ids": […], "withdrawals": […]} with at most '
            f"{collection.PAGE} envelope ids and as many mailboxes"
        )
    return untrusted
