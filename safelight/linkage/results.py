"""Results appear whole or not at all, and what a killed run left behind goes at the next one.

Unfinished results stand beside as `.<name>.<process>.unfinished`; they name records, so they
must not stay.
"""

from __future__ import annotations

import contextlib
import glob
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from safelight.linkage.records import LinkageError

_UNFINISHED: Final = ".unfinished"


@contextlib.contextmanager
def result_file(target: Path) -> Iterator[Path]:
    """A path to write to; it takes `target`'s place when the block succeeds."""
    fresh = _fresh(target)
    try:
        yield fresh
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)


@contextlib.contextmanager
def result_folder(target: Path) -> Iterator[Path]:
    """A folder to write into; it becomes `target`, which is new or empty. Raises `LinkageError`."""
    if target.exists() and any(target.iterdir()):
        raise LinkageError("the folder for overlaps is not empty; name a new one")
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = _fresh(target)
    fresh.mkdir()
    try:
        yield fresh
        fresh.replace(target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _fresh(target: Path) -> Path:
    for left in target.parent.glob(f".{glob.escape(target.name)}.*{_UNFINISHED}"):
        if _runs(left.name.split(".")[-2]):
            continue
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)
    return target.with_name(f".{target.name}.{os.getpid()}{_UNFINISHED}")


def _runs(process: str) -> bool:
    """Whether another process of this number runs: it may still write."""
    if not (process.isascii() and process.isdecimal()) or int(process) == os.getpid():
        return False
    try:
        os.kill(int(process), 0)
    except PermissionError:
        return True
    except (ProcessLookupError, OverflowError):
        return False
    return True
