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
    "list.imported": _("a list from outside was imported"),
    "list.forgotten": _("a list from outside was forgotten"),
}
