"""Threat: half-merged-lists: A list that is cut off inside a row, or a run that is stopped
half-way, leaves half of its records merged, and numbers are wrong without anybody knowing.

Whoever hands over a list may cut it, repeat ids or stop the program at any moment. A list
that ends cleanly after too few rows looks like a shorter list: nothing here can see that.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from safelight.command_line import safelight
from safelight.linkage import command, linking
from safelight.linkage.records import LinkageError, list_from_csv

ROWS = "".join(f"{n},name {n % 40},2024-0{1 + n % 9}-11,place {n % 30}\n" for n in range(120))
GOOD = "id,names,date,place\n" + ROWS


def run(folder: Path, *words: str) -> Any:
    for name in ("one", "two"):
        (folder / f"{name}.csv").write_text(GOOD, encoding="utf-8")
    files = [str(folder / "one.csv"), str(folder / "two.csv")]
    out = ["--out", str(folder / "out" / "clusters.csv")]
    (folder / "out").mkdir(exist_ok=True)
    return CliRunner().invoke(safelight, ["link", *files, *out, *words])


def test_a_run_that_is_stopped_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(tmp_path).exit_code == 0
    before = (tmp_path / "out" / "clusters.csv").read_bytes()

    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    for module, name in (
        (linking, "train"),
        (command, "clusters_as_csv"),
        (command, "result_file"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, stopped)
            assert run(tmp_path).exit_code != 0
        assert [path.name for path in (tmp_path / "out").iterdir()] == ["clusters.csv"]
        assert (tmp_path / "out" / "clusters.csv").read_bytes() == before


def test_a_disk_that_fails_while_writing_leaves_no_half_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = Path.write_text

    def full(self: Path, text: str, **more: Any) -> int:
        if self.name.startswith(".clusters"):
            write(self, text[: len(text) // 2], **more)
            raise OSError("no space left")
        return write(self, text, **more)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", full)
        refused = run(tmp_path)
        assert isinstance(refused.exception, LinkageError)
        assert "cannot be written" in str(refused.exception)
    assert list((tmp_path / "out").iterdir()) == []
    assert run(tmp_path).exit_code == 0  # it fails for that reason alone


def test_what_a_killed_run_left_goes_at_the_next_one(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    killed = """
import os, sys
from pathlib import Path
from safelight.linkage.results import result_file, result_folder
out = Path(sys.argv[1])
with result_file(out / "clusters.csv") as file, result_folder(out / "plausible") as tables:
    file.write_text("half")
    (tables / "overlap-001.csv").write_text("half")
    os.kill(os.getpid(), 9)
"""
    done = subprocess.run([sys.executable, "-c", killed, str(folder)], check=False)
    assert done.returncode == -signal.SIGKILL
    left = sorted(path.name for path in folder.iterdir())
    assert len(left) == 2
    assert all(name.startswith((".clusters.csv.", ".plausible.")) for name in left)
    of_a_run_that_writes = folder / f".clusters.csv.{os.getppid()}.unfinished"
    of_a_run_that_writes.touch()
    assert run(tmp_path, "--overlaps", str(folder / "plausible"), "--linkages", "2").exit_code == 0
    names = {path.name for path in folder.iterdir()}
    assert names == {"clusters.csv", "plausible", of_a_run_that_writes.name}
    assert len(list((folder / "plausible").iterdir())) == 2


def test_clusters_that_cannot_be_written_leave_no_overlaps(tmp_path: Path) -> None:
    (tmp_path / "out" / "clusters.csv").mkdir(parents=True)
    words = ["--overlaps", str(tmp_path / "out" / "plausible"), "--linkages", "2"]
    assert run(tmp_path, *words).exit_code != 0
    full = tmp_path / "full"
    full.mkdir()
    (full / "note").touch()
    (tmp_path / "out" / "clusters.csv").rmdir()
    refused = run(tmp_path, "--overlaps", str(full))
    assert "not empty" in str(refused.exception)
    assert list((tmp_path / "out").iterdir()) == []


def test_a_list_cut_off_inside_a_row_is_refused() -> None:
    assert len(list_from_csv(GOOD.encode(), name="one")) == 120
    last = GOOD.rstrip("\n").rsplit("\n", 1)[0] + "\n"
    for cells in ("119", "119,name", "119,name,2024-01-11", '119,name,2024-01-11,"pla'):
        with pytest.raises(LinkageError, match=r"row 121 has|not CSV"):
            list_from_csv((last + cells).encode(), name="one")
