"""Threat: rolled-back-circle-rules: Whoever takes over the server brings back rules under which
more was allowed, or numbers that now belong to somebody else; a version older than one shown
before is not shown again, also after a restart.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from safelight.circles.policy import CirclesPolicy, sign_policy
from tests.circles.policies import rules
from tests.support.live_server import live_server

ADDRESS = "/circles/policy/0"


@pytest.mark.live
def test_older_rules_never_come_back(tmp_path: Path) -> None:
    with live_server(tmp_path, arguments=("--circles",)) as server:
        file = server.roster_file.with_name("circles.json")
        old, now, later = (
            sign_policy(CirclesPolicy.parse(rules(version=version)), server.keeper.root)
            for version in (1, 2, 3)
        )
        file.write_bytes(now)
        assert server.request("GET", ADDRESS).body == now[:8192]
        file.write_bytes(old)
        assert server.request("GET", ADDRESS).status == 404
        server.renew_worker()
        assert server.request("GET", ADDRESS).status == 404, "also after a restart"
        file.write_bytes(now)
        assert server.request("GET", ADDRESS).body == now[:8192], "the same again is fine"
        file.write_bytes(later)
        assert server.request("GET", ADDRESS).body == later[:8192]
        assert "older than 3" not in server.logs()
        assert "older than 2" in server.logs()
