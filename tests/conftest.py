"""What holds for every test."""

from __future__ import annotations

from hypothesis import settings

from tests.support.unhurried import UNHURRIED

settings.register_profile("unhurried", parent=UNHURRIED)
settings.load_profile("unhurried")
