"""What is written down while a case is followed. Subject is the case; all words are content."""

from __future__ import annotations

from typing import Final

ASSIGNED: Final = "case.assigned"
TASK: Final = "case.task"
TASK_DONE: Final = "case.task-done"
TASK_MOVED: Final = "case.task-moved"
CONTACT: Final = "case.contact"
TOLD: Final = "case.told"
DEADLINE: Final = "case.deadline"
DEADLINE_MET: Final = "case.deadline-met"
KEPT: Final = "case.kept"
CONSENT: Final = "case.consent"
CONSENT_ENDED: Final = "case.consent-ended"
REFERRED: Final = "case.referred"
HANDED: Final = "case.handed"
REFERRAL_OUTCOME: Final = "case.referral-outcome"
REFERRAL_REFUSED: Final = "case.referral-refused"
# Of a place one refers to; the subject is the place.
PLACE_ENTERED: Final = "place.entered"
PLACE_REMOVED: Final = "place.removed"
# Of what must be asked back from a receiver; the subject is random.
RECALL_NEEDED: Final = "recall.needed"
RECALL_DONE: Final = "recall.done"

# What was handed over cannot be taken back by undoing: a referral ends with an outcome
# ("nothing was handed over after all"), which can be undone.
UNDOABLE: Final = frozenset(
    {
        ASSIGNED,
        TASK,
        TASK_DONE,
        TASK_MOVED,
        CONTACT,
        TOLD,
        DEADLINE,
        DEADLINE_MET,
        KEPT,
        CONSENT,
        CONSENT_ENDED,
        REFERRAL_OUTCOME,
        REFERRAL_REFUSED,
    }
)
