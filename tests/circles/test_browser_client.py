"""What browsers ask and what the server answers are one protocol: the client against the server."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.browser.node import BROWSER
from tests.support.bad_network import cutting_line
from tests.support.circles import Circles

pytestmark = pytest.mark.live


def run_client(address: str) -> None:
    """Run browser/tests/circles/delivery/against_a_server.test.ts; raise with what it said."""
    node, vitest = shutil.which("node"), BROWSER / "node_modules" / "vitest" / "vitest.mjs"
    if node is None or not vitest.is_file():
        pytest.skip("needs node >= 20 and `npm ci` in browser/")
    ran = subprocess.run(
        [node, str(vitest), "run", "tests/circles/delivery/against_a_server.test.ts"],
        cwd=BROWSER,
        env=os.environ | {"SAFELIGHT_TEST_SERVER": address, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "3 passed" in ran.stdout
    assert "skipped" not in ran.stdout


def test_the_browsers_client_and_the_server_agree_over_a_line_that_cuts_after_16_kb(
    circles: Circles, tmp_path: Path
) -> None:
    """A post-quantum commit and welcome arrive, a device's rooms move, talk is heard live."""
    with cutting_line(circles.server.port, tmp_path) as line:
        run_client(line.url)
        # Each request and its answer have a connection of their own, and none is ever cut.
        assert line.connections > 80
        assert line.cut == 0
        assert line.longest <= 12_500
