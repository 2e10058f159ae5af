"""GET /<language>/help: who helps at once, as the operator's signed page says."""

from __future__ import annotations

import gzip
from functools import lru_cache

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import override

from safelight.intake.assets import compressed_if_wanted
from safelight.intake.refusal import wrong_method


def help_page(request: HttpRequest, language: str) -> HttpResponse:
    """The page, the same for everybody."""
    if request.method not in {"GET", "HEAD"}:
        raise wrong_method("GET")
    plain, packed = _page(language)
    return compressed_if_wanted(request, plain, packed, "text/html; charset=utf-8")


@lru_cache(maxsize=4)
def _page(language: str) -> tuple[bytes, bytes]:
    page = {"language": language, "page": "help"}
    with override(language):
        whole = render_to_string("intake/help.html", page).encode()
    return whole, gzip.compress(whole, 9, mtime=0)
