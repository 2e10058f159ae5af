"""/invitation/<batch> and /landing/<id> …: for somebody who is not inside yet."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from safelight.circles import entering, landings
from safelight.circles.addresses import (
    INVITED,
    LARGEST_PACKAGE,
    NONCE,
    PIECE,
    SIGNATURE,
)
from safelight.circles.asking import (
    STATUS,
    answer,
    body_of,
    check_method,
    is_row_id,
    sealed_answer,
    sent_whole_or_before,
    shown,
)
from safelight.intake import day
from safelight.intake.depositing import paid_work
from safelight.intake.refusal import unknown_address


def come_in(request: HttpRequest, batch_id: str) -> HttpResponse:
    """The nonce, its signature and the sealed knock, one after the other, in one length."""
    check_method(request, "POST")
    untrusted = body_of(request, most=INVITED, exactly=INVITED)
    kept = entering.come_in(
        bytes.fromhex(batch_id),
        nonce=untrusted[:NONCE],
        signature=untrusted[NONCE : NONCE + SIGNATURE],
        knock=untrusted[NONCE + SIGNATURE :],
        day=day.today(),
    )
    return answer({"kept": kept.value}, STATUS[kept])


def landing(request: HttpRequest, landing_id: str) -> HttpResponse:
    """POST makes one; GET shows its owner what lies in it."""
    at = bytes.fromhex(landing_id)
    if request.method == "GET":
        facts = landings.landing_facts(at, owner_key=shown(request, "Key"))
        return answer(
            {
                "packages": facts.packages,
                "last_resort": facts.last_resort,
                "welcomes": [
                    {"id": one.welcome_id, "size": one.size, "day": one.day.isoformat()}
                    for one in facts.welcomes
                ],
            }
        )
    check_method(request, "POST")
    owner, giver = shown(request, "Owner"), shown(request, "Giver")
    paid_work(request, 0)
    kept = landings.prepare(at, owner=owner, giver=giver, day=day.today())
    return answer({"kept": kept.value}, STATUS[kept])


def package(request: HttpRequest, landing_id: str) -> HttpResponse:
    """A key package to be taken once."""
    return _put(request, landing_id, last_resort=False)


def last_resort(request: HttpRequest, landing_id: str) -> HttpResponse:
    """The key package that is given, again and again, when no other is left."""
    return _put(request, landing_id, last_resort=True)


def _put(request: HttpRequest, landing_id: str, *, last_resort: bool) -> HttpResponse:
    check_method(request, "POST")
    key = shown(request, "Key")
    sealed = body_of(request, most=LARGEST_PACKAGE)
    kept = landings.put_package(
        bytes.fromhex(landing_id), sealed, owner_key=key, last_resort=last_resort, day=day.today()
    )
    return answer({"kept": kept.value}, STATUS[kept])


def take(request: HttpRequest, landing_id: str) -> HttpResponse:
    """Give a key package away, by the giver's key: for whoever adds the owner to a circle."""
    check_method(request, "POST")
    found = landings.take_package(bytes.fromhex(landing_id), giver_key=shown(request, "Key"))
    if found is None:
        raise unknown_address()
    response = sealed_answer(found[0])
    response.headers["Safelight-Last-Resort"] = "1" if found[1] else "0"
    return response


def welcome(request: HttpRequest, landing_id: str) -> HttpResponse:
    """Leave a welcome, by the giver's key: the body, or what was sent before in pieces."""
    check_method(request, "POST")
    key = shown(request, "Key")
    sealed = sent_whole_or_before(request)
    kept = landings.leave_welcome(bytes.fromhex(landing_id), sealed, giver_key=key, day=day.today())
    return answer({"kept": kept.value}, STATUS[kept])


def welcome_part(request: HttpRequest, landing_id: str, welcome_id: str, part: str) -> HttpResponse:
    """8,192 bytes of a welcome, to the owner."""
    check_method(request, "GET")
    whole = None
    if is_row_id(welcome_id):
        whole = landings.welcome(
            bytes.fromhex(landing_id), welcome_id, owner_key=shown(request, "Key")
        )
    sealed = whole[int(part) * PIECE : (int(part) + 1) * PIECE] if whole else b""
    if not sealed:
        raise unknown_address()
    return sealed_answer(sealed)


def clear(request: HttpRequest, landing_id: str) -> HttpResponse:
    """The owner has come in, or will not: delete it all."""
    check_method(request, "POST")
    landings.clear(bytes.fromhex(landing_id), owner_key=shown(request, "Key"))
    return answer({"cleared": True})
