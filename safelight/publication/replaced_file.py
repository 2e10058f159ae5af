"""A file that others may read takes the place of the one before, whole or not at all.

Beside `sealing.whole_file`, which makes new files for their owner alone and replaces nothing.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def replace_file(path: Path, content: bytes) -> None:
    """Write beside and rename: under this name stands all of the one or of the other."""
    # A name that nobody can foresee, and put a symbolic link there.
    handle, beside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).chmod(0o644)
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
