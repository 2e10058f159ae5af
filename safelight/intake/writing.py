"""The three forms, and the way of a report whose browser runs no script.

Without JavaScript the answers arrive readable. They exist in this process's memory
between the request and the commit: read here, sealed here, and only sealed bytes go
on. No file, log, cache or exception text is ever made of them.
"""

from __future__ import annotations

import gzip
from datetime import date
from functools import lru_cache
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from safelight.intake import day
from safelight.intake.assets import compressed_if_wanted
from safelight.intake.budget import Wait, admitted
from safelight.intake.current_roster import OpenRoster, current_roster
from safelight.intake.form_page import empty_page, page_again
from safelight.intake.inline_parts import DOORS
from safelight.intake.mailboxes import keep
from safelight.intake.question_form import Problem, Typed, problems_with, typed_answers
from safelight.intake.receipts import padded, posted_form
from safelight.intake.refusal import RefusedError, wrong_method
from safelight.intake.refusal_page import sentence_of
from safelight.sealing.envelope import Envelope
from safelight.sealing.receipt import Receipt
from safelight.sealing.seal import seal_bytes
from safelight.vocabulary.filled_form import answers_in, consent_in
from safelight.vocabulary.questions import QuestionSet, question_set
from safelight.vocabulary.report import Report, ReportError, ReportTooLargeError

# The longest texts, each character as three percent-encoded bytes or four, and the rest.
_LARGEST_FORM: Final = 256 * 1024
_TICKET: Final = "ticket"


def form(request: HttpRequest, language: str, door: str) -> HttpResponse:
    """GET: the empty form of a door, the same bytes for everybody. POST: sent without a script."""
    if request.method in {"GET", "HEAD"}:
        plain, packed = _empty_page(current_roster(), language, door, day.today())
        return compressed_if_wanted(request, plain, packed, "text/html; charset=utf-8")
    if request.method != "POST":
        raise wrong_method("GET or POST")
    return _sent_without_script(request, language, door)


# Two languages, three doors, today and around midnight; public, nothing typed.
@lru_cache(maxsize=12)
def _empty_page(opened: OpenRoster, language: str, door: str, today: date) -> tuple[bytes, bytes]:
    """The form as everybody gets it, plain and compressed. `today` moves the choices of time."""
    page = empty_page(opened, language, door, today).encode()
    return page, gzip.compress(page, 9, mtime=0)


def _sent_without_script(request: HttpRequest, language: str, door: str) -> HttpResponse:
    """Seal on arrival, store, and show the twelve words once.

    What cannot be accepted comes back in the form with a sentence, unstored.
    """
    questions = question_set(DOORS[door])
    posted = posted_form(request, most=_LARGEST_FORM)
    typed = typed_answers(posted, questions)

    def again(status: int, problems: list[Problem], *, ticket: str = "") -> HttpResponse:
        # Never compressed: it holds what the person typed.
        page = page_again(
            language, door, day.today(), typed=typed, problems=problems, ticket=ticket
        )
        return HttpResponse(page, status=status)

    with override(language):
        try:
            opened = current_roster()
            problems = problems_with(typed, questions)
            if problems:
                return again(422, problems)
            receipt = Receipt.generate()
            sealed = _sealed(typed, questions, language, opened, receipt)
            # Last of all that may say no: asking uses up a place.
            decided = admitted(posted.get(_TICKET), size=len(sealed))
            if isinstance(decided, Wait):
                return again(503, [Problem(_please_wait(decided))], ticket=decided.ticket)
            return _kept(request, language, sealed, receipt)
        except ReportError as refused:
            return again(422, [_sentence_for(refused)])
        except RefusedError as refused:
            # Not stored: the person keeps the text, and hears why.
            return again(refused.status, [Problem(sentence_of(refused))])


def _sealed(
    typed: Typed, questions: QuestionSet, language: str, opened: OpenRoster, receipt: Receipt
) -> bytes:
    today = day.today()
    report = Report(
        form=questions.id,
        form_version=questions.version,
        language=language,
        written=today,
        sealed_by="server",
        answers=answers_in(typed, questions),
        consent=consent_in(typed, questions, today),
        reply_to=receipt.reply_recipient().encode(),
        mailbox=receipt.mailbox_id.hex(),
        withdrawal=receipt.withdrawal_verifier.hex(),
        roster=opened.roster.version,
    )
    return seal_bytes(report.to_bytes(), opened.roster.recipients(today))


def _kept(request: HttpRequest, language: str, sealed: bytes, receipt: Receipt) -> HttpResponse:
    words = receipt.words("ru" if language == "ru" else "en")
    page = {"language": language, "page": "", "words": words}
    answer = padded(render(request, "intake/sent.html", page))
    # Last: after the commit nothing is left that could fail and say "not stored".
    keep(
        Envelope.parse(sealed),
        mailbox_id=receipt.mailbox_id,
        verifier=receipt.verifier,
        day=day.today(),
    )
    return answer


def _please_wait(decided: Wait) -> str:
    if decided.ticket:
        return ngettext(
            "Many people are sending right now. Your place is kept: press “Send” again in "
            "%(minutes)d minute.",
            "Many people are sending right now. Your place is kept: press “Send” again in "
            "%(minutes)d minutes.",
            decided.minutes,
        ) % {"minutes": decided.minutes}
    return ngettext(
        "Very many people are sending right now. Please press “Send” again in %(minutes)d minute.",
        "Very many people are sending right now. Please press “Send” again in %(minutes)d minutes.",
        decided.minutes,
    ) % {"minutes": decided.minutes}


def _sentence_for(refused: ReportError) -> Problem:
    if isinstance(refused, ReportTooLargeError):
        return Problem(_("All answers together are too long. Please shorten the longest text."))
    return Problem(
        _("One of the choices is not among those of this form. Please choose again and send it.")
    )
