"""What was handed over and must be asked back, because the person withdrew.

A withdrawal destroys the case, and with it the knowledge of whom to ask. So before the keys go,
the desk that referred writes down the reference and the place, under a key and a subject of its
own: nothing joins it to the case but the hour. Once the receiver was told, that key is destroyed
as well.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from safelight.casework.folding import fold
from safelight.casework.followup import kinds
from safelight.casework.followup.following import follow
from safelight.casework.followup.models import Recall
from safelight.casework.followup.rules import FollowUpError
from safelight.casework.followup.tables import RECALL_SUBJECT, project_recall
from safelight.journal import content_keys
from safelight.journal.chain import append, desk_key, told
from safelight.journal.content import Told


@dataclass(frozen=True, slots=True)
class ToAskBack:
    """One referral to be asked back: by its reference, from a place."""

    subject: str
    place: str
    reference: str
    day: str


def note_recalls(case_id: str) -> int:
    """Write down what this desk handed over of a case that is about to be destroyed.

    Inside the caller's transaction, while the contents still open. Returns how many.
    """
    story: list[Told] = []
    ends: list[Told] = []
    for one in told(case_id):
        (ends if one.entry.kind == "case.destroyed" else story).append(one)
    if any(one.entry.body.get("why") == "retention" for one in ends):
        return 0  # its time was over, and the receiver's is what the consent says
    now = fold(case_id, story)
    if now is None or not now.is_open:
        return 0
    own = desk_key().desk
    gone = [one for one in follow(now, story).referrals if one.handed and one.desk == own]
    for referral in gone:
        subject = RECALL_SUBJECT + secrets.token_hex(8)
        said = {
            "place": referral.place_name,
            "reference": referral.reference,
            "day": referral.at.date().isoformat(),
        }
        append(kinds.RECALL_NEEDED, {}, subject=subject, content=said)
        project_recall(subject)
    return len(gone)


def to_ask_back() -> list[ToAskBack]:
    """Everything that is still to be asked back, the first first."""
    found = []
    for subject in Recall.objects.order_by("pk").values_list("subject", flat=True):
        said = next((one.content for one in told(subject) if one.content is not None), None)
        if said is not None:
            found.append(ToAskBack(subject, said["place"], said["reference"], said["day"]))
    return found


def forget_recall(subject: str) -> None:
    """Say that the receiver was told, and destroy what was kept for it; for ever."""
    with transaction.atomic():
        if not Recall.objects.filter(subject=subject).exists():
            raise FollowUpError(_("this was asked back already; reload the page"))
        append(kinds.RECALL_DONE, {}, subject=subject)
        content_keys.destroy([subject])
        project_recall(subject)
    content_keys.finish_erasure()
