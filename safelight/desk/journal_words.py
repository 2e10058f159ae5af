"""What every room's journal entries are called on the journal page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from safelight.casework.wording import KINDS as CASEWORK

KINDS: Final[Mapping[str, str | Promise]] = {
    **CASEWORK,
    "desk.made": _("the desk was set up"),
    "desk.enrolled": _("a colleague's desk was taken into the team"),
    "team.accepted": _("a team statement was accepted"),
    "desk.simulated": _("the desk's cases are invented: it ran as a demo"),
    "release.reviewer-enrolled": _("a second person was enrolled"),
    "release.proposed": _("a release was proposed"),
    "release.audited": _("a release was attacked by the program"),
    "release.approved": _("a release was approved by a second person"),
    "release.turned-down": _("a release was turned down"),
    "release.published": _("a release was published"),
    "list.imported": _("a list from outside was imported"),
    "list.forgotten": _("a list from outside was forgotten"),
}
