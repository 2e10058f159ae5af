"""Name what came from the team's side and was not taken in: once each, with how often.

Codes and desks only. A hostile server can send as much as it likes, so the list has an end.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from django.db.models import F

from safelight.casework.team.models import NamedProblem

MOST_PROBLEMS: Final = 1000
# Mails: what is wrong with the whole of it.
NOT_OPENED: Final = "not-opened"  # not an envelope, damaged, or not sealed to this desk
UNREADABLE: Final = "unreadable-mail"  # sealed to this desk, but no mail of this format
STRANGER: Final = "stranger-mail"  # from a desk that no statement names
FORGED: Final = "forged-mail"  # not signed by the desk it says it is from
FOR_ANOTHER: Final = "for-another"  # written to another desk and sealed anew to this one
LEFT: Final = "left"  # written after its desk's last day
REPLAYED: Final = "replayed"  # taken in and deleted before, and here again
ACCIDENT: Final = "accident"  # could not be taken in, for a reason nobody foresaw
ALTERED: Final = "altered"  # came with other bytes than the server's list says
# And the reasons of `journal.merging.REASONS`, for single entries; "statement-" and the name of
# a `TeamStatementError`, for statements that came with a mail.


def name_problem(reason: str, *, desk: str = "", through: str = "", seq: int = 0) -> None:
    """Note a problem: `desk` wrote it (as it says), it came with a mail of `through`."""
    today = datetime.now(UTC).date()
    known = NamedProblem.objects.filter(reason=reason, desk=desk, through=through, seq=seq)
    if known.update(times=F("times") + 1, on=today):
        return
    if NamedProblem.objects.count() >= MOST_PROBLEMS:
        desk, seq = "", 0
        known = NamedProblem.objects.filter(reason=reason, desk="", through=through, seq=0)
        if known.update(times=F("times") + 1, on=today):
            return
    NamedProblem.objects.create(reason=reason, desk=desk, through=through, seq=seq, on=today)
