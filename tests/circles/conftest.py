"""One real server that carries circles, for each file that asks for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.circles import Circles
from tests.support.live_server import live_server


@pytest.fixture(scope="module")
def circles(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Circles]:
    with live_server(tmp_path_factory.mktemp("server"), arguments=("--circles",)) as running:
        yield Circles(running)
