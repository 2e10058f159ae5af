"""What codes of coding twice are called on the pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from safelight.casework.agreement import kinds

KINDS: Final[Mapping[str, str | Promise]] = {
    kinds.DRAWN: _("a sample was drawn, to be coded twice"),
    kinds.CLOSED: _("a sample that was coded twice was closed"),
    kinds.DROPPED: _("a sample was given up"),
    kinds.CODED_AGAIN: _("a second person coded the case"),
}

READINGS: Final[Mapping[str, str | Promise]] = {
    "reliable": _("one may rely on it"),
    "tentative": _("only with caution"),
    "unreliable": _("do not publish it as it is"),
    "unknown": _("cannot be said"),
}

METRICS: Final[Mapping[str, str | Promise]] = {
    "nominal": _("the same or not"),
    "ordinal": _("steps of a ladder"),
    "masi": _("sets, by MASI"),
}

NO_ALPHA: Final[Mapping[str, str | Promise]] = {
    "too-few-units": _("too few cases"),
    "no-variation": _("everybody always chose the same, so chance cannot be told from skill"),
}

NO_INTERVAL: Final[Mapping[str, str | Promise]] = {
    "hardly-varies": _("it hardly varies: another sample could say anything"),
}
