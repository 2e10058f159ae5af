"""What the server forgets by itself, once a day.

There is no timer: the first request of a new day (UTC) that may write does it, or the next
worker to begin, as each lives ten minutes. Deleted are uploads of more than seven days ago,
digests of envelopes as old, what waited only for a desk that has left, and mailboxes that
nobody has written to for as many days as the operator chose. A report that no desk has
ever fetched, and a withdrawal that a desk does not know yet, are never deleted by age.
A clock that jumped by more than a month deletes nothing on the day it shows.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from django.db import connection

from safelight.intake import collection, day
from safelight.intake.configuration import limits
from safelight.intake.conversation import empty_mailbox
from safelight.intake.current_roster import current_roster
from safelight.intake.forgetting import ROWS, forget_what_is_owed, forget_what_was_deleted, owe
from safelight.intake.models import HighestSeen
from safelight.intake.pieces import delete_run
from safelight.intake.refusal import RefusedError
from safelight.intake.storage import durable_write, look_over, readable

UPLOAD_DAYS: Final = 7
_TIDIED: Final = "tidied"
_LONGEST_SLEEP: Final = 31
# So that no write waits long for a turn.
_AT_ONCE: Final = 100


def tidy_once_a_day() -> None:
    """Tidy if this server has not done so today."""
    forget_what_is_owed()
    today = day.today()
    with readable():
        done = HighestSeen.objects.filter(name=_TIDIED).values_list("value", flat=True).first()
    now = today.toordinal()
    if done == now:
        return
    with durable_write():
        HighestSeen.objects.update_or_create(name=_TIDIED, defaults={"value": now})
    look_over(whole=True)
    # A wrong clock must not empty the server; if it is right, tomorrow is soon enough.
    usual = done is not None and 0 < now - done <= _LONGEST_SLEEP
    if usual and tidy(today, mailbox_days=limits().mailbox_days) + _left_for_nobody(today):
        forget_what_was_deleted()


def _left_for_nobody(today: date) -> int:
    try:
        roster = current_roster().roster
    except RefusedError:
        return 0  # who is a desk will be known another day
    usable = [desk.name for desk in roster.usable_desks(today)]
    return collection.forget_what_all_have(usable_desks=usable)


def tidy(today: date, *, mailbox_days: int) -> int:
    """Delete what has had its time; return how many uploads and mailboxes went."""
    gone = 0
    while some := _old_uploads(today - timedelta(days=UPLOAD_DAYS)):
        gone += some
    while some := _old_mailboxes(today - timedelta(days=mailbox_days)):
        gone += some
    return gone


def _old_uploads(last_day: date) -> int:
    with durable_write(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM intake_accepted WHERE day < %s", [last_day])
        digests = int(cursor.rowcount)
        cursor.execute(
            "SELECT key, kept FROM intake_upload WHERE day < %s LIMIT %s", [last_day, _AT_ONCE]
        )
        old = cursor.fetchall()
        for key, kept in old:
            if not kept:  # what is kept belongs to an envelope, and goes with it
                delete_run(cursor, key)
            cursor.execute("DELETE FROM intake_upload WHERE key = %s", [key])
        if old or digests:
            owe(ROWS)
    return len(old)


def _old_mailboxes(last_day: date) -> int:
    with durable_write(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT key FROM intake_mailbox m WHERE last_day < %s AND proof = '' AND NOT EXISTS "
            "(SELECT 1 FROM intake_heldenvelope e WHERE e.mailbox_id = m.key AND NOT EXISTS "
            "(SELECT 1 FROM intake_acknowledgement a WHERE a.envelope_id = e.key)) LIMIT %s",
            [last_day, _AT_ONCE],
        )
        old = [key for (key,) in cursor.fetchall()]
        for key in old:
            empty_mailbox(cursor, key)
            cursor.execute("DELETE FROM intake_withdrawalseen WHERE mailbox_id = %s", [key])
            cursor.execute("DELETE FROM intake_mailbox WHERE key = %s", [key])
    return len(old)
