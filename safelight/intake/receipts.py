"""GET|POST /<language>/receipt: the twelve words in, one plain sentence out.

A receipt that is known here and one that is not get the same status code, the same
page and the same length (`padded`), so that who watches the line learns neither.
"""

from __future__ import annotations

from typing import Final

from django.core.exceptions import TooManyFieldsSent
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from safelight.intake.body import announced_length, read_announced
from safelight.intake.conversation import MailboxStatus, status_of
from safelight.intake.mailboxes import Door
from safelight.intake.refusal import RefusedError, wrong_method
from safelight.sealing.receipt import Receipt, ReceiptError

_LONGEST: Final = 8 * 1024
_STEP: Final = 8 * 1024


def receipt_page(request: HttpRequest, language: str) -> HttpResponse:
    """The empty page, or the answer to twelve words."""
    with override(language):
        if request.method in {"GET", "HEAD"}:
            return _answer(request, language)
        if request.method != "POST":
            raise wrong_method("GET or POST")
        typed = posted_form(request, most=_LONGEST).get("words", "")
        try:
            receipt = Receipt.parse(typed)
        except ReceiptError as wrong:
            return _answer(request, language, problem=_what_is_wrong(wrong), typed=typed)
        found = status_of(Door.by_key(receipt.mailbox_id, receipt.auth_key))
        return _answer(request, language, status=_in_words(found))


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


def padded(response: HttpResponse) -> HttpResponse:
    """Fill the page with blanks to the next step, so that its length says nothing."""
    response.content += b"\n" * (-len(response.content) % _STEP)
    return response


def _answer(
    request: HttpRequest, language: str, *, status: str = "", problem: str = "", typed: str = ""
) -> HttpResponse:
    page = {
        "language": language,
        "page": "receipt",
        "status": status,
        "problem": problem,
        "typed": typed,
    }
    return padded(render(request, "intake/receipt.html", page))


def _in_words(found: MailboxStatus) -> str:
    if found.day is None:
        return _(
            "No report is known here under these words. If you are sure of them, the report did "
            "not arrive: please send it again."
        )
    day = date_format(found.day, "j E Y")
    if found.fetched:
        return _("Your report arrived on %(day)s. A caseworker's desk has fetched it.") % {
            "day": day
        }
    return _("Your report arrived on %(day)s. No desk has fetched it yet.") % {"day": day}


def _what_is_wrong(wrong: ReceiptError) -> str:
    if not wrong.wrong:
        return _(
            "These are not the twelve words of a receipt. Please check that there are twelve, "
            "in the order you wrote them down."
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
