"""Uploads when the server dies between pieces, and when a client sends everything twice at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from safelight.sealing.receipt import Receipt
from tests.support.live_server import Answer, live_server
from tests.support.tus import PIECE, Tus, first

pytestmark = pytest.mark.live


def at_once(count: int, act: Callable[[], Answer]) -> list[int]:
    statuses: list[int] = []
    threads = [threading.Thread(target=lambda: statuses.append(act().status)) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(statuses)


def test_what_was_acknowledged_survives_kill_9_and_the_upload_goes_on(tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        tus, receipt, sealed = Tus(server), Receipt.generate(), server.sealed(b"text")
        path = tus.create(len(sealed), first(receipt)).headers["location"]
        tus.send(path, sealed, until=2 * PIECE)
        server.kill()
        server.start()
        assert tus.offset(path) == 2 * PIECE
        # All bytes but the step into the mailbox: as if it died between the two.
        tus.fill(path, sealed, all_but=0)
        server.kill()
        server.start()
        assert server.listed(server.keeper.desks[0]) == []
        assert tus.offset(path) == len(sealed)
        (line,) = server.listed(server.keeper.desks[0])
        fetched = server.ask_as(server.keeper.desks[0], "GET", f"/collect/{line['id']}")
        assert fetched.body == sealed


def test_everything_sent_many_times_at_once_is_there_once(tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        tus, sealed = Tus(server), server.sealed(b"text")
        whole = Receipt.generate()
        path = tus.create(len(sealed), first(whole)).headers["location"]
        tus.send(path, sealed, until=len(sealed) - 100)
        last = at_once(12, lambda: tus.patch(path, len(sealed) - 100, sealed[-100:]))
        assert last == [204] + [409] * 11
        half = len(sealed) // 2
        # Four times: one of them may look for what another makes before it has looked.
        for joined in (Receipt.generate() for _ in range(4)):
            parts = [tus.partial(sealed[:half]), tus.partial(sealed[half:])]
            same = partial(tus.join, parts, first(joined))
            assert at_once(12, same) == [201] * 12
        # Two joins of the same parts into two mailboxes: one gets them.
        parts = [tus.partial(sealed[:half]), tus.partial(sealed[half:])]
        rivals = at_once(12, lambda: tus.join(parts, first(Receipt.generate())))
        assert rivals == [201] + [409] * 11
        lines = server.listed(server.keeper.desks[0])
        assert sorted(one["size"] for one in lines) == [len(sealed)] * 6
