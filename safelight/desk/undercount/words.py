"""What the pages of all incidents call the families of methods, and what each rests on.

`undercount` speaks English on a terminal (`data/rules.yaml`); here are both languages.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FAMILIES: Final[Mapping[str, tuple[str | Promise, str | Promise]]] = {
    "independence": (
        _("independent lists"),
        _("Being on one list says nothing about being on another; all incidents are as visible."),
    ),
    "loglinear": (
        _("pairs of lists, chosen"),
        _("Only pairs of lists depend on each other, as the chosen model says."),
    ),
    "stepwise": (
        _("pairs of lists, step by step"),
        _("Only the pairs that stand out depend on each other."),
    ),
    "decomposable": (
        _("chains of lists, averaged"),
        _("Lists depend on each other along chains of groups, never all at once."),
    ),
    "latent-class": (
        _("hidden kinds of incidents"),
        _("Incidents are of a few kinds; within a kind the lists are independent."),
    ),
    "chao": (
        _("lower bound (Chao)"),
        _("Lists are independent among incidents of equal visibility; there are at least so many."),
    ),
    "chapman": (
        _("two lists (Chapman)"),
        _("Being on one list says nothing about the other, which two lists can never show."),
    ),
}
