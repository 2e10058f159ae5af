"""Threat: lists-after-a-flood: After a weekend of junk a desk asks for its list, or a reporter
begins an upload; neither holds the one writer of the database for longer the more is there, so
that nobody is kept out by what has arrived.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support.live_server import Keeper
from tests.support.server_in_one_process import run_lines

LINES = """
import secrets
from django.db import connection
from django.test.utils import CaptureQueriesContext
from safelight.intake import collection, uploads
from safelight.intake.models import HeldEnvelope, Mailbox

def junk(count):
    boxes = [Mailbox(mailbox_id=secrets.token_hex(16), day="2026-01-01", last_day="2026-01-01")
             for _ in range(count)]
    Mailbox.objects.bulk_create(boxes)
    HeldEnvelope.objects.bulk_create(
        HeldEnvelope(mailbox=box, size=1, day="2026-01-01", first=True) for box in boxes)

def statements(ask):
    with CaptureQueriesContext(connection) as asked:
        ask()
    return len(asked)

def numbers():
    return list(HeldEnvelope.objects.order_by("key").values_list("sequence", flat=True))

collection._NUMBERED_AT_ONCE = 50
results["statements"] = []
for count in (1, 2, 40):
    junk(count)
    results["statements"].append(
        statements(lambda: collection.waiting_for("desk-1", after=0)))
results["numbers"] = sorted(numbers())
junk(120)
listed, more = collection.waiting_for("desk-1", after=43)
results["in turns"] = [len(listed), more]
results["all numbers"] = sorted(numbers())
with connection.cursor() as cursor:
    cursor.execute("EXPLAIN QUERY PLAN SELECT COALESCE(SUM(received + 1024), 0) "
                   "FROM intake_upload WHERE NOT kept")
    results["plan"] = cursor.fetchone()[-1]
"""


def test_numbering_takes_the_same_statements_for_many_and_reads_no_finished_upload(
    tmp_path: Path,
) -> None:
    found: dict[str, Any] = run_lines(tmp_path, Keeper.with_desks(), LINES)
    _first, few, many = found["statements"]
    assert few == many
    assert found["numbers"] == list(range(1, 44))
    assert found["in turns"] == [120, False]
    assert found["all numbers"] == list(range(1, 164))
    assert "unfinished_uploads" in found["plan"]
