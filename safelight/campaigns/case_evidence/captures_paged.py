"""The captures of a case in pages: one address that is looked at each hour makes hundreds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.core.paginator import Paginator
from django.http import QueryDict

from safelight.campaigns.case_evidence.shown import ShownCapture

PER_PAGE: Final = 50


def captures_paged(untrusted_asked: QueryDict, captures: Sequence[ShownCapture]) -> dict[str, Any]:
    """One page of the captures, and one of the looks of which nothing came, the newest first.

    `page` and `same` are their numbers; `capture` leads to the pages on which that one stands,
    whatever else is asked.
    """
    listed = [one for one in captures if not one.is_quiet_look]
    quiet = [one for one in captures if one.is_quiet_look]
    of_listed, of_quiet = (_number_of(untrusted_asked, some) for some in (listed, quiet))
    return {
        "listed": Paginator(listed, PER_PAGE).get_page(of_listed or untrusted_asked.get("page")),
        "quiet": Paginator(quiet, PER_PAGE).get_page(of_quiet or untrusted_asked.get("same")),
        "quiet_is_open": "same" in untrusted_asked or of_quiet is not None,
    }


def _number_of(untrusted_asked: QueryDict, captures: Sequence[ShownCapture]) -> int | None:
    name = untrusted_asked.get("capture")
    places = (n for n, one in enumerate(captures) if one.capture.capture == name)
    return next((1 + place // PER_PAGE for place in places), None)
