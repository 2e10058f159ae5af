"""A seed photo and what looks like it, side by side: pixels that came out of the sandbox."""

from __future__ import annotations

import io
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET
from PIL import Image

from safelight.campaigns.case_campaign.deciding import standing
from safelight.campaigns.case_evidence.looking import look_at
from safelight.campaigns.case_evidence.shown import is_closed
from safelight.campaigns.photos.pixels import Box
from safelight.casework.opening_views import opened_first
from safelight.evidence.problems import EvidenceError
from safelight.evidence.sandbox.opened import Page
from safelight.evidence.sandbox.problems import SandboxError

_SMALL: Final = (480, 480)


@require_GET
@opened_first
def seed_picture(request: HttpRequest, case_id: str, item: str) -> HttpResponse:
    """The photo that was searched for."""
    return _picture(case_id, item, page=0, box=None)


@require_GET
@opened_first
def found_picture(request: HttpRequest, case_id: str, find: str) -> HttpResponse:
    """The part of a captured picture that looks like it."""
    if is_closed(case_id):
        return redirect("casework:case", case_id=case_id)
    found = standing(case_id)[2].find(find)
    if found is None or found.box is None:
        return HttpResponse(status=404)
    return _picture(case_id, found.item, page=found.page, box=found.box)


def _picture(case_id: str, item: str, *, page: int, box: Box | None) -> HttpResponse:
    if is_closed(case_id):
        return redirect("casework:case", case_id=case_id)
    try:
        looked = look_at(case_id, item, page=page)
    except (EvidenceError, SandboxError):
        return HttpResponse(status=404)
    if looked.page is None:
        return HttpResponse(status=404)
    return HttpResponse(small_png(looked.page, box), content_type="image/png")


def small_png(page: Page, box: Box | None) -> bytes:
    """Return a page, or a part of it, as a small picture that we made ourselves."""
    picture = Image.frombytes("RGB", (page.width, page.height), page.pixels)
    if box is not None:
        right, bottom = min(box.right, page.width), min(box.bottom, page.height)
        # A colleague's desk may name a part that this picture has not.
        if box.left < right and box.top < bottom:
            picture = picture.crop((box.left, box.top, right, bottom))
    picture.thumbnail(_SMALL)
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=1)
    return out.getvalue()
