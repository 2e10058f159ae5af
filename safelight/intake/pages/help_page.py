"""Who helps at once, from the operator's signed list.

The list is `help.json` beside the roster. One that is missing, forged, expired or older
than one shown before is not shown, and the page says so: it is never broken. All regions
stand on one page, so that nobody has to ask the server for theirs.
"""

from __future__ import annotations

import gzip
import logging
from functools import lru_cache
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from safelight.intake import day
from safelight.intake.assets import compressed_if_wanted
from safelight.intake.configuration import configured
from safelight.intake.refusal import wrong_method
from safelight.intake.shown_versions import last_shown, note_shown
from safelight.sealing.help_list import HelpList, HelpListError, verified_help_list
from safelight.sealing.root_key import parse_root

FILE_NAME: Final = "help.json"
_LARGEST: Final = 256 * 1024
_SEEN: Final = "help"
_LOG: Final = logging.getLogger("safelight.intake")


def help_page(request: HttpRequest, language: str) -> HttpResponse:
    """The page, the same for everybody."""
    if request.method not in {"GET", "HEAD"}:
        raise wrong_method("GET")
    plain, packed = _page(language, _current_list())
    return compressed_if_wanted(request, plain, packed, "text/html; charset=utf-8")


@lru_cache(maxsize=4)  # two languages, this list and the one before; public
def _page(language: str, listed: HelpList | None) -> tuple[bytes, bytes]:
    regions = []
    if listed is not None:
        regions = [
            {
                "name": region.name.in_language(language),
                "helpers": [
                    {
                        "name": helper.name.in_language(language),
                        "what": helper.what.in_language(language),
                        "how": helper.how.in_language(language),
                    }
                    for helper in region.helpers
                ],
            }
            for region in listed.regions
        ]
    page: dict[str, Any] = {"language": language, "page": "help", "regions": regions}
    with override(language):
        if listed is not None:
            page["until"] = _("List %(version)d, shown until %(day)s.") % {
                "version": listed.version,
                "day": date_format(listed.expires, "j E Y"),
            }
        whole = render_to_string("intake/help.html", page).encode()
    return whole, gzip.compress(whole, 9, mtime=0)


def _current_list() -> HelpList | None:
    """Return the list to show today; None if there is none that may be shown."""
    path = configured().roster.with_name(FILE_NAME)
    try:
        with path.open("rb") as file:
            signed = file.read(_LARGEST)
    except OSError:
        return None
    try:
        seen = last_shown(_SEEN)
        listed = verified_help_list(
            signed,
            root=parse_root(configured().root_hex),
            today=day.today(),
            last_seen_version=seen,
        )
        if seen != listed.version:
            note_shown(_SEEN, listed.version)
    except HelpListError as reason:
        _log_once(str(reason))
        return None
    return listed


@lru_cache(maxsize=8)
def _log_once(reason: str) -> None:
    _LOG.error("help.refused reason=%s", reason)
