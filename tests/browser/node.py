"""Running the browser's own code: needs node and `npm ci` in browser/ (see docs/how-to)."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.open_data import ROOT

BROWSER = ROOT / "browser"


def run_script(
    script: str, *arguments: str | Path, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run one of browser/scripts; skip the test where node or its packages are not installed."""
    node = shutil.which("node")
    if node is None or not (BROWSER / "node_modules" / "esbuild").is_dir():
        pytest.skip("needs node >= 20 and `npm ci` in browser/; the wheel itself does not")
    return subprocess.run(
        [node, BROWSER / "scripts" / script, *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
