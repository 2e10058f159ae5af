"""What the pages of row exchange say of refusals and of entries of the journal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

REFUSALS: Final[Mapping[str, str | Promise]] = {
    "not-an-edition": _("This file is not an edition of rows, or cannot be read."),
    "altered": _("The edition was cut or changed. Ask for it again."),
    "forged": _("The signature is not this partner's. Nothing was taken in."),
    "not-for-us": _("This edition is for another pair of organisations."),
    "not-opened": _("The edition does not open here. Ask for it again."),
    "older-edition": _(
        "A newer edition was taken in already. An older one brings back withdrawn rows."
    ),
    "stale": _("This edition is past its last day. Ask for a new one."),
    "not-compared": _("First take this partner's card, and compare the code by voice."),
    "card": _("This file is not a card. Ask the partner for it again."),
    "days": _("The number of days does not fit."),
    "no-file": _("No file was chosen."),
    "too-large": _("The file is too large for this page; use the command."),
}

HISTORY: Final[Mapping[str, str | Promise]] = {
    "exchange.sent": _("sent"),
    "exchange.taken": _("taken in"),
}
