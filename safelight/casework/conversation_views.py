"""Writing to a reporter and saving what a reporter sent."""

from __future__ import annotations

import io
import re
from typing import Final
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from safelight.casework import answers, cases, inbox, unproven
from safelight.casework.mail_server import MailServer
from safelight.casework.opening_views import opened_first
from safelight.errors import SafelightError
from safelight.journal.chain import desk_key
from safelight.vocabulary.messages import FileHeader, MessageError

_SERVER: Final = "safelight.server"  # the WSGI environment's key; set by `safelight desk run`
# Names that a file may keep when it is saved: anything else is replaced, so that no name can
# hide its kind (right-to-left marks), run (.desktop) by a double click on itself, or be a path.
_UNSAFE: Final = re.compile(r"[^\w .()\[\]-]")


class NoServerError(SafelightError):
    """Sending was asked for on a desk that was started without a server."""


@require_POST
def write_answer(request: HttpRequest, case_id: str) -> HttpResponse:
    """Write an answer; it waits until the next fetch, and can be undone until then."""
    text, status = request.POST.get("text", ""), request.POST.get("status", "")
    try:
        answers.write_answer(case_id, text=text, status=status)
    except MessageError as error:
        problem = (
            _("This answer is too long for one envelope; shorten it or send it in two parts.")
            if error.problem == "size"
            else _("Write a text, or choose how far you are.")
        )
        # The text is given back: what somebody typed must not be lost over its length.
        context = {"case_id": case_id, "problem": problem, "text": text}
        return render(request, "casework/answer_refused.html", context, status=422)
    return redirect(f"{reverse('casework:case', args=[case_id])}#conversation")


@require_POST
def send_now(request: HttpRequest, case_id: str) -> HttpResponse:
    """Post every answer that waits."""
    address = request.META.get(_SERVER)
    if not address:
        raise NoServerError(
            _("this desk was started without a server; start it with --server to send answers")
        )
    answers.send_waiting(MailServer(str(address), desk_key()))
    return redirect(f"{reverse('casework:case', args=[case_id])}#conversation")


@require_POST
@opened_first
def save_file(request: HttpRequest, case_id: str, digest: str) -> HttpResponse:
    """Hand a reporter's file to the browser to save: never shown, never run, never guessed at.

    A POST, so that no link and no history entry can fetch it by itself.
    """
    now = cases.standing_of(cases.open_case(case_id))
    turn = next((t for t in now.conversation if t.key == digest and t.kind == "file"), None)
    if turn is None or now.state == "locked":
        raise cases.CaseNotFoundError(_("there is no such file in this case; reload the page"))
    return _as_attachment(digest, saved_name(turn.name), is_proven=True)


@require_http_methods(["GET", "POST"])
@opened_first
def unproven_page(request: HttpRequest, case_id: str, digest: str) -> HttpResponse:
    """Show one message or file apart that nobody proved to be the reporter's. POST saves a file."""
    envelope = unproven.one_unproven(cases.standing_of(cases.open_case(case_id)), digest)
    if envelope is None:
        raise cases.CaseNotFoundError(_("there is no such message with this case; reload the page"))
    said = inbox.read_apart(envelope)
    is_file = isinstance(said, FileHeader)
    if request.method == "POST" and isinstance(said, FileHeader):
        name = saved_name(said.name, whose="unproven")
        return _as_attachment(digest, name, is_proven=False)
    context = {"case_id": case_id, "envelope": envelope, "said": said, "is_file": is_file}
    return render(request, "casework/unproven.html", context)


def _as_attachment(digest: str, name: str, *, is_proven: bool) -> HttpResponse:
    sink = io.BytesIO()
    inbox.write_file(digest, sink, is_proven=is_proven)
    response = HttpResponse(sink.getvalue(), content_type="application/octet-stream")
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    # Belt and braces: a browser that shows it all the same may run nothing in it.
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def saved_name(untrusted: str, *, whose: str = "from-reporter") -> str:
    """Return a file's name as it is saved: harmless characters, and marked as a stranger's."""
    return f"{whose}-" + _UNSAFE.sub("_", untrusted).strip(". ") + ".untrusted"
