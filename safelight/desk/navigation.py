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
    ("letters:queue", _("Letters")),
    ("followup:today", _("Today")),
    ("followup:search", _("Search")),
    ("outcomes", _("Outcomes")),
    ("partners:index", _("Lists")),
    ("linking", _("Linking")),
    ("release:index", _("Numbers")),
    ("team:index", _("Team")),
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
    launch = launch_of(request)
    # "No such page" is also shown to whoever was not let in, and tells them nothing.
    is_unlocked = is_held() and launch.knows(request.COOKIES.get(launch.cookie_name))
    return {
        "places": list(_places(request.path)) if is_unlocked else [],
        "is_unlocked": is_unlocked,
        "page_language": language,
        "other_language": ("en", "English") if language == "ru" else ("ru", "Русский"),
        "stay_at": _stay_at(request),
        "guided": launch.config.guided,
        "roster_warning": roster_warning(launch.config) if is_unlocked else None,
    }


def _stay_at(request: HttpRequest) -> str:
    """The address that shows this page again: one that was posted to may take nothing else."""
    if request.method == "GET":
        return request.get_full_path()
    return request.path[: request.path.rfind("/") + 1]


def _places(path: str) -> list[Place]:
    addresses = [(reverse(name), label) for name, label in _PLACES]
    return [Place(url, label, path.startswith(url)) for url, label in addresses]
