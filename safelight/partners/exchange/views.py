"""Rows shared with organisations that one trusts, by file: what went to whom, what came.

Which rows may be shared today the desk says (`SAFELIGHT_ROWS_TO_SHARE`: (day) -> OwnRow), as
only it knows what people agreed to. An edition leaves as a file that is made and forgotten:
it counts as sent, and the next one replaces it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from functools import wraps
from typing import Any, Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from safelight.journal import chain
from safelight.partners.exchange import desk_exchange
from safelight.partners.exchange.desk_exchange import OwnRow
from safelight.partners.exchange.edition import MOST_FRESH_DAYS, ExchangeError
from safelight.partners.exchange.wording import HISTORY, REFUSALS
from safelight.partners.models import ExchangePartner
from safelight.partners.overlap.keys import Card
from safelight.partners.overlap.problems import PrivateOverlapError

# The desk takes 16 MiB of a file (desk/uploads.py); larger editions go by the command.
_LARGEST_FILE: Final = 16 * 1024 * 1024
_LARGEST_CARD: Final = 64 * 1024
_USUAL_DAYS: Final = 45


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """With whom rows are exchanged, and how each stands."""
    return _index(request)


def _index(request: HttpRequest, *, problem: str = "", status: int = 200) -> HttpResponse:
    desk_exchange.tidy(today=_today())
    mine = list(_rows_to_share(_today()))
    partners = ExchangePartner.objects.order_by("name", "partner_id")
    context = {
        "partners": [(one, desk_exchange.to_withdraw(one, mine)) for one in partners],
        "problem": problem,
    }
    return render(request, "partners/exchanges.html", context, status=status)


@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """Draw keys for one partner."""
    try:
        made = desk_exchange.new_partner(request.POST.get("name", "").strip())
    except PrivateOverlapError:
        return _index(request, problem=_("This name cannot be used."), status=400)
    return redirect("partners:exchange", made.partner_id)


@require_GET
def one_partner(request: HttpRequest, partner_id: str) -> HttpResponse:
    """What was sent, what came, what people agreed to, and where the rows come from."""
    return _page(request, _partner(partner_id))


_View = Callable[[HttpRequest, str], HttpResponse]


def _on_its_page(view: _View) -> _View:
    """Say a refusal on the page of the partner."""

    @wraps(view)
    def shown(request: HttpRequest, partner_id: str) -> HttpResponse:
        try:
            return view(request, partner_id)
        except ExchangeError as refusal:
            return _page(
                request,
                _partner(partner_id),
                problem=REFUSALS.get(refusal.code, ""),
                detail=str(refusal),
            )
        except PrivateOverlapError as refusal:  # a card that is none
            return _page(
                request, _partner(partner_id), problem=REFUSALS["card"], detail=str(refusal)
            )

    return shown


def _page(
    request: HttpRequest,
    one: ExchangePartner,
    *,
    problem: object = "",
    detail: str = "",
    **more: Any,
) -> HttpResponse:
    today = _today()
    desk_exchange.tidy(today=today)
    one.refresh_from_db()
    mine = list(_rows_to_share(today))
    counted = len(desk_exchange.rows_of(one, on=today))
    context = {
        "one": one,
        "name": one.name or one.own_name,
        "shared": len(mine),
        "to_withdraw": desk_exchange.to_withdraw(one, mine),
        "sent": len(one.sent_ids),
        "counted": counted,
        "lineage": desk_exchange.lineage(one, counted) if one.taken_edition else None,
        "stale": one.fresh_until is not None and one.fresh_until < today,
        "history": _history(one),
        "usual_days": _USUAL_DAYS,
        "most_days": MOST_FRESH_DAYS,
        "problem": problem,
        "detail": detail,
        **more,
    }
    return render(request, "partners/exchange.html", context, status=400 if problem else 200)


def _history(one: ExchangePartner) -> list[dict[str, Any]]:
    found = [
        {
            "at": entry.at,
            "what": HISTORY[entry.kind],
            "edition": entry.body.get("edition"),
            "rows": entry.body.get("rows"),
            "gone": entry.body.get("withdrawn", entry.body.get("gone")),
            "sha256": entry.body.get("edition_sha256", ""),
            "desk": entry.desk,
        }
        for entry in chain.entries(subject=one.partner_id)
        if entry.kind in HISTORY
    ]
    return found[::-1]


@require_GET
def card(request: HttpRequest, partner_id: str) -> HttpResponse:
    """Our card for this partner, as a file."""
    mine = desk_exchange.own_keys(_partner(partner_id)).card()
    return _as_file(mine.encode(), f"{mine.name}.card.json")


@require_POST
@_on_its_page
def compare(request: HttpRequest, partner_id: str) -> HttpResponse:
    """Show the code of their card and ours. Nothing is believed yet."""
    one = _partner(partner_id)
    content = _file(request, "card", most=_LARGEST_CARD)
    theirs = Card.read(content)
    code = desk_exchange.code_with(one, theirs)
    return _page(
        request, one, theirs=theirs, code=code, card_text=base64.b64encode(content).decode()
    )


@require_POST
@_on_its_page
def believe(request: HttpRequest, partner_id: str) -> HttpResponse:
    """Keep their card: somebody says that the code was compared by voice and is the same."""
    one = _partner(partner_id)
    if request.POST.get("compared") != "yes":
        raise ExchangeError("not-compared", "nobody said that the code was compared")
    try:
        content = base64.b64decode(request.POST.get("card_text", ""), validate=True)
    except (ValueError, binascii.Error):
        raise ExchangeError("not-compared", "the card is missing; choose it again") from None
    desk_exchange.keep_card(one, Card.read(content))
    return redirect("partners:exchange", partner_id)


@require_POST
@_on_its_page
def send(request: HttpRequest, partner_id: str) -> HttpResponse:
    """Make the next edition and hand it over as a file."""
    days = request.POST.get("fresh_days", "")
    plain = days.isascii() and days.isdecimal() and len(days) < 4
    if not plain or not 1 <= int(days) <= MOST_FRESH_DAYS:
        raise ExchangeError("days", f"expected 1 to {MOST_FRESH_DAYS} days; got something else")
    today = _today()
    done = desk_exchange.send(
        _partner(partner_id),
        _rows_to_share(today),
        today=today,
        fresh_days=int(days),
        tokens_of=None,
    )
    return _as_file(done.file, f"edition-{done.number}.rows")


@require_POST
@_on_its_page
def take(request: HttpRequest, partner_id: str) -> HttpResponse:
    """Take in a partner's edition; what is missing in it is deleted here."""
    one = _partner(partner_id)
    taken = desk_exchange.take(one, _file(request, "edition", most=_LARGEST_FILE), today=_today())
    return _page(request, one, taken=taken)


@require_POST
def end(request: HttpRequest, partner_id: str) -> HttpResponse:
    """Forget a partner, with every row they shared."""
    desk_exchange.end(_partner(partner_id))
    return redirect("partners:exchanges")


def _partner(partner_id: str) -> ExchangePartner:
    found = ExchangePartner.objects.filter(partner_id=partner_id).first()
    if found is None:
        raise Http404
    return found


def _rows_to_share(on: date) -> Iterator[OwnRow]:
    dotted = getattr(settings, "SAFELIGHT_ROWS_TO_SHARE", None)
    if dotted:
        yield from import_string(dotted)(on)


def _file(request: HttpRequest, name: str, *, most: int) -> bytes:
    file = request.FILES.get(name)
    if file is None:
        raise ExchangeError("no-file", "expected a chosen file; none came. Choose one")
    content = bytes(file.read(most + 1))
    if len(content) > most:
        raise ExchangeError(
            "too-large", f"this page takes files of up to {most:,} bytes; use `safelight exchange`"
        )
    return content


def _as_file(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _today() -> date:
    return datetime.now(UTC).date()
