"""The receipt's page: come back by twelve words.

GET is the page for everybody, which a script takes over: then the words never leave the
browser. POST is the way without script: the words arrive, are used and forgotten, and the
answer leads on to a page about them that is shown briefly (`shown_briefly`), so that the
browser keeps nothing of what was posted. Only a text that could not be kept comes back in
the answer itself: it does not fit into an address, and it is not stored here. A receipt
that is known here and one that is not get the same status code and the same length, so that
who watches the line learns neither.
"""

from __future__ import annotations

import gzip
import secrets
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Final

from django.core.exceptions import TooManyFieldsSent
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from safelight.intake import conversation, day
from safelight.intake.addresses import RECEIPT_SCRIPT, address
from safelight.intake.assets import compressed_if_wanted, roster_parts
from safelight.intake.body import announced_length, read_announced
from safelight.intake.conversation import MailboxStatus
from safelight.intake.current_roster import OpenRoster, current_roster
from safelight.intake.mailboxes import Door
from safelight.intake.pages.form import largest_file_sealed, modules_of, too_long_to_come_back
from safelight.intake.pages.one_length import beginning_that_fits, in_one_length
from safelight.intake.pages.refusal_page import sentence_of, sentence_of_code
from safelight.intake.pages.sentences import what_the_conversation_says
from safelight.intake.pages.shown_briefly import ROOM, forget, shown_now, token_for
from safelight.intake.pages.writing_again import Problem, written_again
from safelight.intake.refusal import RefusedError, wrong_method
from safelight.sealing.receipt import Receipt, ReceiptError

_LONGEST: Final = 8 * 1024
_WITHDRAW: Final = "withdraw"
# What the page that an address leads to is about; `writing` has another mark.
_MARK: Final = b"asked "
_ARRIVED: Final = "arrived"
_NOT_SURE: Final = "not-sure"
_TOO_LONG: Final = "too-long"


@dataclass(frozen=True)
class _Done:
    """Which words were sent, right or wrong, and what came of it: a code, "" for asking only."""

    words: str
    code: str = ""

    def packed(self) -> bytes:
        """Return it for an address."""
        return _MARK + self.code.encode() + b"\n" + self.words.encode()

    @classmethod
    def unpacked(cls, about: bytes) -> _Done | None:
        if not about.startswith(_MARK):
            return None
        code, _newline, words = about.removeprefix(_MARK).decode().partition("\n")
        return cls(words, code)


@dataclass(frozen=True)
class _Shown:
    """What a page without script says; empty: nothing of it."""

    problem: str = ""
    status: str = ""
    typed: str = ""
    # Of an open mailbox: the page has the forms to write again and to take back.
    words: str = ""
    answers: str = ""
    text: str = ""
    ticket: str = ""
    # Of each page another: what is sent from it, and again when it is reloaded, counts once.
    once: str = ""
    # Nothing more can be asked with these words.
    ended: bool = False


def receipt_page(request: HttpRequest, language: str, token: str | None = None) -> HttpResponse:
    """The empty page; or what twelve words, a text, files or a withdrawal led to.

    With a `token` the page that an earlier answer led on to.
    """
    with override(language):
        if request.method in {"GET", "HEAD"}:
            if token:
                return _led_to(request, language, token)
            plain, packed = _empty_page(_roster_or_none(), language, day.today())
            return compressed_if_wanted(request, plain, packed, "text/html; charset=utf-8")
        if request.method != "POST" or token:
            raise wrong_method("GET" if token else "GET or POST")
        if request.content_type == "multipart/form-data":
            done = _written(request, language)
        else:
            done = _asked(posted_form(request, most=_LONGEST))
        if isinstance(done, _Shown):
            return in_one_length(request, HttpResponse(_page_again(language, done)))
        # The page that this was sent from.
        forget(request.META.get("QUERY_STRING", ""))
        answer = HttpResponse(status=303)
        answer.headers["Location"] = f"{address(language, 'receipt')}/{token_for(done.packed())}"
        return answer


def _page_again(language: str, shown: _Shown) -> str:
    def page(text: str) -> str:
        return _page(language, {"shown": replace(shown, text=text)})

    fitting = beginning_that_fits(shown.text, page)
    if fitting == shown.text:
        return page(fitting)
    told = replace(shown, text=fitting, problem=too_long_to_come_back())
    return _page(language, {"shown": told})


def _led_to(request: HttpRequest, language: str, token: str) -> HttpResponse:
    done = _Done.unpacked(shown_now(token) or b"")
    if done is None:
        sentence = _("This page is not shown any more. Please enter your words again.")
        facts = _facts(_roster_or_none(), day.today())
        page = _page(language, {**facts, "shown": _Shown(sentence)})
        return in_one_length(request, HttpResponse(page, status=410))
    page = _page(language, {"shown": _shown(done, language), "token": token})
    return in_one_length(request, HttpResponse(page))


def posted_form(request: HttpRequest, *, most: int) -> QueryDict:
    """Return an urlencoded form that arrived whole, or raise `RefusedError`. Memory only."""
    if request.content_type != "application/x-www-form-urlencoded":
        raise RefusedError(
            415,
            "wrong-type",
            expected="a form without files",
            got="another type",
            next_step="send the form of the page",
        )
    length = announced_length(request.META.get("CONTENT_LENGTH"), most=most, sizes=None)
    whole = read_announced(request.read, length)
    try:
        return QueryDict(whole, encoding="utf-8")
    except TooManyFieldsSent:
        raise RefusedError(
            413,
            "too-large",
            expected="the fields of the form",
            got="many more",
            next_step="send the form of the page",
        ) from None


def _asked(form: QueryDict) -> _Done:
    done = _Done(form.get("words", ""))
    if len(done.packed()) > ROOM:
        return _Done("", _TOO_LONG)
    if form.get("do") != _WITHDRAW:
        return done
    try:
        receipt = Receipt.parse(done.words)
        if form.get("sure") != "yes":
            return replace(done, code=_NOT_SURE)
        door = Door.by_key(receipt.mailbox_id, receipt.auth_key)
        conversation.withdraw(door, proof=receipt.withdrawal_proof, day=day.today())
    except ReceiptError:
        pass  # the page that this leads to names what is wrong with the words
    except RefusedError as refused:
        return replace(done, code=refused.code)
    return done


def _shown(done: _Done, language: str) -> _Shown:
    if done.code == _TOO_LONG:
        return _Shown(_("This is too long for twelve words. Please enter only the words."))
    try:
        receipt = Receipt.parse(done.words)
    except ReceiptError as wrong:
        return _Shown(problem=_what_is_wrong(wrong), typed=done.words)
    try:
        if done.code == _ARRIVED:
            status = _("It has arrived. You can close this page.")
            return _found(receipt, language, status=status)
        if done.code == _NOT_SURE:
            problem = _("Tick the box first: taking back cannot be undone.")
            return _found(receipt, language, problem=problem)
        problem = sentence_of_code(done.code) if done.code else ""
        return _found(receipt, language, problem=problem)
    except RefusedError as refused:
        return _Shown(problem=sentence_of(refused), typed=done.words)


def _written(request: HttpRequest, language: str) -> _Shown | _Done:
    """Keep a text and files that came without script; say what became of them."""
    outcome = written_again(request, language)
    if isinstance(outcome, ReceiptError):
        return _Shown(problem=_what_is_wrong(outcome))
    if isinstance(outcome, Problem):
        return _Shown(problem=outcome.sentence)
    if outcome.problem is not None:
        return _found(
            outcome.receipt,
            language,
            problem=outcome.problem.sentence,
            text=outcome.text,
            ticket=outcome.ticket,
            once=outcome.once,
        )
    return _Done(" ".join(outcome.receipt.words("en")), _ARRIVED)


def _found(
    receipt: Receipt,
    language: str,
    *,
    problem: str = "",
    status: str = "",
    text: str = "",
    ticket: str = "",
    once: str = "",
) -> _Shown:
    """How it stands with a receipt, in words, and the forms for what one may do."""
    found = conversation.status_of(Door.by_key(receipt.mailbox_id, receipt.auth_key))
    is_open = found.state == "open"
    words = " ".join(receipt.words("ru" if language == "ru" else "en"))
    return _Shown(
        problem=problem,
        status=status or _in_words(found),
        words=words if is_open else "",
        answers=_answers_in_words(found) if is_open else "",
        text=text,
        ticket=ticket,
        once=once or secrets.token_hex(16),
        ended=found.state == "withdrawn",
        # So that they can be compared with the paper.
        typed=words if found.state == "none" else "",
    )


def _roster_or_none() -> OpenRoster | None:
    """Without a roster one can still read answers and take back."""
    try:
        return current_roster()
    except RefusedError:
        return None


# Two languages, today and around midnight; public, nothing typed.
@lru_cache(maxsize=4)
def _empty_page(opened: OpenRoster | None, language: str, today: date) -> tuple[bytes, bytes]:
    """The page as everybody gets it, plain and compressed."""
    page = _page(language, {**_facts(opened, today), "shown": _Shown()}).encode()
    return page, gzip.compress(page, 9, mtime=0)


def _facts(opened: OpenRoster | None, today: date) -> dict[str, object]:
    """What the script finds in the page."""
    return {
        "root": opened.root.public_bytes_raw().hex() if opened else "",
        "parts": len(roster_parts(opened.signed)) if opened else 0,
        "today": today.isoformat(),
        "modules": modules_of(RECEIPT_SCRIPT),
        "largest": largest_file_sealed(),
        "say": what_the_conversation_says(),
        "script": True,
    }


def _page(language: str, facts: dict[str, object]) -> str:
    page = {"language": language, "page": "receipt", **facts}
    return render_to_string("intake/receipt.html", page)


def _in_words(found: MailboxStatus) -> str:
    if found.state == "withdrawn":
        return _(
            "This was taken back. The server has deleted everything, and the caseworkers are "
            "told to destroy what they have. The words open nothing any more: you "
            "can destroy the paper."
        )
    if found.day is None:
        return _(
            "Nothing is known under these words. Compare each word with your paper. If they "
            "are right, what you sent may never have arrived, or it was deleted after its time."
        )
    arrived = _("Your report arrived on %(day)s.") % {"day": date_format(found.day, "j E Y")}
    if found.fetched:
        return f"{arrived} {_('The caseworkers have fetched everything that you sent.')}"
    fetching = _(
        "What you sent has reached the server. Not all of it was fetched yet; sometimes that "
        "takes a few days."
    )
    return f"{arrived} {fetching}"


def _answers_in_words(found: MailboxStatus) -> str:
    if not found.answers:
        return _("There is no answer yet.")
    count = len(found.answers)
    number = ngettext(
        "There is %(count)d answer for you.", "There are %(count)d answers for you.", count
    ) % {"count": count}
    sealed = _(
        "Answers are sealed to your twelve words, so this server cannot open them and cannot show "
        "them here. Your browser can, with JavaScript: switch it on and open this page again, "
        "here or on another device that you trust. If that is not possible, write so below; the "
        "caseworkers will look for another way."
    )
    return f"{number} {sealed}"


def _what_is_wrong(wrong: ReceiptError) -> str:
    if wrong.problem == "length":
        return _("This is too long for twelve words. Please enter only the words.")
    if wrong.problem == "count":
        return _("A receipt is twelve words. Please enter all of them, and no others.")
    if wrong.problem == "checksum":
        return _(
            "Each of these words exists, but they do not belong together. Perhaps two changed "
            "places, or one was mistaken for another. Compare them with your paper."
        )
    hints = []
    for position, similar in wrong.wrong.items():
        if similar:
            hints.append(
                _("Word %(number)d is not on the list. Did you mean: %(words)s?")
                % {"number": position, "words": ", ".join(similar)}
            )
        else:
            hints.append(_("Word %(number)d is not on the list.") % {"number": position})
    return " ".join(hints)
