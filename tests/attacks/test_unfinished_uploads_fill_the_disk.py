"""Threat: unfinished-uploads-fill-the-disk: Somebody begins uploads and never ends them; together
they hold no more than a limit, the oldest go first, and whoever ends one is kept.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support.live_server import Keeper
from tests.support.server_in_one_process import run_lines

LINES = """
from datetime import timedelta
from django.db import connection
from safelight.intake import day, uploads
from safelight.intake.current_roster import current_roster
from safelight.intake.mailboxes import Door
from safelight.intake.refusal import RefusedError
from safelight.sealing.receipt import Receipt
from safelight.sealing.seal import seal_bytes

today = day.today()
def begin(when=today, receipt=None, length=32 * 1024 * 1024):
    door = receipt and Door(receipt.mailbox_id, receipt.verifier, True)
    return uploads.create(name=uploads.name_of(), kind="whole" if door else "partial",
                          length=length, day=when, door=door, digest="", work=4).name
def held():
    with connection.cursor() as cursor:
        cursor.execute("SELECT COALESCE(SUM(length(sealed)), 0) FROM intake_piece")
        return cursor.fetchone()[0]
def there(name):
    return uploads.looked_up(name) is not None
"""


def test_a_flood_of_beginnings_stays_below_the_limit_and_hides_nobody(tmp_path: Path) -> None:
    found: dict[str, Any] = run_lines(
        tmp_path,
        Keeper.with_desks(),
        LINES
        + """
mib = 1024 * 1024
with mock.patch.object(uploads, "MOST_UNFINISHED", 4 * mib), \\
     mock.patch.object(uploads, "_AFTERWARDS", 3 * mib):
    old = [begin(today - timedelta(days=2)) for _ in range(3)]
    for name in old:
        uploads.append(name, offset=0, sealed=bytes(mib))
    receipt = Receipt.generate()
    sealed = seal_bytes(b"honest", current_roster().roster.recipients(today))
    honest = begin(receipt=receipt, length=len(sealed))
    uploads.append(honest, offset=0, sealed=sealed[:11_000])
    most, flood = 0, []
    for number in range(20):
        flood.append(begin())
        for step in range(4):
            uploads.append(flood[-1], offset=step * mib // 4, sealed=bytes(mib // 4))
            most = max(most, held())
        if number == 2:
            results["first to go"] = [sum(map(there, old)), sum(map(there, flood))]
            now = uploads.append(honest, offset=11_000, sealed=sealed[11_000:])
            uploads.finish(now, day=today, sizes=uploads.sizes_up_to(mib))
    results["most"] = most / mib
    results["old"] = [there(name) for name in old]
    results["flood left"] = sum(there(name) for name in flood)
    results["honest"] = uploads.found(honest).kept
    with connection.cursor() as cursor:
        cursor.execute("SELECT e.size, m.mailbox_id FROM intake_heldenvelope e "
                       "JOIN intake_mailbox m ON m.key = e.mailbox_id")
        results["kept"] = [list(row) for row in cursor.fetchall()]
    results["mine"] = receipt.mailbox_id.hex()
""",
    )
    # One look each 256 KiB of each upload.
    assert found["most"] <= 4.5
    assert found["first to go"] == [1, 3]
    assert found["old"] == [False] * 3
    assert 0 < found["flood left"] <= 4
    assert found["honest"] is True
    assert found["kept"] == [[32 * 1024, found["mine"]]]


def test_one_mailbox_has_few_beginnings_and_empty_ones_count_too(tmp_path: Path) -> None:
    found: dict[str, Any] = run_lines(
        tmp_path,
        Keeper.with_desks(),
        LINES
        + """
receipt, begun = Receipt.generate(), 0
try:
    for _ in range(100):
        begin(receipt=receipt)
        begun += 1
except RefusedError as refused:
    results["refused"] = [begun, refused.code]
with mock.patch.object(uploads, "MOST_UNFINISHED", 100 * 1024), \\
     mock.patch.object(uploads, "_AFTERWARDS", 50 * 1024):
    for _ in range(300):
        begin()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM intake_upload")
        results["rows"] = cursor.fetchone()[0]
""",
    )
    assert found["refused"] == [32, "too-many-uploads"]
    assert found["rows"] <= 101
