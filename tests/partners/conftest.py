"""The real lists, each read once for all tests that look at it."""

from __future__ import annotations

import pytest

from safelight.partners.check import Examined, examine
from safelight.partners.profile_reading import shipped_profile
from tests.support.desk import desk
from tests.support.open_data import open_data

__all__ = ["desk", "fbi", "nypd"]


@pytest.fixture(scope="session")
def nypd() -> Examined:
    return examine(open_data("nypd_hate_crimes_2019_2024.csv"), shipped_profile("nypd"))


@pytest.fixture(scope="session")
def fbi() -> Examined:
    return examine(open_data("fbi_lgbt_1991_2020.csv.gz"), shipped_profile("fbi"))
