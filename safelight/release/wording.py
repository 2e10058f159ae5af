"""What the numbers pages say of states, findings and hidden cells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from safelight.release.completeness import Finding
from safelight.release.disclosure import Why
from safelight.release.proposal import MoveReason, ProposalState
from safelight.release.table import LeftOut

STATES: Final[Mapping[str, str | Promise]] = {
    ProposalState.PROPOSED: _("did not pass the audit"),
    ProposalState.AUDITED: _("waits for a second person"),
    ProposalState.APPROVED: _("approved, not yet published"),
    ProposalState.PUBLISHED: _("published"),
    ProposalState.TURNED_DOWN: _("turned down"),
    ProposalState.CORRECTED: _("published, corrected by a later one"),
    ProposalState.WITHDRAWN: _("published, then withdrawn"),
}

REASON: Final[Mapping[str, str | Promise]] = {
    MoveReason.NUMBERS_WRONG: _("the numbers are wrong"),
    MoveReason.SAYS_TOO_MUCH: _("they say too much about somebody"),
    MoveReason.NOT_NEEDED: _("not needed"),
    MoveReason.CODING_CORRECTED: _("coding was corrected"),
    MoveReason.LATE_REPORTS: _("reports came in late"),
    MoveReason.LIST_CORRECTED: _("a list was corrected by its owner"),
    MoveReason.CONSENT_WITHDRAWN: _("consent was withdrawn"),
    MoveReason.DANGER: _("they put somebody in danger"),
}

WHY: Final[Mapping[str, str | Promise]] = {
    Why.SMALL: _("hidden: small"),
    Why.FOR_ANOTHER: _("hidden: protects another"),
}

LEFT_OUT: Final[Mapping[str, str | Promise]] = {
    LeftOut.REFUTED: _("refuted"),
    LeftOut.DUPLICATE: _("counted already under another row"),
    LeftOut.NO_CONSENT: _("no consent to be counted"),
    LeftOut.CONSENT_WITHDRAWN: _("consent withdrawn"),
    LeftOut.CONSENT_EXPIRED: _("consent expired"),
    LeftOut.OUTSIDE_PERIOD: _("outside the period"),
}

FINDINGS: Final[Mapping[str, str | Promise]] = {
    Finding.NO_LISTS: _("There is no list in this release."),
    Finding.LIST_TWICE: _("A list stands in it twice."),
    Finding.UNDECLARED_COLUMN: _(
        "A row or column is not one of the declared codes. Free text is never released."
    ),
    Finding.NO_UNIT: _("A table does not say what it counts."),
    Finding.NO_COVERAGE: _("The coverage is missing: which places, people and years it could see."),
    Finding.NO_NAME: _("A list has no name in both languages."),
    Finding.NO_PERIOD: _("The period is missing, or ends after the as-of date."),
    Finding.NO_VERIFICATION: _("The verification mix is missing or does not add up."),
    Finding.NO_LINKAGE: _("The linkage method is missing."),
    Finding.NO_DATA_HASH: _("The digest of the counted rows is missing."),
    Finding.NO_CODE_VERSION: _("The version of the program is missing."),
    Finding.NO_REVISION: _("The log of revisions is missing or has a gap."),
    Finding.SUMS: _("A row or column does not add up to its total."),
    Finding.SMALL_CELL: _("A number below the threshold would be published."),
    Finding.GIVEN_AWAY: _("A hidden number can be computed from what is published."),
    Finding.CHANGE: _(
        "Subtracted from an earlier release it shows a change of a few incidents. Wait until more "
        "have come in."
    ),
    Finding.EXACT_AFTER_NOISE: _(
        "Numbers of these years went out with noise. Exact ones would take the noise off."
    ),
    Finding.NOT_PAID_FOR: _("The ledger does not show that its privacy loss was spent."),
    Finding.NOT_OF_ITS_NOISE: _("The numbers are not those that follow from its noise."),
    Finding.NO_INTERVAL: _("A number has no interval, or lies outside of it."),
    Finding.NAMED: _("A program can name a small number almost surely. The noise is too little."),
}
