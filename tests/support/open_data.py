"""Where the open data for tests stands: never in the repository, so its absence is a skip."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def open_data(name: str) -> Path:
    """Return the path of one open data file, or skip the test and say how to get it.

    Looked for in `$SAFELIGHT_OPEN_DATA`, then in `../shared/data` beside the checkout.
    """
    folder = Path(os.environ.get("SAFELIGHT_OPEN_DATA") or ROOT.parent / "shared" / "data")
    path = folder / name
    if not path.exists():
        pytest.skip(
            f"open data file {name} is not in {folder}; set SAFELIGHT_OPEN_DATA to its folder"
        )
    return path
