"""`kill -9` at random moments during 1,000 deposits: nothing acknowledged is lost.

The whole process group dies at once, as in a power cut for the programs (the disk's
own caches are `PRAGMA synchronous=FULL`'s part). Clients retry the same bytes.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import queue
import random
import sqlite3
import threading
import time
from pathlib import Path

import pytest

from safelight.sealing.envelope import Envelope
from safelight.sealing.receipt import Receipt
from tests.support.live_server import LiveServer, live_server
from tests.support.lying import as_it_came

pytestmark = pytest.mark.live
DEPOSITS = 1000
CLIENTS = 6
KILLS = 7
ENOUGH_SECONDS = 150.0


class Clients:
    """Threads that deposit until each envelope was acknowledged, whatever the server does."""

    def __init__(self, server: LiveServer, sealed: list[tuple[bytes, Receipt]]) -> None:
        self.server = server
        self.left: queue.SimpleQueue[tuple[bytes, Receipt]] = queue.SimpleQueue()
        for one in sealed:
            self.left.put(one)
        self.acknowledged: dict[str, int] = {}
        self.failed_attempts = 0
        self.unexpected: list[int] = []
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=self._work, daemon=True) for _ in range(CLIENTS)]

    def _work(self) -> None:
        while not self.stop.is_set():
            try:
                sealed, receipt = self.left.get_nowait()
            except queue.Empty:
                return
            while not self.stop.is_set():
                try:
                    answer, _ = self.server.deposit(sealed, receipt)
                except (OSError, http.client.HTTPException):
                    self.failed_attempts += 1
                    time.sleep(0.02)
                    continue
                if answer.status not in {200, 201}:
                    self.unexpected.append(answer.status)
                self.acknowledged[receipt.mailbox_id.hex()] = answer.status
                break


def held(data: Path) -> dict[str, tuple[str, bytes]]:
    """Every mailbox on the disk with the hash it promises and the bytes it has."""
    with contextlib.closing(sqlite3.connect(data / "mailboxes.sqlite3", timeout=90)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        rows = database.execute(
            "SELECT m.mailbox_id, m.sha256, k.secret, p.sealed FROM intake_mailbox m "
            "LEFT JOIN intake_heldenvelope e ON e.mailbox_id = m.key "
            "LEFT JOIN intake_envelopepart r ON r.envelope_id = e.key "
            "LEFT JOIN intake_piece p ON p.run = r.run "
            "LEFT JOIN intake_holderkey k ON k.key = r.run"
        ).fetchall()
        alone = database.execute(
            "SELECT count(*) FROM intake_heldenvelope "
            "WHERE mailbox_id NOT IN (SELECT key FROM intake_mailbox)"
        ).fetchone()
    assert alone == (0,), "an envelope without its mailbox"
    return {m: (digest, as_it_came(secret, 0, 0, sealed)) for m, digest, secret, sealed in rows}


def test_kill_9_at_random_moments_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")  # shown when the test fails
    moments = random.Random(seed)
    with live_server(tmp_path) as server:
        sent = [
            (server.sealed(b"report %d" % number), Receipt.generate()) for number in range(DEPOSITS)
        ]
        digests = {r.mailbox_id.hex(): hashlib.sha256(s).hexdigest() for s, r in sent}
        clients = Clients(server, sent)
        for thread in clients.threads:
            thread.start()
        deadline = time.monotonic() + ENOUGH_SECONDS
        for at in sorted(moments.sample(range(20, DEPOSITS - 50), KILLS)):
            while len(clients.acknowledged) < at:
                assert time.monotonic() < deadline, "too slow to say anything"
                time.sleep(0.001)
            time.sleep(moments.uniform(0, 0.02))
            promised = set(clients.acknowledged)
            server.kill()
            found = held(server.data)
            # Promised before the kill, so on the disk after it.
            assert promised <= set(found), f"seed {seed}: an acknowledged deposit is lost"
            for mailbox, (digest, sealed) in found.items():
                assert digest == digests[mailbox]
                assert hashlib.sha256(sealed).hexdigest() == digest, "half an envelope"
            server.start()
        for thread in clients.threads:
            thread.join(timeout=max(0.0, deadline - time.monotonic()))
        clients.stop.set()
        assert clients.unexpected == []
        assert set(clients.acknowledged) == set(digests)
        assert clients.failed_attempts > 0, "no kill met a deposit under way"

        desk = server.keeper.desks[0]
        listed = server.listed(desk)
        assert len(listed) == DEPOSITS
        assert {one["mailbox"] for one in listed} == set(digests)
        # What a desk fetches is whole and is what was sent, for a sample of each kind.
        retried = [one for one in listed if clients.acknowledged[one["mailbox"]] == 200]
        for one in [*retried[:50], *moments.sample(listed, 100)]:
            fetched = server.ask_as(desk, "GET", f"/collect/{one['id']}").body
            assert Envelope.parse(fetched).digest == digests[one["mailbox"]]
        # A client that never heard the answer may send once more.
        sealed, receipt = sent[0]
        assert server.deposit(sealed, receipt)[0].status == 200
