"""The three forms, and the way of a report whose browser runs no script.

Without JavaScript the answers arrive readable. They exist in this process's memory
between the request and the commit: read here, sealed here, and only sealed bytes go
on. No file, log, cache or exception text is ever made of them.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from safelight.intake import day
from safelight.intake.addresses import address
from safelight.intake.assets import compressed_if_wanted
from safelight.intake.budget import Wait, admitted
from safelight.intake.current_roster import OpenRoster, current_roster
from safelight.intake.mailboxes import StoredEnvelope, keep
from safelight.intake.pages.arriving_form import FILES, ArrivedForm, arrived_form
from safelight.intake.pages.form import empty_page, page_again
from safelight.intake.pages.inline_parts import DOORS
from safelight.intake.pages.one_length import in_one_length
from safelight.intake.pages.questions import Problem, Typed, problems_with, typed_answers
from safelight.intake.pages.receipts import posted_form
from safelight.intake.pages.refusal_page import sentence_of
from safelight.intake.pages.shown_briefly import shown_now, token_for
from safelight.intake.refusal import RefusedError, wrong_method
from safelight.sealing.envelope import Envelope
from safelight.sealing.receipt import Receipt
from safelight.sealing.seal import seal_bytes
from safelight.vocabulary.filled_form import answers_in, consent_in
from safelight.vocabulary.questions import QuestionSet, question_set
from safelight.vocabulary.report import Report, ReportError, ReportTooLargeError

# The longest texts, each character as three percent-encoded bytes or four, and the rest.
_LARGEST_FORM: Final = 256 * 1024
# The same in characters: all texts of a form at their longest, and far more than that.
_MOST_TEXT: Final = 64 * 1024
_TICKET: Final = "ticket"
# What the page that an address leads to is about; `receipts` has another mark.
_WORDS: Final = b"words "


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
    """Seal on arrival, store, and lead on to the twelve words (`shown_briefly`).

    What cannot be accepted comes back in the form with a sentence, unstored.
    """
    arriving = _Arriving(request, language, door)
    with override(language):
        try:
            return _taken(request, arriving)
        except ReportError as refused:
            return arriving.given_back(422, [_sentence_for(refused)])
        except RefusedError as refused:
            if arriving.typed is None:
                raise
            # Not stored: the person keeps the text, and hears why.
            return arriving.given_back(refused.status, [Problem(sentence_of(refused))])


@dataclass
class _Arriving:
    """One form on its way in. `typed` is None until it could be read."""

    request: HttpRequest
    language: str
    door: str
    typed: Typed | None = None
    with_files: bool = False

    @property
    def questions(self) -> QuestionSet:
        return question_set(DOORS[self.door])

    def given_back(self, status: int, problems: list[Problem], *, ticket: str = "") -> HttpResponse:
        """The form again, with everything that was typed; a browser gives no file back."""
        if self.with_files:
            problems = [*problems, Problem(_("Please choose the files again."), FILES)]
        page = page_again(
            self.language,
            self.door,
            day.today(),
            typed=self.typed or {},
            problems=problems,
            ticket=ticket,
        )
        return in_one_length(self.request, HttpResponse(page, status=status))


def _taken(request: HttpRequest, arriving: _Arriving) -> HttpResponse:
    receipt = Receipt.generate()
    try:
        opened = current_roster()
    except RefusedError:
        # Nobody could open it; read what was typed all the same, to give it back.
        with _posted(request, receipt, None) as form:
            arriving.typed = typed_answers(form.fields, arriving.questions)
            raise
    with _posted(request, receipt, opened) as form:
        arriving.typed = typed_answers(form.fields, arriving.questions)
        arriving.with_files = bool(form.files)
        problems = problems_with(arriving.typed, arriving.questions)
        if problems:
            return arriving.given_back(422, problems)
        sealed = _sealed(arriving.typed, arriving.questions, arriving.language, opened, receipt)
        # Last of all that may say no: asking uses up a place.
        size = len(sealed) + sum(file.size for file in form.files)
        ticket = next(iter(form.fields.get(_TICKET, ())), None)
        decided = admitted(ticket, size=size)
        if isinstance(decided, Wait):
            sentence = Problem(_please_wait(decided))
            return arriving.given_back(503, [sentence], ticket=decided.ticket)
        return _kept(arriving.language, sealed, receipt, form.files)


@contextmanager
def _posted(
    request: HttpRequest, receipt: Receipt, opened: OpenRoster | None
) -> Iterator[ArrivedForm]:
    """Give the fields of a form, and its files sealed; programs may send it without files."""
    if request.content_type == "multipart/form-data":
        today = day.today()
        with arrived_form(
            request,
            recipients=opened.roster.recipients(today) if opened else (),
            receipt=receipt,
            today=today,
            most_text=_MOST_TEXT,
        ) as form:
            yield form
    else:
        posted = posted_form(request, most=_LARGEST_FORM)
        yield ArrivedForm({name: tuple(values) for name, values in posted.lists()}, ())


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
        message_key=receipt.message_key.hex(),
        roster=opened.roster.version,
    )
    return seal_bytes(report.to_bytes(), opened.roster.recipients(today))


def _kept(
    language: str,
    sealed: bytes,
    receipt: Receipt,
    files: Sequence[StoredEnvelope],
) -> HttpResponse:
    answer = HttpResponse(status=303)
    answer.headers["Location"] = (
        f"{address(language, 'words')}/{token_for(_WORDS + receipt.secret)}"
    )
    # Last: after the commit nothing is left that could fail and say "not stored".
    keep(
        Envelope.parse(sealed),
        mailbox_id=receipt.mailbox_id,
        verifier=receipt.verifier,
        day=day.today(),
        files=files,
    )
    return answer


def words(request: HttpRequest, language: str, token: str) -> HttpResponse:
    """GET: the twelve words of a form that was taken just now."""
    if request.method not in {"GET", "HEAD"}:
        raise wrong_method("GET")
    about = shown_now(token) or b""
    if not about.startswith(_WORDS):
        raise RefusedError(
            410,
            "words-shown",
            expected="words that were not shown yet",
            got="an address that shows nothing any more",
            next_step="send the form again if the words were not written down",
        )
    receipt = Receipt(about.removeprefix(_WORDS))
    with override(language):
        twelve = receipt.words("ru" if language == "ru" else "en")
        page = {"language": language, "page": "", "words": twelve, "token": token}
        return in_one_length(request, render(request, "intake/sent.html", page))


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
