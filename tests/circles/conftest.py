"""One real server that carries circles, for each file that asks for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from safelight.server.database import DATABASE
from tests.support.circles import Circles
from tests.support.live_server import live_server
from tests.support.postgresql import Cluster, postgresql_cluster


@pytest.fixture(scope="module")
def circles(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Circles]:
    with live_server(tmp_path_factory.mktemp("server"), arguments=("--circles",)) as running:
        yield Circles(running)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    with postgresql_cluster() as running:
        yield running


@pytest.fixture(params=["file", "postgresql"])
def on_both(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test runs in one process (`run_lines`), it runs on each of the two databases."""
    if request.param == "postgresql":
        monkeypatch.setenv(DATABASE, request.getfixturevalue("cluster").new_database())
