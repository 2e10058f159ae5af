"""A refusal: one clear sentence for people in their language, JSON for programs.

Neither ever repeats what was sent: a refused body may be a report in the clear.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from safelight.errors import SafelightError
from safelight.intake.languages import language_of

_PROGRAMS_ASK_HERE: Final = ("/mailbox/", "/collect", "/roster")

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
    "cut-short": gettext_noop(
        "The connection broke before everything arrived. Nothing was kept; please send it again."
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
    "busy": gettext_noop("Too many people are sending right now. Please try again in a minute."),
    "internal": gettext_noop("Something broke on our side. Please try again later."),
}


class RefusedError(SafelightError):
    """A request was not accepted. `code` is stable; programs may decide by it."""

    def __init__(self, status: int, code: str, *, expected: str, got: str, next_step: str) -> None:
        super().__init__(f"expected {expected}; got {got}; {next_step}")
        self.status = status
        self.code = code
        self.expected = expected
        self.got = got
        self.next_step = next_step

    def sentence(self) -> str:
        """What a person reads, in the language that is active."""
        return _(SENTENCES.get(self.code, SENTENCES["internal"]))


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
                {"language": language, "sentence": refused.sentence()},
                status=refused.status,
            )
    if refused.status in {503, 507}:
        response.headers["Retry-After"] = "60" if refused.code == "busy" else "3600"
    return response


def unknown_address() -> RefusedError:
    return RefusedError(
        404,
        "no-such-page",
        expected="an address this server has",
        got="another",
        next_step="see docs/how-to/run-a-server.md for the list",
    )


def wrong_method(allowed: str) -> RefusedError:
    return RefusedError(
        405,
        "wrong-method",
        expected=allowed,
        got="another method",
        next_step="ask again with an allowed method",
    )


def internal_error() -> RefusedError:
    return RefusedError(
        500,
        "internal",
        expected="an answer",
        got="an error in the server",
        next_step="try again later; the operator's log names the place",
    )
