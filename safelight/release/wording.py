"""What the numbers pages say of states, findings and hidden cells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from safelight.release.audit import Finding
from safelight.release.disclosure import Why
from safelight.release.proposal import ProposalState
from safelight.release.table import LeftOut

STATES: Final[Mapping[str, str | Promise]] = {
    ProposalState.PROPOSED: _("did not pass the audit"),
    ProposalState.AUDITED: _("waits for a second person"),
    ProposalState.APPROVED: _("approved, not yet published"),
    ProposalState.PUBLISHED: _("published"),
    ProposalState.TURNED_DOWN: _("turned down"),
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
}
