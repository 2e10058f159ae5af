"""What a person brings to a case: addresses to capture, a login for them, files.

A refusal shows the page that the form stood on: somebody in the middle of an emergency must not
find themselves on another one.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import BinaryIO, Final, cast

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from safelight.campaigns.case_evidence import deciding, emergency_pages, runs
from safelight.campaigns.case_evidence.arriving import (
    ArrivalError,
    ArrivingFiles,
    Telling,
    taken_out_of,
)
from safelight.campaigns.case_evidence.capture_work import begin_captures, login_of
from safelight.campaigns.case_evidence.deciding import EvidenceRefusedError
from safelight.campaigns.case_evidence.pages import back, page, wait
from safelight.campaigns.case_evidence.shown import DATA, ways_out_of
from safelight.casework.opening_views import opened_first
from safelight.evidence.capture.login import LONGEST, Cookie

# What is larger than this is sealed while the page is shown again.
AT_ONCE: Final = 16 * 1024 * 1024


def _refused(
    request: HttpRequest, case_id: str, problem: str, *, status: int, links: str = ""
) -> HttpResponse:
    if request.POST.get("back") == "emergency":
        return emergency_pages.page(request, case_id, problem=problem, status=status, links=links)
    return page(request, case_id, problem=problem, status=status, links=links)


@require_POST
@opened_first
def capture_pages(request: HttpRequest, case_id: str) -> HttpResponse:
    """Begin to capture the addresses of the form."""
    ways, problem = ways_out_of(request)
    words = " ".join(request.POST.getlist("urls")).split()
    if not problem:
        try:
            login = _login_in(request)
            begin_captures(case_id, words, ways, language=get_language() or "en", login=login)
        except (EvidenceRefusedError, runs.TooManyRunsError) as refusal:
            problem = str(refusal)
    if problem:
        return _refused(request, case_id, problem, status=422, links="\n".join(words))
    if request.POST.get("back") == "emergency":
        return back(request, case_id, "capture")  # the other steps go on meanwhile
    return wait(request, case_id)


def _login_in(request: HttpRequest) -> tuple[Cookie, ...]:
    """The login that a form brings, if any; it stays in memory (`desk.uploads`)."""
    chosen = request.FILES.get("cookies")
    return () if chosen is None else login_of(chosen.read(LONGEST + 1))


@require_POST
@opened_first
def add_file(request: HttpRequest, case_id: str) -> HttpResponse:
    """Put files beside the case. What is large is sealed in the queue; the page says how far."""
    arriving = ArrivingFiles(_folder_of(request))
    request.upload_handlers = [arriving]
    chosen = request.FILES.getlist("files")
    problem, status = "" if chosen else _("choose a file first"), 422
    if arriving.trouble is not None:
        problem, status = str(arriving.trouble), 507 if arriving.is_out_of_room else 413
    large = [one for one in chosen if (one.size or 0) > AT_ONCE]
    if not problem:
        try:
            for one in chosen:
                if one not in large:
                    content = cast(BinaryIO, taken_out_of(one))
                    deciding.add_file(case_id, one.name or "", one.content_type or "", content)
            for one in large:
                _begin_adding(case_id, one)
        except (EvidenceRefusedError, runs.TooManyRunsError) as refusal:
            problem = str(refusal)
    if problem:
        return _refused(request, case_id, problem, status=status)
    return wait(request, case_id) if large else back(request, case_id, "files")


def _folder_of(request: HttpRequest) -> Path:
    """Where files wait, sealed: in the desk's own folder, whose disk they go to anyway."""
    return Path(request.META.get(DATA) or tempfile.gettempdir())


def _begin_adding(case_id: str, one: UploadedFile) -> None:
    name, media_type, size = one.name or "", one.content_type or "", one.size or 0
    spool = taken_out_of(one)

    def tell(done: int) -> None:
        if runs.is_left():
            raise ArrivalError(_("the desk was locked: nothing of the file was kept"))
        runs.tell("sealing", done=done, size=size)

    def work() -> None:
        with spool:
            told = Telling(spool, tell)
            deciding.add_large_file(case_id, name, media_type, cast(BinaryIO, told))

    runs.begin(case_id, "file", "", work)
