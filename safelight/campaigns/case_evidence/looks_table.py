"""Which looks of this desk are due, and what they found: made from the journal, for Today.

Kept in tables as no desk could open every case to ask. Codes, days and ids only; what is looked
at is read from the journal when its time has come. A case that is closed, set aside, or opens to
two people only has no line here, so nothing looks for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from safelight.campaigns.case_evidence import kinds
from safelight.campaigns.case_evidence.comparing import before_of, change_of
from safelight.campaigns.case_evidence.models import DueLook, LookFound
from safelight.campaigns.case_evidence.schedules import due_of
from safelight.campaigns.case_evidence.standing import ASKED, Capture, EvidenceNow, evidence_of
from safelight.casework.folding import CaseNow
from safelight.casework.projecting import Projection
from safelight.journal.chain import desk_key
from safelight.journal.content import Told

# A case that somebody set aside is none of our work any more; taken back, it goes on.
LOOKED_FOR: Final = frozenset({"new", "coded"})


def project_looks(now: CaseNow, story: Iterable[Told]) -> None:
    """Bring both tables up to date for one case, inside the caller's transaction."""
    told = list(story)
    goes_on = now.is_open and any(one.entry.kind == kinds.SCHEDULED for one in told)
    evidence = evidence_of(now, told) if goes_on else EvidenceNow(now.case_id)
    desk = desk_key().desk if goes_on else ""
    _project_due(now, evidence, desk)
    _project_found(now, evidence, desk)


def _project_due(now: CaseNow, evidence: EvidenceNow, desk: str) -> None:
    mine = [one for one in evidence.schedules if one.desk == desk and one.stands]
    due = {one: due_of(one, evidence.looks_of(one)) for one in mine}
    left = {one: at for one, at in due.items() if at is not None and now.state in LOOKED_FOR}
    known = DueLook.objects.filter(case_id=now.case_id)
    known.exclude(schedule__in=[one.schedule for one in left]).delete()
    stands = {row.schedule: (row.desk, row.due, row.every_hours, row.until) for row in known}
    for one, at in left.items():
        if stands.get(one.schedule) != (one.desk, at, one.every_hours, one.until):
            DueLook.objects.update_or_create(
                schedule=one.schedule,
                defaults={
                    "case_id": now.case_id,
                    "desk": one.desk,
                    "due": at,
                    "every_hours": one.every_hours,
                    "until": one.until,
                },
            )


def _project_found(now: CaseNow, evidence: EvidenceNow, desk: str) -> None:
    found = {
        one.capture: one
        for one in evidence.captures
        if one.schedule and one.state != ASKED and one.desk == desk
        if not (one.is_read or one.seen)
    }
    known = LookFound.objects.filter(case_id=now.case_id)
    known.exclude(capture__in=list(found)).delete()
    stands = {row.capture: (row.before, row.became) for row in known}
    for name, one in found.items():
        before = before_of(evidence, one)
        line = (before.capture if before else "", became(before, one))
        if stands.get(name) != line:
            LookFound.objects.update_or_create(
                capture=name,
                defaults={"case_id": now.case_id, "before": line[0], "became": line[1]},
            )


def became(before: Capture | None, one: Capture) -> str:
    """What became of the page of a capture that ended, since the one before (`before_of`); ""
    where there is none to compare with, and "unreachable" for a look to which no page came.
    """
    if before is None:
        return "" if one.has_page else "unreachable"
    return change_of(before, one).value


def forget_looks() -> None:
    """Empty both tables, before all cases are projected anew."""
    DueLook.objects.all().delete()
    LookFound.objects.all().delete()


# Named in the desk's settings; `casework.projecting` calls it (docs/adr/0023).
PROJECTION: Final = Projection(project_looks, forget_looks)
