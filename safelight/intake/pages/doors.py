"""The first page, with its three doors: one request, and nothing else is ever loaded for it."""

from __future__ import annotations

import gzip
from functools import lru_cache

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve
from django.utils.translation import override

from safelight.intake.addresses import PUBLISHED, address
from safelight.intake.assets import compressed_if_wanted
from safelight.intake.pages.languages import language_of
from safelight.intake.refusal import wrong_method


def first_page(request: HttpRequest, language: str | None = None) -> HttpResponse:
    """GET /, /ru/ and /en/: what happens here, and where to go; the same for everybody."""
    if request.method not in {"GET", "HEAD"}:
        raise wrong_method("GET")
    plain, packed = _page(language or language_of(request))
    return compressed_if_wanted(request, plain, packed, "text/html; charset=utf-8")


@lru_cache(maxsize=2)
def _page(language: str) -> tuple[bytes, bytes]:
    published = f"/{PUBLISHED}/{language}/index.html"
    page = {
        "language": language,
        "page": "",
        "upload": _answers(address(language, "upload")),
        "published": published if _answers(published) else "",
    }
    with override(language):
        whole = render_to_string("intake/doors.html", page).encode()
    return whole, gzip.compress(whole, 9, mtime=0)


def _answers(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return False
    return True
