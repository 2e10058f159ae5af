"""Threat: pages-fill-the-memory: Somebody asks without end, and without paying, for pages that are
shown few times; what the server remembers of them takes no room from paid uploads, and is
forgotten within minutes.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support.live_server import Keeper
from tests.support.server_in_one_process import run_lines

LINES = """
from safelight.intake import flood_memory
from safelight.intake.pages import shown_briefly
from safelight.intake.work import check_work
flood_memory._FULL = 30
now = [flood_memory.flood_memory().now()]
flood_memory.FloodMemory.now = lambda self: now[0]

def shown_times(token):
    return sum(shown_briefly.shown_now(token) is not None for _ in range(5))

results["at rest"] = shown_times(shown_briefly.token_for(b"words"))
for _ in range(40):
    shown_briefly.forget(shown_briefly.token_for(b"words"))
results["flooded"] = shown_times(shown_briefly.token_for(b"words"))
results["paid for"] = check_work(work(32768), 32768)
now[0] += 2 * shown_briefly.SECONDS
results["ten minutes later"] = shown_times(shown_briefly.token_for(b"words"))
"""


def test_uploads_are_taken_all_the_same_and_pages_again_in_ten_minutes(tmp_path: Path) -> None:
    found: dict[str, Any] = run_lines(tmp_path, Keeper.with_desks(), LINES)
    assert found["at rest"] == 3
    # The test's room is full: it holds thirty, the server's nearly a million.
    assert found["flooded"] == 0
    assert found["paid for"] == 4
    assert found["ten minutes later"] == 3
