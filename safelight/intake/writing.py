"""The page with the form, and the way of a report whose browser runs no script.

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
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override

from safelight.intake import day
from safelight.intake.assets import compressed_if_wanted
from safelight.intake.current_roster import OpenRoster, current_roster
from safelight.intake.languages import language_of
from safelight.intake.mailboxes import keep
from safelight.intake.question_form import (
    FORM_ID,
    Problem,
    Typed,
    problems_with,
    shown_questions,
    typed_answers,
)
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


def form_page(request: HttpRequest, language: str | None = None) -> HttpResponse:
    """GET / and /ru/ and /en/: the empty form, the same bytes for everybody."""
    if request.method not in {"GET", "HEAD"}:
        raise wrong_method("GET")
    spoken = language or language_of(request)
    plain, packed = _empty_page(current_roster(), spoken, day.today())
    return compressed_if_wanted(request, plain, packed, "text/html; charset=utf-8")


@lru_cache(maxsize=4)  # two languages, today and around midnight; public, nothing typed
def _empty_page(opened: OpenRoster, language: str, today: date) -> tuple[bytes, bytes]:
    """The form as everybody gets it, plain and compressed. `today` moves the choices of time."""
    del today
    page = _page(opened, language, typed={}, problems=()).encode()
    return page, gzip.compress(page, 9, mtime=0)


def send_without_script(request: HttpRequest, language: str) -> HttpResponse:
    """POST /<language>/report: seal on arrival, store, and show the twelve words once.

    What cannot be accepted comes back in the form with a sentence (422), unstored.
    """
    if request.method != "POST":
        raise wrong_method("POST")
    questions = question_set(FORM_ID)
    typed = typed_answers(posted_form(request, most=_LARGEST_FORM), questions)
    with override(language):
        try:
            opened = current_roster()
        except RefusedError as closed:
            return _form_again(None, language, typed, [], closed)
        problems = problems_with(typed, questions)
        if not problems:
            try:
                return _sealed_and_kept(request, typed, questions, language, opened)
            except ReportError as refused:
                problems = [_sentence_for(refused)]
            except RefusedError as refused:
                # Not stored: the person keeps the text, and hears why.
                return _form_again(opened, language, typed, [], refused)
        return _form_again(opened, language, typed, problems, None)


def _sealed_and_kept(
    request: HttpRequest,
    typed: Typed,
    questions: QuestionSet,
    language: str,
    opened: OpenRoster,
) -> HttpResponse:
    receipt = Receipt.generate()
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
    sealed = seal_bytes(report.to_bytes(), opened.roster.recipients(today))
    words = receipt.words("ru" if language == "ru" else "en")
    page = {"language": language, "page": "", "words": words}
    answer = padded(render(request, "intake/sent.html", page))
    # Last: after the commit nothing is left that could fail and say "not stored".
    keep(
        Envelope.parse(sealed),
        mailbox_id=receipt.mailbox_id,
        verifier=receipt.verifier,
        day=today,
    )
    return answer


def _sentence_for(refused: ReportError) -> Problem:
    if isinstance(refused, ReportTooLargeError):
        return Problem(_("All answers together are too long. Please shorten the longest text."))
    return Problem(
        _("One of the choices is not among those of this form. Please choose again and send it.")
    )


def _form_again(
    opened: OpenRoster | None,
    language: str,
    typed: Typed,
    problems: list[Problem],
    refused: RefusedError | None,
) -> HttpResponse:
    status = 422
    if refused is not None:
        status = refused.status
        problems = [Problem(sentence_of(refused))]
    # Never compressed: it holds what the person typed.
    return HttpResponse(_page(opened, language, typed=typed, problems=problems), status=status)


def _page(
    opened: OpenRoster | None, language: str, *, typed: Typed, problems: list[Problem] | tuple[()]
) -> str:
    questions = question_set(FORM_ID)
    with override(language):
        return render_to_string(
            "intake/form.html",
            {
                "language": language,
                "page": "",
                "form": questions,
                "title": questions.title(language),
                "questions": shown_questions(
                    questions, language, day.today(), typed=typed, problems=problems
                ),
                "problems": problems,
                "say": _what_the_script_says(),
                # Without a roster the page only gives back what was typed.
                "root": opened.root.public_bytes_raw().hex() if opened else "",
                "roster": _as_inline_json(opened.signed) if opened else "",
            },
        )


def _what_the_script_says() -> list[tuple[str, str]]:
    """Every sentence the script shows stands in the page, in the page's language."""
    return [
        ("sealing", _("Sealing…")),
        ("sending", _("Sending…")),
        ("sent", _("Your report has arrived. Write down the twelve words.")),
        (
            "problem-network",
            _(
                "The connection broke. Your report has not been confirmed; what you wrote is "
                "still here. Press “Send” again without changing it: it will not arrive twice."
            ),
        ),
        (
            "problem-roster",
            _(
                "The list of those who may open reports could not be verified, so nothing was "
                "sent. Please try again later or by another way."
            ),
        ),
        ("problem-too-long", _("This is too long. Please shorten the longest text.")),
        (
            "problem-refused",
            _("The server did not accept the report. Nothing was kept; please try again later."),
        ),
    ]


def _as_inline_json(signed: bytes) -> str:
    """Return the roster so that no byte of it can end the script element it stands in."""
    return signed.decode("utf-8").replace("<", "\\u003c")
