"""Threat: dumped-memory: A crash writes the desk's memory, key and cases in it, to a file or a
crash reporter, or another program of the same user reads it; an unlocking process forbids both.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SHOW = """
import ctypes, resource
libc = ctypes.CDLL(None)
def show():
    print(resource.getrlimit(resource.RLIMIT_CORE), libc.prctl(3, 0, 0, 0, 0))  # PR_GET_DUMPABLE
show()
"""
A_COMMAND = """
from pathlib import Path
from safelight.desk.command import passphrase_from
passphrase_from(Path({passphrase!r}), twice=False)
show()
"""
THE_WORKER = """
from pathlib import Path
from safelight.desk.launch import DeskConfig
from safelight.desk.serving import _load_in_worker
_load_in_worker(DeskConfig(data=Path({data!r}), port=9), True)
show()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux how it would dump")
@pytest.mark.parametrize("program", [A_COMMAND, THE_WORKER])
def test_a_process_that_unlocks_leaves_no_dump(tmp_path: Path, program: str) -> None:
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("correct horse battery staple\n")
    code = SHOW + program.format(passphrase=str(passphrase), data=str(tmp_path))
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    before, after = ran.stdout.splitlines()
    assert before.endswith(" 1")
    assert after == "(0, 0) 0"
