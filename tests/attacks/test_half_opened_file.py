"""Threat: half-opened-file: A damaged file that opens in part must not leave something that looks
like the whole report.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from safelight.sealing.opening import (
    HybridIdentity,
    NoMatchError,
    PaddingError,
    PayloadError,
    open_file,
)
from safelight.sealing.payload import CHUNK
from safelight.sealing.seal import seal_bytes, seal_stream
from safelight.sealing.whole_file import UNFINISHED_SUFFIX, WholeFileError, whole_file

DESK = HybridIdentity(bytes(32))
CONTENT = b"line of a report\n" * 20_000  # five chunks


@pytest.fixture
def sealed(tmp_path: Path) -> Path:
    folder = tmp_path / "arrived"
    folder.mkdir()
    file = folder / "1.age"
    file.write_bytes(seal_bytes(CONTENT, [DESK.recipient()]))
    return file


def opened_names(target: Path) -> list[str]:
    return sorted(path.name for path in target.parent.iterdir())


def test_a_whole_file_appears_under_its_name_for_its_owner_only(
    sealed: Path, tmp_path: Path
) -> None:
    target = tmp_path / "report.txt"
    assert open_file(sealed, target, [DESK], padded=True) == len(CONTENT)
    assert target.read_bytes() == CONTENT
    assert target.stat().st_mode & 0o777 == 0o600
    assert opened_names(target) == ["arrived", "report.txt"]


def test_a_file_damaged_in_its_last_chunk_leaves_nothing(sealed: Path, tmp_path: Path) -> None:
    damaged = bytearray(sealed.read_bytes())
    damaged[-1] ^= 1
    sealed.write_bytes(damaged)
    with pytest.raises(PayloadError, match="changed"):
        open_file(sealed, tmp_path / "report.txt", [DESK], padded=True)
    assert opened_names(tmp_path / "report.txt") == ["arrived"]


def test_a_file_cut_at_a_chunk_boundary_leaves_nothing(sealed: Path, tmp_path: Path) -> None:
    whole = sealed.read_bytes()
    sealed.write_bytes(whole[: len(whole) - len(whole) % (CHUNK + 16)])
    with pytest.raises(PayloadError, match=r"cut off|changed"):
        open_file(sealed, tmp_path / "report.txt", [DESK], padded=True)
    assert opened_names(tmp_path / "report.txt") == ["arrived"]


def test_a_missing_padding_or_another_key_leaves_nothing(sealed: Path, tmp_path: Path) -> None:
    with pytest.raises(NoMatchError, match="none of them"):
        open_file(sealed, tmp_path / "report.txt", [HybridIdentity(b"\1" * 32)], padded=True)
    with sealed.open("wb") as sink, Path(__file__).open("rb") as source:
        seal_stream(source, sink, [DESK.recipient()], padded=False)
    with pytest.raises(PaddingError, match="not padded"):
        open_file(sealed, tmp_path / "report.txt", [DESK], padded=True)
    assert opened_names(tmp_path / "report.txt") == ["arrived"]


def test_what_stands_there_already_is_never_replaced(sealed: Path, tmp_path: Path) -> None:
    target = tmp_path / "report.txt"
    target.write_bytes(b"earlier work")
    with pytest.raises(WholeFileError, match="exists already"):
        open_file(sealed, target, [DESK], padded=True)
    link = tmp_path / "link.txt"
    link.symlink_to(tmp_path / "nowhere")
    with pytest.raises(WholeFileError, match="exists already"):
        open_file(sealed, link, [DESK], padded=True)
    assert target.read_bytes() == b"earlier work"
    assert opened_names(target) == ["arrived", "link.txt", "report.txt"]


def test_a_name_taken_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    target = tmp_path / "report.txt"

    def write_while_another_takes_the_name() -> None:
        with whole_file(target) as file:
            file.write(b"new")
            target.write_bytes(b"earlier work")

    with pytest.raises(WholeFileError, match="exists already"):
        write_while_another_takes_the_name()
    assert target.read_bytes() == b"earlier work"
    assert opened_names(target) == ["report.txt"]


def test_a_process_killed_while_opening_leaves_no_file_of_that_name(tmp_path: Path) -> None:
    target = tmp_path / "report.txt"
    script = (
        "import sys, time; from pathlib import Path\n"
        "from safelight.sealing.whole_file import whole_file\n"
        "with whole_file(Path(sys.argv[1])) as file:\n"
        "    file.write(b'half of a report'); file.flush(); print('written', flush=True)\n"
        "    time.sleep(60)\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", script, str(target)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "written\n"
    os.kill(child.pid, signal.SIGKILL)
    child.wait(timeout=10)
    child.stdout.close()
    names = opened_names(target)
    assert len(names) == 1
    assert names[0].startswith(".")
    assert names[0].endswith(UNFINISHED_SUFFIX)
