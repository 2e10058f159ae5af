"""The files of one desk: the key file and the encrypted database, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DeskFiles:
    """Names inside the data directory. Both are needed, and only both, to carry a desk."""

    data: Path

    @property
    def key_file(self) -> Path:
        return self.data / "desk.key.json"

    @property
    def database(self) -> Path:
        return self.data / "desk.db"

    def public_file(self, name: str) -> Path:
        """What the keeper of the roster needs: recipient and verify key, nothing secret."""
        return self.data / f"{name}.public.json"
