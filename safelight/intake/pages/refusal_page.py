"""A refusal as an answer: a sentence for people in their language, JSON for programs.

Neither ever repeats what was sent: a refused body may be a report in the clear.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from safelight.intake.pages.languages import language_of
from safelight.intake.refusal import RefusedError

_PROGRAMS_ASK_HERE: Final = (
    *("/mailbox/", "/collect", "/roster", "/work", "/upload", "/team"),
    *("/circle/", "/invitation/", "/landing/", "/stash/"),
)

# code → what a person reads. Programs get expected / got / next instead.
SENTENCES: Final[Mapping[str, str]] = {
    "no-such-page": gettext_noop("There is no such page here. The form is on the first page."),
    "wrong-method": gettext_noop("This page cannot be used that way. Open the form again."),
    "unknown-host": gettext_noop("This server does not answer under that name."),
    "cross-site": gettext_noop(
        "This came from another site, so it was not accepted. Open the form here and send it "
        "from there."
    ),
    "wrong-type": gettext_noop(
        "Only text answers can be sent here. Please send the form without files."
    ),
    "no-files": gettext_noop(
        "Only text answers can be sent here. Please send the form without files."
    ),
    "length-missing": gettext_noop("Your browser did not say how much it sends. Nothing was kept."),
    "too-large": gettext_noop("This is too long to be sent at once. Please shorten it."),
    "form-too-large": gettext_noop(
        "This is too much to be sent at once: at most ten files, and no very large ones. Nothing "
        "was kept. Send less, and the rest later with the twelve words."
    ),
    "not-a-form": gettext_noop(
        "This did not arrive as the form of this page. Nothing was kept. Open the form again and "
        "send it from there."
    ),
    "no-mailbox": gettext_noop(
        "Nothing is known under these words, so nothing could be added. Compare each word with "
        "your paper."
    ),
    "withdrawn": gettext_noop(
        "Nothing was sent: with these twelve words everything was taken back before."
    ),
    "mailbox-full": gettext_noop(
        "What you sent before has not been fetched yet, and there is no more room. Nothing was "
        "kept; please send it again in a few days."
    ),
    "cut-short": gettext_noop(
        "The connection broke before everything arrived. Nothing was kept; please send it again."
    ),
    "too-slow": gettext_noop(
        "It arrived too slowly, and the connection was closed. Nothing was kept; please send it "
        "again, without files if you can."
    ),
    "intake-closed": gettext_noop(
        "No reports can be taken right now, because nobody could open them. Please come back later."
    ),
    "storage-full": gettext_noop(
        "The report could not be stored, and nothing of it was kept. Please try again in an hour."
    ),
    "storage-broken": gettext_noop(
        "The report could not be stored, and nothing of it was kept. Please try again in an hour."
    ),
    "words-shown": gettext_noop(
        "The twelve words are not shown any more. What you sent has arrived. If you did not write "
        "the words down, nobody can answer you here: please send it again."
    ),
    "busy": gettext_noop("Too many people are sending right now. Please try again in a minute."),
    "internal": gettext_noop("Something broke on our side. Please try again later."),
}


def sentence_of(refused: RefusedError) -> str:
    """Return what a person reads, in the language that is active."""
    return sentence_of_code(refused.code)


def sentence_of_code(code: str) -> str:
    """The same, for the code of a refusal."""
    return _(SENTENCES.get(code, SENTENCES["internal"]))


def answer_refusal(request: HttpRequest, refused: RefusedError) -> HttpResponse:
    """Return the answer: JSON on the paths that programs use, a page everywhere else."""
    response: HttpResponse
    if request.path.startswith(_PROGRAMS_ASK_HERE):
        response = JsonResponse(
            {
                "problem": refused.code,
                "expected": refused.expected,
                "got": refused.got,
                "next": refused.next_step,
            },
            status=refused.status,
        )
    else:
        language = language_of(request)
        with override(language):
            response = render(
                request,
                "intake/problem.html",
                {"language": language, "sentence": sentence_of(refused)},
                status=refused.status,
            )
    if refused.status in {503, 507}:
        response.headers["Retry-After"] = "60" if refused.code == "busy" else "3600"
    return response
