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
    "desk.restored": _("the desk was restored from a backup, as a new one"),
    "desk.continued": _("the desk went on under a new name, with a new chain"),
    "desk.caught-up": _("what colleagues wrote since has come, or nobody else has a desk"),
    "backup.key-made": _("a key for backups was made"),
    "backup.made": _("a backup was made and read again"),
    "backup.key-written": _("a key for backups was written to a file"),
    "backup.key-destroyed": _("the files with a key for backups were destroyed"),
    "case.shares": _("the keys of a case were cut into two shares"),
    "case.two-person": _("a case was marked: only two people together open it"),
    "case.two-person-ended": _("two people ended the mark of a case"),
    "case.unseal-asked": _("somebody asked to open a marked case"),
    "case.unseal-released": _("a second person released a marked case"),
    "case.unseal-refused": _("a second person refused to open a marked case"),
    "counsellor.vouched": _("the desk vouched for a counsellor of circles"),
    "desk.simulated": _("the desk's cases are invented: it ran as a demo"),
    "release.reviewer-enrolled": _("a second person was enrolled"),
    "release.proposed": _("a release was proposed"),
    "release.audited": _("a release was attacked by the program"),
    "release.approved": _("a release was approved by a second person"),
    "release.turned-down": _("a release was turned down"),
    "release.published": _("a release was published"),
    "release.corrected": _("a release was corrected by a later one"),
    "release.withdrawn": _("a release was withdrawn"),
    "release.document": _("the document of a release was sent to colleagues"),
    "release.budget-proposed": _("a privacy budget was proposed to the team"),
    "release.budget-set": _("the privacy budget was set"),
    "release.budget-spent": _("privacy loss was spent on a release"),
    "list.imported": _("a list from outside was imported"),
    "list.forgotten": _("a list from outside was forgotten"),
    "exchange.sent": _("rows were shared with a partner"),
    "exchange.taken": _("rows of a partner were taken in; they replace the earlier ones"),
    "exchange.ended": _("the exchange with a partner ended; their rows were deleted"),
    "overlap.offered": _("a list was offered, blinded, to a private overlap"),
    "overlap.counted": _("the counts of a private overlap were taken in"),
}
