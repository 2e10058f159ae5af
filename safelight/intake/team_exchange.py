"""/team …: desks leave each other sealed envelopes and fetch their own."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse

from safelight.intake import day, team_mail
from safelight.intake.asking_desk import asking_desk
from safelight.intake.body import announced_body, announced_length
from safelight.intake.collecting import acknowledgement, after_in, is_envelope_id
from safelight.intake.depositing import envelope_from
from safelight.intake.mailboxes import Kept
from safelight.intake.refusal import unknown_address, wrong_method
from safelight.sealing.envelope import PADDED_SIZES


def team_place(request: HttpRequest, name: str) -> HttpResponse:
    """POST: an envelope for the desk `name`. GET: the envelope with the id `name`."""
    if request.method == "GET":
        return _fetched(request, name)
    if request.method == "POST":
        return _left(request, name)
    raise wrong_method("GET or POST")


def _left(request: HttpRequest, desk_name: str) -> HttpResponse:
    """201, or 200 for the same bytes again while they wait; 404 if no desk has that name."""
    length = announced_length(
        request.META.get("CONTENT_LENGTH"), most=PADDED_SIZES[-1], sizes=PADDED_SIZES
    )
    with announced_body(request.read, length) as untrusted:
        sender, roster = asking_desk(request, untrusted)
        today = day.today()
        if desk_name not in {one.name for one in roster.usable_desks(today)}:
            raise unknown_address()
        kept = team_mail.put(
            envelope_from(untrusted), sender=sender, addressee=desk_name, day=today
        )
    return JsonResponse({"kept": kept.value}, status=201 if kept is Kept.NEW else 200)


def team_list(request: HttpRequest) -> HttpResponse:
    """The envelopes for the desk that asks, after the number `?after=`."""
    if request.method != "GET":
        raise wrong_method("GET")
    desk, _ = asking_desk(request, b"")
    listed, more = team_mail.waiting_for(desk, after=after_in(request))
    return JsonResponse(
        {
            "envelopes": [
                {
                    "seq": one.sequence,
                    "id": one.envelope_id,
                    "from": one.sender,
                    "size": one.size,
                    "day": one.day.isoformat(),
                    "sha256": one.sha256,
                }
                for one in listed
            ],
            "more": more,
        }
    )


def _fetched(request: HttpRequest, envelope_id: str) -> HttpResponse:
    """The sealed bytes of one envelope for the desk that asks."""
    desk, _ = asking_desk(request, b"")
    sealed = team_mail.sealed_for(desk, envelope_id) if is_envelope_id(envelope_id) else None
    if sealed is None:
        raise unknown_address()
    return HttpResponse(sealed, content_type="application/octet-stream")


def team_acknowledge(request: HttpRequest) -> HttpResponse:
    """Delete the envelopes {"ids": […]} that this desk has."""
    told = acknowledgement(request)
    deleted = team_mail.acknowledge(told.desk, told.ids)
    return JsonResponse({"acknowledged": len(told.ids), "deleted": deleted})
