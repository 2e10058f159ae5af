"""Every address of the intake."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.http.response import HttpResponseBase
from django.urls import URLPattern, include, path, re_path

from safelight.intake import asking_work, assets
from safelight.intake.addresses import EXIT, PAGES
from safelight.intake.pages import doors, help_page, leaving, receipts, writing
from safelight.intake.pages.inline_parts import DOORS
from safelight.intake.pages.shown_briefly import LAST_STEP
from safelight.intake.pocket import upload as pocket_upload

_LANGUAGE: Final = r"^(?P<language>ru|en)/"
_EXIT: Final = EXIT.removeprefix("/")


def _page(
    view: Callable[..., HttpResponseBase], page: str, more: str = "", **facts: str
) -> URLPattern:
    return re_path(rf"{_LANGUAGE}{PAGES[page]}{more}$", view, facts)


urlpatterns = [
    path("", doors.first_page),
    _page(doors.first_page, ""),
    *(_page(writing.form, door, door=door) for door in DOORS),
    _page(writing.words, "words", rf"/(?P<token>{LAST_STEP})"),
    _page(help_page.help_page, "help"),
    _page(receipts.receipt_page, "receipt"),
    _page(receipts.receipt_page, "receipt", rf"/(?P<token>{LAST_STEP})"),
    _page(pocket_upload.upload_page, "upload"),
    path("", include("safelight.intake.mailbox_urls")),
    path("work", asking_work.work),
    path("roster", assets.signed_roster),
    re_path(r"^roster/(?P<number>[0-9]{1,4})$", assets.roster_part),
    path(_EXIT, leaving.leave),
    re_path(rf"^{_EXIT}/(?P<token>{LAST_STEP})$", leaving.leave),
    re_path(r"^static/(?P<name>[a-z0-9.-]{1,64})$", assets.static_file),
]
