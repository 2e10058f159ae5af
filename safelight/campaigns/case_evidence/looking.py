"""Look at a file of a case: parsed in the sandbox; only pixels and plain text come out."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from PIL import Image

from safelight.campaigns.case_evidence import keeping
from safelight.campaigns.case_evidence.deciding import standing
from safelight.campaigns.case_evidence.models import EvidenceThumbnail
from safelight.campaigns.case_evidence.problems import EvidenceFileError
from safelight.campaigns.case_evidence.refusals import in_words
from safelight.campaigns.case_evidence.reporter_files import (
    files_of_reporter,
    on_this_desk,
    write_clear,
)
from safelight.campaigns.case_evidence.shown import frame_of, is_closed
from safelight.campaigns.case_evidence.workplace import private_folder
from safelight.casework.cases import CaseNotFoundError
from safelight.casework.opening_views import opened_first
from safelight.errors import SafelightError
from safelight.evidence.problems import EvidenceError
from safelight.evidence.sandbox.opened import Opened, Page
from safelight.evidence.sandbox.opening import open_hostile
from safelight.evidence.sandbox.problems import SandboxError

_MOST_TEXT: Final = 100_000
_SMALL: Final = (640, 400)
_MOST_OF_A_SMALL_ONE: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Looked:
    """One page of a file as it may be seen. `name` and `text` are a stranger's words."""

    name: str = field(repr=False)
    digest: str
    opened: Opened
    page: Page | None


def look_at(case_id: str, item: str, *, page: int) -> Looked:
    """Open one page of a file of this case in the sandbox.

    Raises `CaseNotFoundError` for a file that is not here, `EvidenceError` for one that is not
    shown.
    """
    now, evidence = standing(case_id)
    own = evidence.item(item)
    sent = next((one for one in files_of_reporter(now) if one.envelope == item), None)
    is_here = bool(keeping.here([item])) if own else bool(sent and on_this_desk([sent]))
    if not is_here:
        raise CaseNotFoundError(_("there is no such file on this desk; reload the page"))
    with private_folder() as place:
        target = place / "file"
        if own is not None:
            _written(item, target)
            name = own.name
        else:
            assert sent is not None
            write_clear(sent, target)
            name = sent.name
        opened = open_hostile(target, first_page=page, pages=1)
    return Looked(name, opened.sha256, opened, opened.pages[0] if opened.pages else None)


def _written(item: str, target: Path) -> None:
    with target.open("xb") as sink:
        for piece in keeping.pieces_of(item):
            sink.write(piece)


def as_png(page: Page, *, small: bool) -> bytes:
    """Return the pixels as a picture that we made ourselves."""
    picture = Image.frombytes("RGB", (page.width, page.height), page.pixels)
    if small:
        # The top of a long page: what a reader sees first.
        picture = picture.crop((0, 0, page.width, min(page.height, page.width * 5 // 8 + 1)))
        picture.thumbnail(_SMALL)
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=1)
    return out.getvalue()


def _page_number(request: HttpRequest) -> int:
    text = request.GET.get("page", "0")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0


@require_GET
@opened_first
def look_page(request: HttpRequest, case_id: str, item: str) -> HttpResponse:
    """One page of a file, as pixels."""
    if is_closed(case_id):
        return redirect("casework:case", case_id=case_id)
    frame, _now, _followed = frame_of(case_id, here="evidence")
    number = _page_number(request)
    try:
        looked = look_at(case_id, item, page=number)
    except (EvidenceError, SandboxError) as refusal:
        context = frame | {"problem": in_words(refusal)}
        return render(request, "evidence/look.html", context, status=422)
    picture = ""
    if looked.page is not None:
        encoded = base64.b64encode(as_png(looked.page, small=False)).decode("ascii")
        picture = f"data:image/png;base64,{encoded}"
    opened = looked.opened
    return render(
        request,
        "evidence/look.html",
        frame
        | {
            "looked": looked,
            "picture": picture,
            "number": number + 1,
            "count": opened.page_count,
            "before": number - 1 if number else None,
            "after": number + 1 if number + 1 < opened.page_count else None,
            "text": opened.text[:_MOST_TEXT],
            "conversation": opened.conversation,
            "item": item,
        },
    )


@require_GET
@opened_first
def pixels(request: HttpRequest, case_id: str, item: str) -> HttpResponse:
    """A small picture of the top of a file's first page."""
    if is_closed(case_id):
        return redirect("casework:case", case_id=case_id)
    picture = small_picture(case_id, item)
    return HttpResponse(picture, content_type="image/png") if picture else HttpResponse(status=404)


def small_picture(case_id: str, item: str) -> bytes:
    """The small picture of a file: made once in the sandbox, then kept; empty where it has none.

    Raises `CaseNotFoundError` for a file that is not here.
    """
    kept = EvidenceThumbnail.objects.filter(item=item, picture__case_id=case_id).first()
    if kept is not None:
        try:
            return keeping.read_whole(kept.picture_id, at_most=_MOST_OF_A_SMALL_ONE)
        except EvidenceFileError:
            kept.picture.delete()  # under a key that is away, or changed: made anew
    try:
        looked = look_at(case_id, item, page=0)
    except (EvidenceError, SandboxError):
        return b""  # perhaps no sandbox now, or a slow moment: nothing is kept of that
    if looked.page is None:
        return b""
    picture = as_png(looked.page, small=True)
    try:
        with transaction.atomic():
            made = keeping.keep(case_id, io.BytesIO(picture))
            EvidenceThumbnail.objects.create(item=item, picture_id=made.item)
    except (IntegrityError, SafelightError):
        pass  # another tab was first, or the case's key is away: it is shown all the same
    return picture
