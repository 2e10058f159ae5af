"""The tables of `models`, made from the journal: after each decision for one case, or all."""

from __future__ import annotations

from collections.abc import Iterable

from safelight.casework.folding import CaseNow, entry_name
from safelight.casework.letters.models import AgreedLetter, LetterLine
from safelight.casework.letters.standing import LetterNow, is_letter, letter_now
from safelight.journal.content import Told

_URGENT: str = "urgent"


def project_letter(now: CaseNow, story: Iterable[Told]) -> None:
    """Bring the tables up to date for one case, inside the caller's transaction."""
    told = list(story)
    if not is_letter(now):
        _forget(now.case_id)
        return
    letter = letter_now(now, told)
    _project_agreed(now, letter, told)
    if now.state == "set-aside":
        LetterLine.objects.filter(case_id=now.case_id).delete()
        return
    offered = letter.draft(letter.offered)
    proposal = letter.proposal
    LetterLine.objects.update_or_create(
        case_id=now.case_id,
        defaults={
            "state": letter.state,
            "holder": letter.holder,
            "author": offered.desk if offered else "",
            "place": _place(now, letter),
            "received_on": now.received_on,
            "has_news": letter.has_news and bool(letter.answered),
            "due": min((one.due for one in letter.open_escalations), default=None),
            "proposed_by": proposal.desk if proposal and not proposal.agreed_by else "",
        },
    )


def _place(now: CaseNow, letter: LetterNow) -> int:
    if letter.urgent:
        return 0
    return 1 if now.lane == _URGENT else 2


def _project_agreed(now: CaseNow, letter: LetterNow, story: list[Told]) -> None:
    agreed = letter.published
    # Locked: somebody says the person withdrew. Until a person has decided, nothing is published.
    if agreed is None or agreed.agreed_at is None or now.state == "locked":
        AgreedLetter.objects.filter(case_id=letter.case_id).delete()
        return
    content = next(one.entry.content for one in story if entry_name(one.entry) == agreed.entry)
    AgreedLetter.objects.update_or_create(
        case_id=letter.case_id,
        defaults={
            "letter_id": agreed.letter_id,
            "content": content,
            "month": agreed.agreed_at.date().replace(day=1),
        },
    )


def forget_letters() -> None:
    """Empty the tables, before all cases are projected anew."""
    LetterLine.objects.all().delete()
    AgreedLetter.objects.all().delete()


def _forget(case_id: str) -> None:
    LetterLine.objects.filter(case_id=case_id).delete()
    AgreedLetter.objects.filter(case_id=case_id).delete()
