"""What has had its time goes by itself, on the first request of a day; nothing else ever does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support.live_server import Keeper
from tests.support.server_in_one_process import run_lines

LINES = """
from datetime import timedelta
from django.db import connection
from safelight.intake import collection, conversation, day, tidying, uploads
from safelight.intake.current_roster import current_roster
from safelight.intake.mailboxes import Door, keep, keep_later
from safelight.sealing.envelope import Envelope
from safelight.sealing.receipt import Receipt
from safelight.sealing.seal import seal_bytes

start = day.today()
recipients = current_roster().roster.recipients(start)
def envelope(content=b"r"):
    return Envelope.parse(seal_bytes(content, recipients))
def opened(number, when=start):
    receipt = Receipt(bytes([number]) * 16)
    keep(envelope(), mailbox_id=receipt.mailbox_id, verifier=receipt.verifier, day=when)
    return receipt
def state(receipt):
    return conversation.status_of(Door.by_key(receipt.mailbox_id, receipt.auth_key)).state
def fetch_all(desk="desk-1"):
    lines, _ = collection.waiting_for(desk, after=0)
    collection.acknowledge(desk, [one.envelope_id for one in lines], usable_desks=["desk-1"])
def on(days):
    with mock.patch.object(day, "today", lambda: start + timedelta(days=days)):
        tidying.tidy_once_a_day()
def count(table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM intake_{table}")
        return cursor.fetchone()[0]
def owed():
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM intake_highestseen WHERE name LIKE '%anew'")
        return sorted(name for (name,) in cursor.fetchall())
"""


def test_an_upload_lives_seven_days_and_is_resumed_until_then(tmp_path: Path) -> None:
    found: dict[str, Any] = run_lines(
        tmp_path,
        Keeper.with_desks(),
        LINES
        + """
receipt, sealed = Receipt(bytes(16)), envelope().sealed
door = Door(receipt.mailbox_id, receipt.verifier, True)
def begin():
    return uploads.create(name=uploads.name_of(), kind="whole", length=len(sealed), day=start,
                          door=door, digest="", work=4).name
resumed, left = begin(), begin()
for name in (resumed, left):
    uploads.append(name, offset=0, sealed=sealed[:11_000])
on(0), on(1)
# After a day: the client asks where it stands and goes on.
now = uploads.append(resumed, offset=uploads.found(resumed).received, sealed=sealed[11_000:])
uploads.finish(now, day=start + timedelta(days=1), sizes=uploads.sizes_up_to(2**20))
results["resumed"] = state(receipt)
on(7)
results["day 7"] = [count("upload"), count("piece")]
on(8)
results["day 8"] = [count("upload"), count("piece"), count("heldenvelope")]
""",
    )
    assert found["resumed"] == "open"
    assert found["day 7"] == [2, 3]
    # The envelope keeps its bytes, though the record of its upload went.
    assert found["day 8"] == [0, 2, 1]


def test_a_quiet_mailbox_goes_after_the_operators_days_and_a_used_one_stays(
    tmp_path: Path,
) -> None:
    found: dict[str, Any] = run_lines(
        tmp_path,
        Keeper.with_desks(),
        LINES
        + """
import os
from safelight.intake import forgetting
os.environ["SAFELIGHT_SERVER_MAILBOX_DAYS"] = "20"
quiet, used, gone = opened(1), opened(2), opened(3)
fetch_all()
conversation.withdraw(Door.by_key(gone.mailbox_id, gone.auth_key), proof=bytes(32), day=start)
on(0)
keep_later(envelope(b"more"), mailbox_id=used.mailbox_id, key=used.auth_key,
           day=start + timedelta(days=10))
fetch_all("desk-2")
unfetched = opened(4)
results["accepted"] = count("accepted")
on(20)
results["day 20"] = [state(one) for one in (quiet, used, unfetched, gone)]
forgetting._LAST.clear()
forgetting.forget_what_was_deleted()
results["owed"] = [owed()]
# Killed between the deletion and what follows it.
with mock.patch.object(tidying, "forget_what_was_deleted"):
    on(21)
results["owed"].append(owed())
results["day 21"] = [state(one) for one in (quiet, used, unfetched, gone)]
results["accepted later"] = count("accepted")
collection.acknowledge_withdrawals("desk-1", [gone.mailbox_id.hex()], usable_desks=["desk-1"])
on(22)
results["day 22"] = [state(one) for one in (quiet, used, unfetched, gone)]
on(40)
results["day 40"] = [state(used), state(unfetched), count("piece")]
""",
    )
    assert found["day 20"] == ["open", "open", "open", "withdrawn"]
    # A withdrawal stays until each desk knows.
    assert found["day 21"] == ["none", "open", "open", "withdrawn"]
    assert found["day 22"] == ["none", "open", "open", "none"]
    assert (found["accepted"], found["accepted later"]) == (1, 0)
    assert found["day 40"][0] == "none"
    assert found["owed"] == [[], ["intake-anew", "keys-anew"]]


def test_digests_that_go_alone_are_owed_a_writing_anew_too(tmp_path: Path) -> None:
    found: dict[str, Any] = run_lines(
        tmp_path,
        Keeper.with_desks(),
        LINES
        + """
receipt = opened(1)
keep_later(envelope(b"more"), mailbox_id=receipt.mailbox_id, key=receipt.auth_key, day=start)
on(0), on(7)
results["day 7"] = [count("accepted"), owed()]
on(8)
results["day 8"] = [count("accepted"), owed()]
""",
    )
    assert found["day 7"] == [1, []]
    assert found["day 8"] == [0, ["intake-anew"]]


def test_what_no_desk_has_fetched_is_never_deleted_by_age(tmp_path: Path) -> None:
    found: dict[str, Any] = run_lines(
        tmp_path,
        Keeper.with_desks(),
        LINES
        + """
import os
os.environ["SAFELIGHT_SERVER_MAILBOX_DAYS"] = "20"
receipt = opened(1)
for days in range(0, 300, 30):
    on(days)
results["state"] = [state(receipt), count("piece")]
""",
    )
    assert found["state"] == ["open", 1]


def test_a_clock_that_is_wrong_by_a_year_deletes_nothing(tmp_path: Path) -> None:
    found: dict[str, Any] = run_lines(
        tmp_path,
        Keeper.with_desks(),
        LINES
        + """
receipt = opened(1)
fetch_all()
on(0), on(500), on(0), on(-500), on(0)
results["jumped"] = state(receipt)
on(1)
results["then"] = state(receipt)
# If the clock was right after all, the second day tidies.
on(501), on(502)
results["at last"] = state(receipt)
""",
    )
    assert (found["jumped"], found["then"], found["at last"]) == ("open", "open", "none")
