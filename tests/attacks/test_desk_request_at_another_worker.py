"""Threat: desk-request-at-another-worker: Whoever records a desk's request sends copies until one
reaches another worker of the server, or the one that follows it; no worker answers a copy.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from safelight.sealing.desk_request import sign_request
from tests.support.live_server import live_server

pytestmark = pytest.mark.live

# That the kernel hands all of them to one of two workers happens once in eight million runs.
COPIES = 24


def test_copies_of_a_request_are_refused_by_every_worker_and_after_each_renewal(
    tmp_path: Path,
) -> None:
    with live_server(tmp_path, arguments=("--workers", "2")) as server:
        desk = server.keeper.desks[0]

        def signed() -> dict[str, str]:
            now = datetime.now(UTC)
            header = sign_request(
                "GET", "/collect?after=0", b"", desk=desk.name, key=desk.signing_key, now=now
            )
            return {"Authorization": header}

        def answers(recorded: dict[str, str], count: int) -> list[int]:
            return [
                server.request("GET", "/collect?after=0", headers=recorded).status
                for _ in range(count)
            ]

        recorded = signed()
        assert sorted(answers(recorded, COPIES)) == [200] + [401] * (COPIES - 1)
        server.renew_worker()
        assert answers(recorded, COPIES // 4) == [401] * (COPIES // 4)
        assert answers(signed(), 1) == [200]
