"""What the frame of every page needs: where one can go, and in which language one reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from safelight.desk.launch import launch_of
from safelight.desk.roster_warning import roster_warning
from safelight.desk.sqlcipher.held_key import is_held

# URL name → what the link says.
_PLACES: Final[tuple[tuple[str, str | Promise], ...]] = (
    ("casework:inbox", _("Inbox")),
    ("partners:index", _("Lists")),
    ("release:index", _("Numbers")),
    ("journal", _("Journal")),
)


@dataclass(frozen=True, slots=True)
class Place:
    """One link of the navigation."""

    url: str
    label: str | Promise
    here: bool


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `places`, `is_unlocked`, `page_language`, `other_language`, `guided`…"""
    language = (get_language() or "en")[:2]
    return {
        "places": list(_places(request.path)) if is_held() else [],
        "is_unlocked": is_held(),
        "page_language": language,
        "other_language": ("en", "English") if language == "ru" else ("ru", "Русский"),
        "guided": launch_of(request).config.guided,
        "roster_warning": roster_warning(launch_of(request).config) if is_held() else None,
    }


def _places(path: str) -> list[Place]:
    addresses = [(reverse(name), label) for name, label in _PLACES]
    return [Place(url, label, path.startswith(url)) for url, label in addresses]
