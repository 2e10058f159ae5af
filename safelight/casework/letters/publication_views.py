"""Redacting a letter side by side with what was written, and agreeing to it as a second person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from safelight.casework import cases
from safelight.casework.letters import publishing
from safelight.casework.letters.answering import LetterStateError, SecondReaderError
from safelight.casework.letters.publishing import Publishable, publishable
from safelight.casework.letters.redaction import (
    RedactionError,
    checked_marks,
    digest_of,
    left_of,
    marked_everywhere,
)
from safelight.casework.letters.telltales import MUST_GO, Telltale
from safelight.casework.letters.wording import OBSTACLES, TELLTALES
from safelight.casework.models import Case, CaseState
from safelight.casework.opening_views import opened_first
from safelight.journal.chain import desk_key

_MOST_WORDS: Final = 100
_REFUSALS: Final = (
    LetterStateError,
    SecondReaderError,
    RedactionError,
    publishing.NotPublishableError,
)


@dataclass(frozen=True, slots=True)
class ShownTelltale:
    """One thing that may point to somebody; never ticked, as a suggestion decides nothing.

    `must_go`: it goes, or somebody says why it may stay.
    """

    words: str
    kind: str | Promise
    must_go: bool
    why: str


@require_http_methods(["GET", "POST"])
@opened_first
def publication_page(request: HttpRequest, case_id: str) -> HttpResponse:
    """Redact the texts and propose them; look at what was proposed or is published."""
    case = cases.open_case(case_id)
    if case.state == CaseState.WITHDRAWN:
        return redirect("casework:case", case_id=case_id)
    if request.method == "POST":
        return _posted(request, case)
    return _page(request, case)


def _posted(request: HttpRequest, case: Case) -> HttpResponse:
    texts = {
        name: marked_everywhere_of(
            request.POST.get(name, ""), request.POST.getlist("out")[:_MOST_WORDS]
        )
        for name in ("letter", "answer")
    }
    words, reasons = request.POST.getlist("word"), request.POST.getlist("why")
    why = {word: reason for word, reason in zip(words, reasons, strict=False) if reason.strip()}
    try:
        texts = {name: checked_marks(text) for name, text in texts.items()}
        if request.POST.get("then") != "propose":
            return _page(request, case, texts=texts, why=why, looked=True)
        stopping = publishing.propose(case.case_id, **texts, why=why)
    except _REFUSALS as error:
        return _page(request, case, texts=texts, why=why, problem=_said(error), status=422)
    if stopping:
        problem = _("Not proposed yet: take out what is listed below, or say why it may stay.")
        return _page(request, case, texts=texts, why=why, problem=problem, status=422)
    return redirect("letters:publish", case_id=case.case_id)


def marked_everywhere_of(text: str, words: Iterable[str]) -> str:
    """Return the text with each of these words marked wherever it stands, the longest first."""
    for one in sorted(words, key=len, reverse=True):
        text = marked_everywhere(text, one)
    return text


def _said(error: Exception) -> str:
    if isinstance(error, RedactionError):
        return _(
            "Each [[ needs one ]] after it, none inside another, and something must be left. "
            "A text has 12,000 characters at most."
        )
    return str(error)


def _page(
    request: HttpRequest,
    case: Case,
    *,
    texts: dict[str, str] | None = None,
    why: dict[str, str] | None = None,
    problem: str = "",
    status: int = 200,
    looked: bool = False,
) -> HttpResponse:
    found = publishable(case.case_id)
    proposal, published = found.letter.proposal, found.letter.published
    start = proposal or (found.letter.proposals[-1] if found.letter.proposals else None)
    if texts is None:
        shown = start.redacted if start else found.original
        texts = {"letter": shown.letter, "answer": shown.answer}
        why = dict(start.why) if start else {}
    waiting = proposal if proposal is not None and not proposal.agreed_by else None
    context = {
        "case": case,
        "original": found.original,
        "letter": found.letter,
        "obstacle": OBSTACLES.get(found.obstacle, ""),
        "texts": texts,
        "left": {name: left_of(text) for name, text in texts.items()},
        "telltales": _telltales(found, texts, why or {}),
        "looked": looked,
        "problem": problem,
        "waiting": waiting,
        "is_own": waiting is not None and waiting.desk == desk_key().desk,
        "digest": digest_of(waiting.redacted) if waiting else "",
        "published": published,
        "remarks": [remark for remark in found.letter.remarks if not found.letter.draft(remark.of)],
    }
    return render(request, "letters/publish.html", context, status=status)


def _telltales(
    found: Publishable, texts: dict[str, str], why: dict[str, str]
) -> list[ShownTelltale]:
    left: dict[Telltale, None] = dict.fromkeys(
        one for name in ("letter", "answer") for one in found.found_in(texts[name])
    )
    reasons = {words.casefold(): reason for words, reason in why.items()}
    shown = [
        ShownTelltale(
            one.words,
            TELLTALES[one.kind],
            one.kind in MUST_GO,
            reasons.get(one.words.casefold(), ""),
        )
        for one in left
    ]
    return sorted(shown, key=lambda one: not one.must_go)[:_MOST_WORDS]


@require_POST
@opened_first
def agree_to_texts(request: HttpRequest, case_id: str) -> HttpResponse:
    """Agree to the texts as the second person, or send them back."""
    proposal = request.POST.get("proposal", "")
    case = cases.open_case(case_id)
    try:
        if request.POST.get("decision") == "agree":
            publishing.agree(case_id, proposal=proposal, digest=request.POST.get("digest", ""))
        else:
            remarks = request.POST.get("remarks", "")
            publishing.send_back(case_id, proposal=proposal, remarks=remarks)
    except _REFUSALS as error:
        if case.state in {CaseState.LOCKED, CaseState.WITHDRAWN}:
            raise
        return _page(request, case, problem=_said(error), status=409)
    return redirect("letters:publish", case_id=case_id)


@require_POST
@opened_first
def take_letter_out(request: HttpRequest, case_id: str) -> HttpResponse:
    """Take a letter out of what is published."""
    publishing.take_out(case_id, why=request.POST.get("why", ""))
    return redirect("letters:publish", case_id=case_id)
