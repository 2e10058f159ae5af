"""What codes of this room are called on its pages, in the page's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

UNITS: Final[Mapping[str, str | Promise]] = {
    "incident": _("incident"),
    "arrest-pair": _("arrest pair (one complaint with one arrest)"),
    "arrest": _("arrest"),
    "offence": _("offence"),
    "victim": _("victim"),
    "perpetrator": _("perpetrator"),
    "ruling": _("court ruling"),
    "crime": _("crime"),
}

DECISIONS: Final[Mapping[str, str | Promise]] = {
    "refused-rows": _("rows that were refused are left out"),
    "unknown-codes": _("codes the profile does not know count as no code"),
}

NO_ROW: Final[Mapping[str, str | Promise]] = {
    "no-act-code": _("none of its offences has an act code in our vocabulary"),
    "not-a-valid-row": _("a rule of the vocabulary forbids such a row"),
}

REFUSED: Final[Mapping[str, str | Promise]] = {
    "ragged": _("more or fewer cells than the header"),
    "id-missing": _("no id"),
    "id-shape": _("the id has another shape than this list's ids"),
    "id-damaged": _("the id was changed by a spreadsheet"),
    "unreadable": _("a date or number that cannot be read"),
    "not-in-our-codes": _("not in the codes of our vocabulary"),
}


# What the profile of a list in our own codes says of where it comes from, word for word.
UNNAMED_SOURCE: Final[Mapping[str, str | Promise]] = {
    "whoever keeps the list": _("whoever keeps the list"),
    "as agreed with whoever keeps the list": _("as agreed with whoever keeps the list"),
    "given by hand": _("given by hand"),
}


def called(names: Mapping[str, str | Promise], code: str) -> str:
    """Return what a code is called; an unknown code (from a newer desk) is shown as it is."""
    return str(names.get(code, code))
