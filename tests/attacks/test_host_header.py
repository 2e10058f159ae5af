"""Threat: host-header: A request under a foreign name (DNS rebinding, cache poisoning) is refused,
and no page ever contains the name it was asked by.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.live_server import live_server
from tests.support.raw_http import exchange, head

pytestmark = pytest.mark.live
FOREIGN = [
    "rebound.example",
    "127.0.0.1.rebound.example",
    "rebound.example:80",
    "localhost@rebound.example",
    "reports.example.rebound.example",
    "",
]


def test_only_the_operators_names_are_answered_and_none_is_repeated(tmp_path: Path) -> None:
    onion = "a" * 56 + ".onion"
    with live_server(tmp_path, arguments=("--host", "reports.example", "--host", onion)) as server:
        for name in FOREIGN:
            status, body = exchange(server, head(server, "GET", "/en/", host=name))
            assert status in {400, 421}, name
            if status == 421:
                assert "does not answer under that name" in body.decode()
            assert b"rebound" not in body
        status, _ = exchange(server, head(server, "GET", "/en/", host=None))
        assert status in {400, 421}
        for name in ("reports.example", onion, f"127.0.0.1:{server.port}", "localhost"):
            status, body = exchange(server, head(server, "GET", "/en/", host=name))
            assert status == 200, name
            assert name.encode() not in body


def test_forwarded_names_are_not_believed(tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        for header in ("X-Forwarded-Host", "Forwarded", "X-Host", "X-Original-URL"):
            answer = server.request("GET", "/en/", headers={header: "rebound.example"})
            assert answer.status == 200
            assert "rebound" not in answer.text + str(answer.headers)
