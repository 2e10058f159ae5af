"""A batch from a colleague's desk: entries into the journal, and the tables after them."""

from __future__ import annotations

from django.db import transaction

from safelight.casework.projecting import is_case_id, project_all
from safelight.casework.team import restored
from safelight.casework.team.backup_keys import retire_backup_keys
from safelight.casework.team.judging import judge
from safelight.casework.withdrawals import erase_case
from safelight.journal import content_keys
from safelight.journal.batch import Batch
from safelight.journal.exchange import admit, subjects_of
from safelight.journal.merging import Taken


def take_in_batch(batch: Batch) -> Taken:
    """Take a batch in, destroy what it orders to destroy, show the rest; all or nothing.

    Also cases whose entries were known already: their keys or contents may have come only now.
    """
    with transaction.atomic():
        taken = admitted(batch)
    content_keys.finish_erasure()
    return taken


def admitted(batch: Batch) -> Taken:
    """The same inside the caller's transaction; call `finish_erasure()` after its commit."""
    taken = admit(batch)
    passed_over = judge(taken.new)
    for entry in taken.new:
        # Of cases only: an order about anything else (the rules, a place) would destroy its words.
        if (
            entry.kind == "case.destroyed"
            and is_case_id(entry.subject)
            and (entry.desk, entry.seq) not in passed_over
        ):
            erase_case(entry.subject, str(entry.body.get("mailbox", "")))
    project_all([*subjects_of(taken.new), *(key.subject for key in batch.keys)])
    if taken.new:
        retire_backup_keys()  # also one that came after what it does not survive
    restored.note_what_came()
    return taken
