"""A place to put a publication: what every kind of it can do, and how people write one down.

    /srv/www/site                                   a folder, or a stick
    davs://host/folder/                             WebDAV over TLS
    s3://bucket/prefix?endpoint=https://host        an S3-compatible store
    ssh:user@host:folder                            rsync over ssh, with that user's own keys

Names and passwords come from SAFELIGHT_MIRROR_USER and SAFELIGHT_MIRROR_SECRET, never from
the command line, where every program of the machine could read them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from safelight.errors import SafelightError

TOLD: Final = 30.0  # seconds for one answer; a mirror behind Tor is slow

# Content types that a static host must say, or browsers would offer pages as downloads.
TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".csv": "text/csv; charset=utf-8",
    ".json": "application/json",
    ".txt": "text/plain; charset=utf-8",
    ".svg": "image/svg+xml",
}


class MirrorError(SafelightError):
    """A mirror that could not be written or read; what had arrived there before stays."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who we are there. Both empty: nobody asks."""

    user: str = ""
    secret: str = field(default="", repr=False)


class Target(Protocol):
    """Paths are those of a manifest: relative, safe in every file system and address."""

    def read(self, path: str, *, largest: int) -> bytes | None:
        """Return a file, or None if there is none. `MirrorError` if one cannot tell."""

    def write(self, folder: Path, paths: Sequence[str], told: Callable[[str], None]) -> None:
        """Put these files of `folder` there, in this order; `told(path)` after each."""

    def delete(self, paths: Sequence[str]) -> None:
        """Take these away; one that is gone already is fine."""


def content_type(path: str) -> str:
    """Return what a host must say that a file is."""
    return TYPES.get(Path(path).suffix, "application/octet-stream")
