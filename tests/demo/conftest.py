"""The environment in which the demo's tests start `safelight` as a process."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(scope="session")
def program_environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Our own, without this process's Django project.

    A demo is four processes with the same thousand modules. Where the environment forbids
    bytecode files each would compile them all, so they get a place of their own for them.
    """
    dropped = ("DJANGO_SETTINGS_MODULE", "PYTHONDONTWRITEBYTECODE")
    environment = {name: value for name, value in os.environ.items() if name not in dropped}
    return environment | {"PYTHONPYCACHEPREFIX": str(tmp_path_factory.mktemp("bytecode"))}
