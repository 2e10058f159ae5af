"""A file appears under its name whole, or not at all.

A half-opened report looks complete to whoever reads it, and a half-sealed one opens nowhere.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from safelight.errors import SafelightError

UNFINISHED_SUFFIX = ".unfinished"


class WholeFileError(SafelightError):
    """A file that cannot be written, or that stands there already."""


@contextlib.contextmanager
def whole_file(target: Path) -> Iterator[BinaryIO]:
    """Write a new file, readable by its owner only; it gets its name when the block succeeds.

    Until then it is `.<random>.unfinished` beside it, removed if the block raises. An
    existing `target` is refused, never replaced. Raises `WholeFileError`.
    """
    # lexists: a dangling link is somebody's too.
    if os.path.lexists(target):
        raise WholeFileError("a file of that name exists already; choose another")
    unfinished = target.parent / f".{secrets.token_hex(8)}{UNFINISHED_SUFFIX}"
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise WholeFileError(
            f"cannot write into that folder ({error.strerror}); choose another"
        ) from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        # A name taken since the check above would be replaced without a word by rename();
        # link() refuses, but a stick with FAT has no links, so it is only tried first.
        try:
            os.link(unfinished, target)
        except FileExistsError:
            raise WholeFileError("a file of that name exists already; choose another") from None
        except OSError:
            unfinished.rename(target)
    finally:
        unfinished.unlink(missing_ok=True)
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    # Without this a power cut may take the name, not the content. Some systems cannot; then
    # the content is still whole or absent.
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
