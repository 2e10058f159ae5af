"""Which of the two languages a page speaks: the address says so, else the browser."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest
from django.utils.translation.trans_real import parse_accept_lang_header

LANGUAGES: Final = ("ru", "en")
# Somebody whose browser names neither is more likely to read Russian here.
_OTHERWISE: Final = "ru"


def language_of(request: HttpRequest) -> str:
    """Return "ru" or "en": by the first step of the path, else by Accept-Language."""
    first = request.path.split("/", 2)[1]
    if first in LANGUAGES:
        return first
    for wanted, weight in parse_accept_lang_header(request.META.get("HTTP_ACCEPT_LANGUAGE", "")):
        base = wanted.partition("-")[0]
        if base in LANGUAGES and weight > 0:
            return base
    return _OTHERWISE
