"""A mailbox takes one envelope, durably, and the same bytes as often as the line breaks."""

from __future__ import annotations

import threading

import pytest

from safelight.sealing.receipt import Receipt
from tests.support.live_server import LiveServer
from tests.support.raw_http import problem

pytestmark = pytest.mark.live


def test_the_same_bytes_again_are_a_safe_retry(server: LiveServer) -> None:
    sealed, desk = server.sealed(b"text"), server.keeper.desks[0]
    before = len(server.listed(desk))
    first, receipt = server.deposit(sealed)
    again, _ = server.deposit(sealed, receipt)
    assert (first.status, again.status) == (201, 200)
    assert first.json() == {"kept": "new", "size": len(sealed)}
    assert again.json() == {"kept": "already here", "size": len(sealed)}
    assert len(server.listed(desk)) == before + 1


def test_a_retry_is_safe_even_after_every_desk_has_fetched_and_the_bytes_are_gone(
    server: LiveServer,
) -> None:
    sealed, desk = server.sealed(b"text"), server.keeper.desks[0]
    _, receipt = server.deposit(sealed)
    server.acknowledge(desk, [one["id"] for one in server.listed(desk)])
    assert server.listed(desk) == []
    assert server.deposit(sealed, receipt)[0].status == 200
    assert server.listed(desk) == []


def test_other_bytes_do_not_replace_what_a_mailbox_holds(server: LiveServer) -> None:
    sealed, desk = server.sealed(b"first"), server.keeper.desks[0]
    _, receipt = server.deposit(sealed)
    refused, _ = server.deposit(server.sealed(b"second"), receipt)
    assert (refused.status, problem(refused.body)["problem"]) == (409, "mailbox-taken")
    (held,) = [o for o in server.listed(desk) if o["mailbox"] == receipt.mailbox_id.hex()]
    assert server.ask_as(desk, "GET", f"/collect/{held['id']}").body == sealed


def test_many_retries_at_once_keep_exactly_one(server: LiveServer) -> None:
    sealed, receipt = server.sealed(b"text"), Receipt.generate()
    statuses: list[int] = []

    def send() -> None:
        statuses.append(server.deposit(sealed, receipt)[0].status)

    threads = [threading.Thread(target=send) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] * 23 + [201]
    held = server.listed(server.keeper.desks[0])
    assert sum(one["mailbox"] == receipt.mailbox_id.hex() for one in held) == 1


def test_a_deposit_that_was_not_paid_for_is_not_kept(server: LiveServer) -> None:
    sealed, receipt = server.sealed(b"text"), Receipt.generate()
    unpaid, _ = server.deposit(sealed, receipt, Safelight_Work="")
    assert (unpaid.status, problem(unpaid.body)["problem"]) == (428, "work-needed")
    work = server.work(len(sealed))
    assert server.deposit(sealed, receipt, Safelight_Work=work)[0].status == 201
    spent, _ = server.deposit(sealed, receipt, Safelight_Work=work)
    assert (spent.status, problem(spent.body)["problem"]) == (409, "work-spent")
