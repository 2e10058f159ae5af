"""The log of revisions: every release of this desk, why it came, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from safelight.release.draft import Revision
from safelight.release.models import Proposal
from safelight.release.proposal import MoveReason, ProposalState
from safelight.vocabulary.wording import Wording

FIRST: Final = Wording(ru="первый выпуск", en="first release")
NEW_NUMBERS: Final = Wording(ru="новые числа", en="new numbers")
# Published as they stand, in both languages, whatever the language of the desk.
_CORRECTS: Final[Mapping[MoveReason, Wording]] = {
    MoveReason.CODING_CORRECTED: Wording(
        ru="исправление: исправлена кодировка", en="correction: coding was corrected"
    ),
    MoveReason.LATE_REPORTS: Wording(
        ru="исправление: поздно пришедшие сообщения", en="correction: reports came in late"
    ),
    MoveReason.LIST_CORRECTED: Wording(
        ru="исправление: список исправлен его хозяевами",
        en="correction: a list was corrected by its owner",
    ),
    MoveReason.CONSENT_WITHDRAWN: Wording(
        ru="исправление: отозвано согласие", en="correction: consent was withdrawn"
    ),
}
_WITHDRAWN: Final = Wording(ru="; позже отозван", en="; withdrawn later")


def revision_log(today: date, *, reason: MoveReason | None) -> tuple[Revision, ...]:
    """Every release published so far and the next one, which comes for `reason`."""
    before = Proposal.objects.filter(published_on__isnull=False).order_by(
        "published_on", "published_number"
    )
    log: list[Revision] = []
    for proposal in before.only("published_on", "reason", "state"):
        told = _said(proposal.reason, first=not log)
        if ProposalState(proposal.state) is ProposalState.WITHDRAWN:
            told = Wording(told.ru + _WITHDRAWN.ru, told.en + _WITHDRAWN.en)
        log.append(Revision(len(log) + 1, _day(proposal.published_on), told))
    said = _said(reason.value if reason else "", first=not log)
    return (*log, Revision(len(log) + 1, today, said))


def _day(day: date | None) -> date:
    assert day is not None  # filtered above
    return day


def _said(reason: str, *, first: bool) -> Wording:
    if reason:
        return _CORRECTS[MoveReason(reason)]
    return FIRST if first else NEW_NUMBERS
