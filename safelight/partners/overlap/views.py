"""A private overlap on the desk, step by step: card, terms, offer, joins, count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fractions import Fraction
from functools import wraps
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from safelight.partners.models import OverlapSession
from safelight.partners.overlap.desk_sessions import (
    DeskPlace,
    begin,
    session_ledger,
    sessions,
    start,
    work_on,
)
from safelight.partners.overlap.key_list import parsed_records
from safelight.partners.overlap.keys import Card
from safelight.partners.overlap.problems import PrivateOverlapError, TermsError
from safelight.partners.overlap.scheme import Scheme
from safelight.partners.overlap.steps import (
    FACTS,
    TABLE,
    check_code,
    count_result,
    join_message,
    offer_list,
)
from safelight.partners.overlap.terms import UNITS, Terms
from safelight.partners.overlap.wording import REFUSALS
from safelight.partners.wording import UNITS as UNIT_WORDS
from safelight.partners.wording import called
from safelight.sealing.strict_json import parse_object

# The desk takes 16 MiB of a file (desk/uploads.py); one byte more says that it was longer.
_MOST_OF_A_FILE: Final = 16 * 1024 * 1024
_LARGEST_FACTS: Final = 1024 * 1024

_STEPS: Final[dict[str, str | Promise]] = {
    "terms": gettext_lazy("Give your card, take the terms"),
    "offer": gettext_lazy("Offer your list"),
    "commitments": gettext_lazy("Send your commitment, take in everybody's"),
    "list": gettext_lazy("Join: blind the lists that come"),
    "result": gettext_lazy("Count: take in the result"),
    "nothing": gettext_lazy("The table"),
}


@dataclass(frozen=True, slots=True)
class _Step:
    title: str | Promise
    mark: str  # "done", "now" or ""


@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """What a private overlap is, and those on this desk."""
    return render(request, "partners/overlaps.html", {"sessions": sessions()})


@require_POST
def begin_session(request: HttpRequest) -> HttpResponse:
    """Draw keys for one session."""
    try:
        place = begin(request.POST.get("name", "").strip(), today=_today())
    except TermsError:
        facts = {"sessions": sessions(), "problem": True}
        return render(request, "partners/overlaps.html", facts, status=400)
    return _back(place.session_id)


@require_GET
def one_session(request: HttpRequest, session_id: str) -> HttpResponse:
    """Where a session stands, and what to do now."""
    place = _place(session_id)
    return render(request, "partners/overlap.html", _shown(place))


_View = Callable[[HttpRequest, str], HttpResponse]


def _on_its_page(view: _View) -> _View:
    """Say a refusal on the page of the session, above the form that was refused."""

    @wraps(view)
    def shown(request: HttpRequest, session_id: str) -> HttpResponse:
        try:
            return view(request, session_id)
        except PrivateOverlapError as refusal:
            facts = _shown(_place(session_id))
            facts |= {"problem": REFUSALS[refusal.code], "detail": str(refusal)}
            return render(request, "partners/overlap.html", facts, status=400)

    return shown


@require_POST
@_on_its_page
def give_terms(request: HttpRequest, session_id: str) -> HttpResponse:
    """Take the convener's terms."""
    _place(session_id).take_terms(_file(request, "terms"))
    return _back(session_id)


@require_POST
@_on_its_page
def write_terms(request: HttpRequest, session_id: str) -> HttpResponse:
    """Write the terms, as the convener; cards come in the order of the table."""
    place = _place(session_id)
    cards = [Card.read(_content(file)) for file in request.FILES.getlist("cards")]
    mine = place.card()
    others = sorted((card for card in cards if card != mine), key=lambda card: card.name)
    asked = request.POST
    terms = Terms.made(
        place.keys(),
        [mine, *others],
        Card.read(_file(request, "relay")),
        unit=asked.get("unit", ""),
        first_day=_day(asked.get("from", "")),
        last_day=_day(asked.get("until", "")),
        scheme=_scheme(asked.get("how", ""), asked.get("columns", "")),
        least=_whole(asked.get("least", "")),
        most=_whole(asked.get("most", "")),
        masks=_whole(asked.get("masks", "")),
        epsilon=_epsilon(asked.get("epsilon", "")),
    )
    place.take_terms(terms.statement)
    return _back(session_id)


@require_POST
@_on_its_page
def offer_own(request: HttpRequest, session_id: str) -> HttpResponse:
    """Blind a list, beside this page."""
    place = _place(session_id)
    terms = place.standing().terms
    if terms is None:
        raise TermsError("the terms come first")
    code, unit = request.POST.get("code", ""), request.POST.get("unit", "")
    check_code(terms, code)
    place.pay(terms, only_check=True)
    records = parsed_records(_file(request, "list"), terms.scheme, most=terms.most)
    start(
        session_id,
        lambda say: offer_list(place, terms, records, unit=unit, code=code, on_progress=say),
    )
    return _back(session_id)


@require_POST
@_on_its_page
def give_message(request: HttpRequest, session_id: str) -> HttpResponse:
    """Take in what the relay sent; the answer, or the table, is made beside this page."""
    place = _place(session_id)
    untrusted = _file(request, "message")
    if place.standing().waits_for == "result":
        start(session_id, lambda _say: count_result(place, untrusted))
    else:
        start(session_id, lambda say: join_message(place, untrusted, on_progress=say))
    return _back(session_id)


@require_POST
def end_session(request: HttpRequest, session_id: str) -> HttpResponse:
    """Delete the session with its secrets."""
    _place(session_id).end()
    return HttpResponseRedirect(reverse("partners:overlaps"))


@require_GET
def one_file(request: HttpRequest, session_id: str, name: str) -> HttpResponse:
    """A file to send or to keep."""
    now = _place(session_id).standing()
    card = now.keys.card()
    files = {**now.files, f"{card.name}.card.json": card.encode()}
    if now.terms is not None:
        files["terms.json"] = now.terms.statement
    if name not in files:
        raise Http404
    response = HttpResponse(files[name], content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _shown(place: DeskPlace) -> dict[str, Any]:
    work = work_on(place.session_id)
    # Asked first: a step that ends while this page is made shows at the next refresh.
    running = work is not None and work.running
    now = place.standing()
    terms, name = now.terms, now.keys.name
    ledger = session_ledger()
    facts = parse_object(now.files[FACTS], largest=_LARGEST_FACTS) if FACTS in now.files else None
    return {
        "session_id": place.session_id,
        "name": name,
        "card_file": f"{name}.card.json",
        "steps": _steps(now.waits_for),
        "waits_for": now.waits_for,
        "terms": terms,
        # Only the convener's page shows the code: whoever reads it here hears nothing.
        "code": terms.code if terms is not None and terms.convener == name else "",
        "columns": [" + ".join(key) for key in terms.scheme.keys] if terms is not None else [],
        "similar": terms is not None and terms.scheme.kind == "banded",
        "unit": called(UNIT_WORDS, terms.unit) if terms is not None else "",
        "units": [(unit, called(UNIT_WORDS, unit)) for unit in UNITS],
        "noise_scale": float(terms.noise_scale) if terms is not None else 0.0,
        "epsilon": str(terms.epsilon) if terms is not None and terms.epsilon is not None else "",
        "left": ledger.left(terms) if ledger is not None and terms is not None else "",
        "keeps_ledger": ledger is not None,
        "round": now.state.round if now.state is not None else 0,
        "joins": len(terms.names) - 1 if terms is not None else 0,
        "files": [file for file in now.files if file != FACTS],
        "work": work,
        "running": running,
        "problem": REFUSALS[work.code] if work is not None and work.code else "",
        "detail": work.problem if work is not None else "",
        "table": _table(facts) if facts is not None else None,
        "table_file": TABLE,
    }


def _steps(waits: str) -> list[_Step]:
    places = list(_STEPS)
    now = places.index(waits)
    marks = ["done" if place < now else "now" if place == now else "" for place in range(6)]
    return [_Step(title, mark) for title, mark in zip(_STEPS.values(), marks, strict=True)]


def _table(facts: dict[str, Any]) -> dict[str, Any]:
    return {
        "lists": facts["lists"],
        "sizes": facts["sizes"],
        "noise_scale": facts["noise_scale"],
        "rows": [([bool(on) for on in one["pattern"]], one["count"]) for one in facts["counts"]],
    }


def _place(session_id: str) -> DeskPlace:
    if not OverlapSession.objects.filter(session_id=session_id).exists():
        raise Http404
    return DeskPlace(session_id)


def _back(session_id: str) -> HttpResponse:
    return HttpResponseRedirect(reverse("partners:overlap", args=[session_id]))


def _file(request: HttpRequest, name: str) -> bytes:
    file = request.FILES.get(name)
    if file is None:
        raise PrivateOverlapError("expected a chosen file; none came. Choose one and try again")
    return _content(file)


def _content(file: Any) -> bytes:
    content = bytes(file.read())
    if len(content) > _MOST_OF_A_FILE:
        raise PrivateOverlapError(
            f"the desk's pages take files of up to {_MOST_OF_A_FILE:,} bytes; for longer lists "
            "use `safelight overlap` in a terminal"
        )
    return content


def _scheme(how: str, columns: str) -> Scheme:
    keys = tuple(
        tuple(column.strip() for column in line.split("+"))
        for line in columns.splitlines()
        if line.strip()
    )
    if how == "similar":
        return Scheme.similar(keys)
    return Scheme("one-key" if len(keys) == 1 else "any-key", keys)


def _day(untrusted: str) -> date:
    try:
        return date.fromisoformat(untrusted)
    except ValueError:
        raise TermsError("expected a day, YYYY-MM-DD; got something else") from None


def _whole(untrusted: str) -> int:
    if not (untrusted.isascii() and untrusted.isdecimal() and len(untrusted) < 9):
        raise TermsError("expected a whole number for least, most and masks; got something else")
    return int(untrusted)


def _epsilon(untrusted: str) -> Fraction | None:
    if not untrusted.strip():
        return None
    try:
        if len(untrusted) > 12:
            raise TermsError("epsilon is a number such as 1/2")
        return Fraction(untrusted.strip())
    except (ValueError, ZeroDivisionError):
        raise TermsError("epsilon is a number such as 1/2; got something else") from None


def _today() -> date:
    return datetime.now(UTC).date()
