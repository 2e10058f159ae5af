"""How long runs tell how far they are, and how one ends them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

Progress: TypeAlias = Callable[[float], None]
"""Called with the share done, 0 to 1. To cancel a run, raise from it."""
