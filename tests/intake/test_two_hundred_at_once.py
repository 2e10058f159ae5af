"""Two hundred reporters press "send" in the same moment: each is told the truth, none is lost."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import pytest

from safelight.sealing.receipt import Receipt
from tests.support.live_server import live_server
from tests.support.many_reporters import Way, all_at_once, deposit_in_pieces, deposit_whole

pytestmark = pytest.mark.live
REPORTERS = 200


@pytest.mark.parametrize("way", [deposit_whole, deposit_in_pieces])
def test_two_hundred_reporters_at_once_all_succeed_and_all_arrive(tmp_path: Path, way: Way) -> None:
    with live_server(tmp_path) as server:
        # Two hundred different ones cost more to seal than to send.
        sealed = [server.sealed(b"report %d" % number) for number in range(20)]
        reports = [(sealed[n % len(sealed)], Receipt.generate()) for n in range(REPORTERS)]
        took = asyncio.run(all_at_once(server.port, reports, way, at_once=REPORTERS))
        assert len(took) == REPORTERS
        desk = server.keeper.desks[0]
        listed = {one["mailbox"]: one for one in server.listed(desk)}
        assert set(listed) == {receipt.mailbox_id.hex() for _, receipt in reports}
        for content, receipt in reports:
            told = listed[receipt.mailbox_id.hex()]["sha256"]
            assert told == hashlib.sha256(content).hexdigest()
        fetched = listed[reports[-1][1].mailbox_id.hex()]["id"]
        assert server.ask_as(desk, "GET", f"/collect/{fetched}").body == reports[-1][0]
        assert "request.broken" not in server.logs()
