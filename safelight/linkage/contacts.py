"""Phone numbers and profile handles in one form each, for comparison only."""

from __future__ import annotations

import re
from typing import Final

_LEAST_DIGITS: Final = 6
_LONGEST_NATIONAL: Final = 10
_SITE: Final = re.compile(
    r"^(?:https?://)?(?:www\.|m\.)?(?:vk\.com|vkontakte\.ru|t\.me|telegram\.me|instagram\.com|"
    r"facebook\.com|ok\.ru|twitter\.com|x\.com|tiktok\.com|youtube\.com)/+"
)


def phone(cell: str) -> str | None:
    """The last ten digits: with or without +7, 8 or blanks it is the same phone."""
    digits = re.sub(r"\D", "", cell)
    return digits[-_LONGEST_NATIONAL:] if len(digits) >= _LEAST_DIGITS else None


def handle(cell: str) -> str | None:
    """A profile's own name: without the site's address, "@", dots and case."""
    text = _SITE.sub("", cell.strip().casefold())
    text = text.split("?", 1)[0].split("#", 1)[0].strip("/@ ")
    bare = re.sub(r"[._\-]", "", text)
    return bare or None
