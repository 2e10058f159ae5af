"""GET /work: the challenge that an upload is paid with (`safelight/intake/work.py`)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse

from safelight.intake.refusal import wrong_method
from safelight.intake.work import new_challenge


def work(request: HttpRequest) -> HttpResponse:
    """A challenge at the price of this moment."""
    if request.method != "GET":
        raise wrong_method("GET")
    return JsonResponse(new_challenge().as_json())
