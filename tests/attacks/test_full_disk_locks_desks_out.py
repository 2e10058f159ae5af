"""Threat: full-disk-locks-desks-out: Somebody fills the disk with junk; room is kept for desks, so
that they still fetch what has arrived, and what they have makes room again.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.live_server import Keeper
from tests.support.server_in_one_process import run_lines

pytestmark = pytest.mark.live

LINES = """
    import shutil
    from datetime import UTC, datetime
    from types import SimpleNamespace
    from safelight.intake import collection, storage
    form = "application/x-www-form-urlencoded"
    def send(free):
        with mock.patch.object(shutil, "disk_usage", return_value=SimpleNamespace(free=free)):
            return client.post("/en/1", "story=text", content_type=form)
    kept = 64 * 1024 * 1024
    results["room"] = send(kept + 64 * 1024).status_code
    full = send(kept + 64 * 1024 - 1)
    results["full"] = full.status_code
    results["typed is back"] = ">\\ntext</textarea>" in full.content.decode()
    with mock.patch.object(shutil, "disk_usage", return_value=SimpleNamespace(free=kept // 2)):
        listed, _ = collection.waiting_for("desk-1", after=0)
        ids = [one.envelope_id for one in listed]
        results["listed"] = len(ids)
        results["deleted"] = collection.acknowledge("desk-1", ids, usable_desks=["desk-1"])
    results["room again"] = send(2 * kept).status_code
"""


def test_the_last_room_is_for_desks(tmp_path: Path) -> None:
    assert run_lines(tmp_path, Keeper.with_desks(), LINES) == {
        "room": 303,
        "full": 507,
        "typed is back": True,
        "listed": 1,
        "deleted": 1,
        "room again": 303,
    }
