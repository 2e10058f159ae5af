"""Leave at once, to a page nobody asks about."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from safelight.intake.configuration import configured
from safelight.intake.pages.shown_briefly import forget
from safelight.intake.refusal import wrong_method


def leave(request: HttpRequest, token: str | None = None) -> HttpResponse:
    """303 to the operator's neutral page, and the browser is told to forget what was here.

    With the `token` of a page that is shown briefly: that page ends.
    """
    if request.method not in {"GET", "HEAD"}:
        raise wrong_method("GET")
    if token is not None:
        forget(token)
    response = HttpResponse(status=303)
    response.headers["Location"] = configured().exit_to
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return response
