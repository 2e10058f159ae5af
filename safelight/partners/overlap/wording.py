"""What a refusal says on the desk's pages, in the page's language, by its code.

The refusal's own sentence, with numbers, stands below it in English.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ACCIDENT: Final = "accident"

REFUSALS: Final[Mapping[str, str | Promise]] = {
    "accident": _("Something went wrong inside the desk. Nothing half-done was kept."),
    "overlap": _("This step cannot be done now. Nothing was changed."),
    "terms": _("The terms or a card cannot be taken: they break a rule, or hold another card."),
    "not-agreed": _("The code is not that of these terms. Ask the convener for both again."),
    "result": _("The counts cannot be true. Begin a new session, with another relay."),
    "malformed": _("The list cannot be read as a table. Mend it and offer it again."),
    "other-unit": _("The units differ: lists of different units cannot overlap."),
    "undersized": _("The list has fewer records than the terms ask for."),
    "over-quota": _("The list has more records than the terms allow."),
    "duplicates": _("A key stands on several rows. Link the list within itself first."),
    "too-common": _("A key is too common to tell records apart. Agree on a finer one."),
    "no-key": _("No row of the list has a key."),
    "not-paid": _("The privacy ledger cannot pay for this noise. Nothing was offered."),
    "not-a-message": _("This file is not a message of a private overlap, or cannot be read."),
    "truncated": _("The message is cut. Ask for it again."),
    "altered": _("The message was changed on its way. Ask for it again."),
    "forged": _("The signature does not fit: somebody else wrote this message, or changed it."),
    "other-session": _("This message belongs to another session."),
    "not-for-us": _("This message is for somebody else."),
    "out-of-order": _("Another message comes first."),
    "replayed": _("This message was taken in before; nothing is taken twice."),
    "other-commitments": _("Somebody was shown other commitments. Stop, talk, begin anew."),
    "not-committed": _("A list is not the one that was committed to. Begin anew."),
    "wrong-size": _("A list is longer or shorter than was agreed."),
    "not-a-point": _("A list holds something that is no blinded record. Begin anew."),
    "duplicated": _("A record or a message stands twice. Begin anew."),
    "not-opened": _("The message is not sealed to this desk. Ask for it again."),
}
