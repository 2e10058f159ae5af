"""The end of a case: looked at when it is due, then kept for a reason, or destroyed."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from safelight.casework.cases import check_open, open_case
from safelight.casework.followup.consents import today
from safelight.casework.followup.due import is_due
from safelight.casework.followup.rules import FollowUpError
from safelight.casework.withdrawals import RETENTION, destroy_case
from safelight.journal import content_keys


def destroy_due(case_id: str) -> None:
    """Destroy everything in a case whose review is due, as a withdrawal does; for ever.

    Raises `FollowUpError` for a case that is not due: before its day only the person decides.
    """
    with transaction.atomic():
        check_open(open_case(case_id))
        if not is_due(case_id, today=today()):
            raise FollowUpError(
                _("this case is not due yet; only the person can take it back before its day")
            )
        destroy_case(case_id, why=RETENTION, proof="")
    content_keys.finish_erasure()
