"""Threat: evidence-left-after-a-crash: the desk is killed while it captures or makes a bundle, and
what it had in the clear stays where such files are made, for whoever comes to the machine next.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from safelight.campaigns.case_evidence import workplace

# What is killed while it has a file in the clear: it says where, and never ends by itself.
KILLED = """
import sys, time
from pathlib import Path
from safelight.campaigns.case_evidence import workplace
workplace._MEMORY = Path(sys.argv[1])
with workplace.private_folder() as place:
    (place / "page.wacz").write_bytes(b"in the clear")
    print(place, flush=True)
    time.sleep(600)
"""


@pytest.fixture(autouse=True)
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(workplace, "_MEMORY", tmp_path)
    return tmp_path


def test_the_next_one_removes_what_a_killed_program_left(memory: Path) -> None:
    argv = [sys.executable, "-c", KILLED, os.fspath(memory)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as working:
        assert working.stdout is not None
        left = Path(working.stdout.readline().strip())
        with workplace.private_folder():
            assert (left / "page.wacz").exists(), "a program that works keeps its files"
        working.kill()
        working.wait()
    assert (left / "page.wacz").exists(), "nobody cleans up after SIGKILL but the next one"

    workplace.remove_leftovers()
    assert not left.exists()
    assert list(memory.iterdir()) == []


def test_what_is_not_ours_stays(memory: Path) -> None:
    others = memory / "safelight-notes"
    others.mkdir()
    with workplace.private_folder() as place:
        assert place.parent.parent == memory
    link = memory / f"{workplace.PREFIX}link"
    link.symlink_to(others)
    (memory / f"{workplace.PREFIX}file").write_bytes(b"")
    workplace.remove_leftovers()
    assert others.is_dir()
    assert link.is_symlink()


def test_folders_of_one_program_do_not_remove_each_other() -> None:
    with workplace.private_folder() as first, workplace.private_folder() as second:
        (first / "a").write_bytes(b"a")
        workplace.remove_leftovers()
        assert (first / "a").exists()
        assert second.is_dir()
    assert not first.exists()
    assert not second.exists()
