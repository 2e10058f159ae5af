"""The folder a demo writes into: only an empty one, or one that an earlier demo made.

A demo that cleared a folder it does not own could destroy somebody's cases.
"""

from __future__ import annotations

import fcntl
import json
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from safelight.errors import SafelightError

MARKER: Final = ".safelight-demo.json"
FORMAT: Final = "safelight-demo-folder/1"


class DemoFolderError(SafelightError):
    """The folder is not a demo's, so nothing was written or removed."""


@contextmanager
def claimed_folder(folder: Path, own_entries: Iterable[str]) -> Iterator[None]:
    """Hold `folder` for one demo: create it, or remove an earlier demo's own entries, no more.

    Raises `DemoFolderError` for a folder with anything in it that no demo has marked, for
    one that a running demo holds, and for one where a name the demo needs is a link.
    """
    _check_ours_or_empty(folder)
    with (folder / MARKER).open("a+", encoding="utf-8") as marker:
        try:
            fcntl.flock(marker, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise DemoFolderError(
                f"another demo is running in {folder}; stop it, or choose another folder"
            ) from None
        marker.truncate(0)
        marker.write(json.dumps({"format": FORMAT}) + "\n")
        marker.flush()
        for name in own_entries:
            _remove(folder / name)
        yield


def _check_ours_or_empty(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise DemoFolderError(f"{folder} is a file; expected a folder or a new name")
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()) and not _is_ours(folder):
        raise DemoFolderError(
            f"{folder} is not empty and was not made by the demo, so it was left as it is; "
            "choose an empty folder or a new name"
        )


def _is_ours(folder: Path) -> bool:
    try:
        marker = json.loads((folder / MARKER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(marker, dict) and marker.get("format") == FORMAT


def _remove(entry: Path) -> None:
    if entry.is_symlink():
        raise DemoFolderError(
            f"{entry} is a link; the demo does not follow links, so remove it yourself"
        )
    if entry.is_dir():
        shutil.rmtree(entry)
    else:
        entry.unlink(missing_ok=True)
