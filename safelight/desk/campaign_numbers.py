"""Tables about smear campaigns that a person may let out with the desk's own list.

They are small numbers about people who were exposed once already, so they go out only where
somebody ticks them, over the whole period, and under the same rule, audit and second person as
everything else. Each incident stands in one place of each table: an incident with five notices
to platforms is one incident, or one person could fill a cell alone.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from django.utils.translation import gettext as _

from safelight.campaigns.notices.recording import outcomes_by_case
from safelight.casework.followup.consents import today
from safelight.casework.rows import row_ids
from safelight.pipeline import MoreTables
from safelight.release.counts import ReleaseError
from safelight.release.dimensions import NOTICE_TABLES, NOTICES, SMEAR_TABLES

SMEAR: Final = "smear"
NOTICE: Final = "notices"
ABOUT: Final = (SMEAR, NOTICE)


def more_tables(about: Collection[str]) -> MoreTables:
    """The tables of the own list that were chosen, with what is known besides its rows."""
    if not set(about) <= set(ABOUT):
        raise ReleaseError(_("expected choices of the page; go back and reload it"))
    cross = (*(SMEAR_TABLES if SMEAR in about else ()), *(NOTICE_TABLES if NOTICE in about else ()))
    if NOTICE not in about:
        return MoreTables(cross)
    rows = row_ids()
    came = outcomes_by_case(on=today())
    known = {
        name: {
            rows[case_id]: by_kind[kind.value]
            for case_id, by_kind in came.items()
            if case_id in rows and kind.value in by_kind
        }
        for name, kind in NOTICES.items()
    }
    return MoreTables(cross, known)
