"""How full a disk circles may make: reports keep more of it than circles can take.

What circles write is not paid for by its size, as reports are: whoever has founded a few can fill
a disk with good requests in a day (docs/spec/circles-server.md). Then circles stop, and reports
still come in.
"""

from __future__ import annotations

from typing import Final

from safelight.intake.storage import check_room

# With what is kept for desks: circles write while 256 MiB and more are free.
_FOR_REPORTS: Final = 192 * 1024 * 1024


def check_room_beside_reports(size: int) -> None:
    """Raise `RefusedError` 507 if `size` bytes of a circle would take the room of reports."""
    # It reckons everything twice: the write-ahead log, and the file.
    check_room(size + _FOR_REPORTS // 2)
