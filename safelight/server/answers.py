"""What every answer carries, and how a refusal becomes an answer."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Final

from django.http import HttpRequest, HttpResponse

from safelight.circles.page import CirclePage
from safelight.intake.pages.inline_parts import script_source, style_source
from safelight.intake.pages.refusal_page import answer_refusal
from safelight.intake.refusal import RefusedError, internal_error, unknown_address
from safelight.server.logs import SERVER, error_and_place
from safelight.server.published import POLICY, PublishedFile, PublishedPieces

HEADERS: Final[Mapping[str, str]] = {
    # Inside a page only the one style and the one script with these hashes; no frame, font or
    # other host; forms go only to us. Images only from inside the page: its empty icon, without
    # which browsers ask for /favicon.ico, and which they would otherwise complain about.
    "Content-Security-Policy": (
        f"default-src 'none'; script-src 'self' {script_source()}; style-src {style_source()}; "
        "img-src data:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), browsing-topics=()",
    # Nothing of a visit stays in a cache, and Back asks us again.
    "Cache-Control": "no-store",
    # One answer per connection: requests are not tied together (DESIGN, the 12 KB rule).
    "Connection": "close",
    # granian writes its name where this is missing; it keeps an empty one.
    "Server": "",
}


class EveryAnswer:
    """Outermost: sets the headers, and turns a `RefusedError` from a view into its answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers[name] = value
        if isinstance(response, PublishedFile | PublishedPieces):
            response.headers["Content-Security-Policy"] = POLICY
        if isinstance(response, CirclePage):
            response.headers["Content-Security-Policy"] = response.policy
        if not response.streaming:
            response.headers["Content-Length"] = str(len(response.content))
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse:
        if isinstance(error, RefusedError):
            return answer_refusal(request, error)
        SERVER.error("request.broken %s", error_and_place(error))
        return answer_refusal(request, internal_error())


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    del exception  # its text repeats the path
    return answer_refusal(request, unknown_address())


def not_understood(request: HttpRequest, exception: Exception) -> HttpResponse:
    del exception
    return answer_refusal(request, unknown_address())


def broken(request: HttpRequest) -> HttpResponse:
    """An error outside the views, in a middleware or in Django itself."""
    SERVER.error("request.broken %s", error_and_place(sys.exc_info()[1]))
    return answer_refusal(request, internal_error())
