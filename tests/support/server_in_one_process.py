"""Run a few lines against the server's application in a fresh Python process.

For what the real server cannot show from outside: another day, a database that
cannot be written, and which modules were loaded. The lines find `client` (Django's
test client), `results` (a dict that comes back as JSON) and `work(size)` (what an upload
of that size has to show).
"""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

from tests.support.live_server import Keeper, server_environment

_BEFORE = """
import json, sys
from pathlib import Path
from unittest import mock
from safelight.server.wsgi import application
from django.core.management import call_command
from django.test import Client
call_command("migrate", verbosity=0, interactive=False)
client = Client(raise_request_exception=False, headers={"host": "localhost"})
results = {}
def work(size):
    from safelight.intake.work import Challenge, solved_work
    return solved_work(Challenge.parse(client.get("/work").content), size=size)
"""
_AFTER = """
print("RESULTS " + json.dumps(results))
"""


def run_lines(directory: Path, keeper: Keeper, lines: str, **files: bytes) -> dict[str, Any]:
    """Run `lines` and return their `results`. `files` are written to `directory` beforehand."""
    directory.mkdir(parents=True, exist_ok=True)
    roster = directory / "roster.json"
    roster.write_bytes(keeper.signed())
    for name, content in files.items():
        (directory / name).write_bytes(content)
    ran = subprocess.run(
        [sys.executable, "-c", _BEFORE + textwrap.dedent(lines) + _AFTER],
        cwd=Path(__file__).resolve().parents[2],
        env=server_environment(
            DJANGO_SETTINGS_MODULE="safelight.server.settings",
            SAFELIGHT_SERVER_DATA=str(directory),
            SAFELIGHT_SERVER_ROSTER=str(roster),
            SAFELIGHT_SERVER_ROOT=keeper.root_hex,
            SAFELIGHT_SERVER_EXIT_TO="https://example.org/",
            SAFELIGHT_SERVER_WORK_BITS="4",
            SAFELIGHT_TEST_DIRECTORY=str(directory),
        ),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    last = ran.stdout.strip().splitlines()[-1]
    found: dict[str, Any] = json.loads(last.removeprefix("RESULTS "))
    return found
