"""Threat: cut-upload: An upload that breaks off, however late, leaves nothing behind, and the same
envelope can be sent again.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator

import pytest

from safelight.intake.addresses import address
from safelight.sealing.receipt import Receipt
from tests.support.live_server import LiveServer, live_server
from tests.support.raw_http import deposit_head, exchange, head

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with live_server(tmp_path_factory.mktemp("server")) as running:
        yield running


def rows(server: LiveServer) -> int:
    with contextlib.closing(sqlite3.connect(server.data / "mailboxes.sqlite3")) as database:
        (count,) = database.execute("SELECT count(*) FROM intake_mailbox").fetchone()
    return int(count)


@pytest.mark.parametrize("arrives", [0, 1, 1000, 32 * 1024 - 1])
def test_a_cut_deposit_leaves_nothing_and_can_be_sent_again(
    server: LiveServer, arrives: int
) -> None:
    sealed, receipt, before = server.sealed(b"text"), Receipt.generate(), rows(server)
    asked = deposit_head(
        server,
        receipt.mailbox_id.hex(),
        f"Content-Length: {len(sealed)}",
        verifier=receipt.verifier.hex(),
    )
    status, _ = exchange(server, asked, sealed[:arrives], hang_up=True)
    assert status in {0, 400}, "a half-closed line may or may not still hear the answer"
    time.sleep(0.1)
    assert rows(server) == before
    assert server.deposit(sealed, receipt)[0].status == 201
    assert rows(server) == before + 1


def test_a_cut_form_leaves_no_half_report(server: LiveServer) -> None:
    before = rows(server)
    body = b"story=" + b"a" * 500
    asked = head(
        server,
        "POST",
        address("en", "report"),
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
    )
    status, _ = exchange(server, asked, body[:-1], hang_up=True)
    assert status in {0, 400}
    time.sleep(0.1)
    assert rows(server) == before
    assert exchange(server, asked, body)[0] == 303
    assert rows(server) == before + 1


def test_a_deposit_in_small_slow_pieces_is_kept(server: LiveServer) -> None:
    sealed, receipt = server.sealed(b"text"), Receipt.generate()
    asked = deposit_head(
        server,
        receipt.mailbox_id.hex(),
        f"Content-Length: {len(sealed)}",
        verifier=receipt.verifier.hex(),
    )
    with server.raw() as line:
        line.sendall(asked)
        for at in range(0, len(sealed), 1500):
            line.sendall(sealed[at : at + 1500])
            time.sleep(0.002)
        assert line.recv(20).startswith(b"HTTP/1.1 201")
