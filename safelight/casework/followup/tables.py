"""The tables of `models`, made from the journal: after each decision for one case, or all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from safelight.casework.folding import CaseNow
from safelight.casework.followup import kinds
from safelight.casework.followup.following import FollowUp, follow
from safelight.casework.followup.models import (
    AgreedPurpose,
    FollowedCase,
    OpenTask,
    Place,
    Recall,
)
from safelight.casework.followup.rules import codes
from safelight.journal.chain import told
from safelight.journal.content import Told
from safelight.journal.content_keys import destroy, is_destroyed
from safelight.journal.models import JournalEntry

# What the subjects of places begin with; a case's id has no dash.
PLACE_SUBJECT: Final = "place-"
RECALL_SUBJECT: Final = "recall-"


def project_followup(now: CaseNow, story: Iterable[Told]) -> FollowUp:
    """Bring the tables up to date for one case, inside the caller's transaction."""
    followed = follow(now, story)
    if not now.is_open:
        _forget(now.case_id)
        return followed
    case_id = now.case_id
    FollowedCase.objects.update_or_create(case_id=case_id, defaults=_line(followed))
    _tasks(followed)
    _consents(followed)
    return followed


def forget_followups() -> None:
    """Empty the tables, before all cases are projected anew."""
    for table in (FollowedCase, OpenTask, AgreedPurpose):
        table.objects.all().delete()


def is_ours(subject: str) -> bool:
    """Whether a subject of the journal is a place or a recall, and no case."""
    return subject.startswith((PLACE_SUBJECT, RECALL_SUBJECT))


def project_ours(subject: str) -> None:
    """Bring the tables up to date for a place or a recall."""
    if subject.startswith(PLACE_SUBJECT):
        project_place(subject)
    else:
        project_recall(subject)


def project_recall(subject: str) -> None:
    """Keep a recall in the list until some desk says that it is done."""
    said = {one.entry.kind for one in told(subject)}
    if kinds.RECALL_DONE in said:
        if not is_destroyed(subject):  # a colleague's desk did it
            destroy([subject])
        Recall.objects.filter(subject=subject).delete()
    elif kinds.RECALL_NEEDED in said:
        Recall.objects.get_or_create(subject=subject)


def project_place(place_id: str) -> None:
    """Bring the directory up to date for one place: the last entry about it counts."""
    story = told(place_id)
    last = last_words(story)
    if (
        last is None
        or last.content is None
        or str(last.content.get("helper")) not in codes("helpers")
    ):
        Place.objects.filter(place_id=place_id).delete()
        return
    line = {
        "content": last.entry.content,
        "helper": str(last.content["helper"]),
        "removed": story[-1].entry.kind == kinds.PLACE_REMOVED,
    }
    Place.objects.update_or_create(place_id=place_id, defaults=line)


def last_words(story: Sequence[Told]) -> Told | None:
    """The last entry that says what a place is; None when its words have not come."""
    entered = (one for one in reversed(story) if one.entry.kind == kinds.PLACE_ENTERED)
    return next((one for one in entered if one.content is not None), None)


def rebuild_ours() -> None:
    """Make the directory and the recalls anew from the journal."""
    Place.objects.all().delete()
    Recall.objects.all().delete()
    first = JournalEntry.objects.filter(kind__in=[kinds.PLACE_ENTERED, kinds.RECALL_NEEDED])
    for subject in dict.fromkeys(first.order_by("clock", "desk").values_list("subject", flat=True)):
        project_ours(subject)


def _forget(case_id: str) -> None:
    for table in (FollowedCase, OpenTask, AgreedPurpose):
        table.objects.filter(case_id=case_id).delete()


def _line(followed: FollowUp) -> dict[str, Any]:
    review = followed.review
    return {
        "desk": followed.desk,
        "review_on": review.on if review else None,
        "review_rule": review.rule if review else "",
        "urgent_until": followed.urgent_until,
        "answered": followed.answered,
        "status": followed.status,
    }


def _tasks(followed: FollowUp) -> None:
    # A case that is set aside keeps its tasks but calls for nothing.
    calls = followed.state in {"new", "coded"}
    wanted = {task.entry: task for task in followed.open_tasks} if calls else {}
    known = {row.entry: row for row in OpenTask.objects.filter(case_id=followed.case_id)}
    gone = [entry for entry in known if entry not in wanted]
    if gone:
        OpenTask.objects.filter(entry__in=gone).delete()
    for entry, task in wanted.items():
        line = {
            "case_id": followed.case_id,
            "content": task.content,
            "kind": task.kind,
            "due": task.due,
            "desk": task.desk or followed.desk,
        }
        row = known.get(entry)
        if row is None or any(getattr(row, name) != value for name, value in line.items()):
            OpenTask.objects.update_or_create(entry=entry, defaults=line)


def _consents(followed: FollowUp) -> None:
    purposes = {one.purpose for one in followed.consents}
    wanted = {name: until for name in purposes if (until := followed.until(name)) is not None}
    rows = AgreedPurpose.objects.filter(case_id=followed.case_id)
    known = dict(rows.values_list("purpose", "until"))
    if known == wanted:
        return
    rows.delete()
    AgreedPurpose.objects.bulk_create(
        AgreedPurpose(case_id=followed.case_id, purpose=purpose, until=until)
        for purpose, until in wanted.items()
    )
