"""Large files seal and open in constant memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from safelight.sealing.opening import HybridIdentity
from safelight.sealing.padding import MIB

ROOT = Path(__file__).resolve().parents[2]
IDENTITY = HybridIdentity(bytes(range(32)))
MEGABYTES = 500
MOST_MEMORY = 64 * MIB


def probe(act: str, file: Path, key: str) -> Any:
    command = [sys.executable, "-m", "tests.sealing.memory_probe", act, str(file), str(MEGABYTES)]
    done = subprocess.run([*command, key], cwd=ROOT, capture_output=True, check=True, timeout=120)
    return json.loads(done.stdout)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read in /proc")
def test_500_megabytes_seal_and_open_in_less_than_64_mib_of_memory(tmp_path: Path) -> None:
    file = tmp_path / "large.age"
    try:
        sealed = probe("seal", file, IDENTITY.recipient().encode())
        assert file.stat().st_size == 512 * MIB
        opened = probe("open", file, IDENTITY.encode())
    finally:
        file.unlink(missing_ok=True)  # pytest keeps the folders of its last three runs
    assert opened["sha256"] == sealed["sha256"]
    assert sealed["peak_bytes"] < MOST_MEMORY
    assert opened["peak_bytes"] < MOST_MEMORY
