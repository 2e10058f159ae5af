"""Both ends of a mailbox: the owner by the receipt's key, desks by their signature."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

import pytest

from safelight.sealing.opening import HybridIdentity, open_bytes
from safelight.sealing.receipt import Receipt
from safelight.sealing.seal import seal_bytes
from tests.support.live_server import Answer, DeskKeys, Keeper, LiveServer, live_server, today
from tests.support.raw_http import problem
from tests.support.tus import PIECE, Tus, first, later

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    keeper = Keeper.with_desks("desk-1", "desk-2")
    with live_server(tmp_path_factory.mktemp("server"), keeper=keeper) as running:
        yield running


def as_owner(server: LiveServer, receipt: Receipt, what: str, **headers: str) -> Answer:
    sent = {"Safelight-Key": receipt.auth_key.hex()}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    return server.request("POST", f"/mailbox/{receipt.mailbox_id.hex()}/{what}", b"", sent)


def read(server: LiveServer, receipt: Receipt) -> dict[str, Any]:
    answer = as_owner(server, receipt, "read")
    assert (answer.status, len(answer.body)) == (200, 4096)
    found: dict[str, Any] = answer.json()
    return found


def withdraw(server: LiveServer, receipt: Receipt, proof: bytes | None = None) -> Answer:
    shown = (proof or receipt.withdrawal_proof).hex()
    return as_owner(server, receipt, "withdraw", Safelight_Withdrawal=shown)


def later_deposit(server: LiveServer, receipt: Receipt, sealed: bytes) -> Answer:
    return server.request(
        "POST",
        f"/mailbox/{receipt.mailbox_id.hex()}",
        sealed,
        {
            "Content-Type": "application/octet-stream",
            "Safelight-Key": receipt.auth_key.hex(),
            "Safelight-Work": server.work(len(sealed)),
        },
    )


def put_answer(server: LiveServer, desk: DeskKeys, receipt: Receipt, sealed: bytes) -> Answer:
    return server.ask_as(desk, "POST", f"/collect/answer/{receipt.mailbox_id.hex()}", sealed)


def withdrawals(server: LiveServer, desk: DeskKeys) -> list[dict[str, str]]:
    answer = server.ask_as(desk, "GET", "/collect")
    found: list[dict[str, str]] = answer.json()["withdrawals"]
    return found


def test_the_owner_reads_how_it_stands(server: LiveServer) -> None:
    nobody: dict[str, Any] = {
        "state": "none",
        "day": None,
        "fetched": False,
        "answers": [],
        "more": False,
    }
    _, receipt = server.deposit(server.sealed(b"report"))
    arrived = {**nobody, "state": "open", "day": today().isoformat()}
    assert read(server, receipt) == arrived
    desk = server.keeper.desks[0]
    mine = receipt.mailbox_id.hex()
    server.acknowledge(desk, [o["id"] for o in server.listed(desk) if o["mailbox"] == mine])
    assert read(server, receipt) == {**arrived, "fetched": True}
    assert later_deposit(server, receipt, server.sealed(b"more")).status == 201
    assert read(server, receipt) == arrived
    assert read(server, Receipt.generate()) == nobody


def test_a_later_envelope_is_listed_beside_the_first_and_never_twice(server: LiveServer) -> None:
    desk, sealed = server.keeper.desks[0], server.sealed(b"more")
    _, receipt = server.deposit(server.sealed(b"report"))
    assert [later_deposit(server, receipt, sealed).status for _ in range(2)] == [201, 200]
    lines = [o for o in server.listed(desk) if o["mailbox"] == receipt.mailbox_id.hex()]
    assert {one["sha256"]: one["first"] for one in lines}[
        hashlib.sha256(sealed).hexdigest()
    ] is False
    assert sorted(one["first"] for one in lines) == [False, True]
    assert {one["work"] for one in lines} == {4}
    # Also when every desk has fetched it: a client that repeats what it sent is not heard twice.
    for one in server.keeper.desks:
        server.acknowledge(one, [line["id"] for line in lines])
    assert later_deposit(server, receipt, sealed).status == 200
    assert [o for o in server.listed(desk) if o["mailbox"] == receipt.mailbox_id.hex()] == []


def test_an_answer_reaches_the_owner_in_small_parts_and_opens_there(server: LiveServer) -> None:
    desk = server.keeper.desks[1]
    _, receipt = server.deposit(server.sealed(b"report"))
    sealed = seal_bytes("ответ".encode(), [receipt.reply_recipient()])
    assert [put_answer(server, desk, receipt, sealed).status for _ in range(2)] == [201, 200]
    (listed,) = read(server, receipt)["answers"]
    assert (listed["size"], listed["day"]) == (len(sealed), today().isoformat())
    parts = [as_owner(server, receipt, f"read/{listed['id']}/{n}") for n in range(5)]
    assert [part.status for part in parts] == [200, 200, 200, 200, 404]
    assert all(len(part.body) == 8192 for part in parts[:4])
    whole = b"".join(part.body for part in parts[:4])
    assert open_bytes(whole, [HybridIdentity(receipt.reply_seed)]) == "ответ".encode()
    # For everybody else it is not there, whatever they ask for.
    stranger = Receipt.generate()
    path = f"/mailbox/{receipt.mailbox_id.hex()}/read/{listed['id']}/0"
    as_stranger = server.request("POST", path, b"", {"Safelight-Key": stranger.auth_key.hex()})
    of_nobody = as_owner(server, stranger, f"read/{listed['id']}/0")
    past_the_end = parts[4]
    odd = as_owner(server, receipt, "read/zz/x")
    assert {(a.status, a.body) for a in (as_stranger, of_nobody, past_the_end, odd)} == {
        (404, past_the_end.body)
    }


def test_only_desks_answer_and_only_what_is_an_envelope(server: LiveServer) -> None:
    desk = server.keeper.desks[0]
    _, receipt = server.deposit(server.sealed(b"report"))
    sealed = seal_bytes(b"answer", [receipt.reply_recipient()])
    stranger = put_answer(server, DeskKeys.generate("desk-1"), receipt, sealed)
    assert (stranger.status, problem(stranger.body)["problem"]) == (401, "not-a-desk")
    junk = put_answer(server, desk, receipt, bytes(32 * 1024))
    assert (junk.status, problem(junk.body)["problem"]) == (400, "not-an-envelope")
    nowhere = put_answer(server, desk, Receipt.generate(), sealed)
    assert nowhere.status == 404
    assert read(server, receipt)["answers"] == []


def test_a_withdrawal_deletes_everything_and_reaches_each_desk_once(server: LiveServer) -> None:
    tus = Tus(server)
    one, two = server.keeper.desks
    _, receipt = server.deposit(server.sealed(b"report"))
    later_deposit(server, receipt, server.sealed(b"more"))
    put_answer(server, one, receipt, seal_bytes(b"answer", [receipt.reply_recipient()]))
    begun = tus.create(32 * 1024, later(receipt)).headers["location"]
    tus.patch(begun, 0, bytes(PIECE))
    assert withdraw(server, receipt).json() == {"state": "withdrawn"}
    assert withdraw(server, receipt).json() == {"state": "withdrawn"}
    gone: dict[str, Any] = {
        "state": "withdrawn",
        "day": None,
        "fetched": False,
        "answers": [],
        "more": False,
    }
    assert read(server, receipt) == gone
    assert tus.ask("HEAD", begun).status == 404
    mine = receipt.mailbox_id.hex()
    assert [o for o in server.listed(one) if o["mailbox"] == mine] == []
    order = {"mailbox": mine, "proof": receipt.withdrawal_proof.hex(), "day": today().isoformat()}
    assert hashlib.sha256(bytes.fromhex(order["proof"])).digest() == receipt.withdrawal_verifier
    assert order in withdrawals(server, one)
    said = json.dumps({"ids": [], "withdrawals": [mine]}).encode()
    assert server.ask_as(one, "POST", "/collect/acknowledge", said).status == 200
    assert order not in withdrawals(server, one)
    assert order in withdrawals(server, two)
    assert server.ask_as(two, "POST", "/collect/acknowledge", said).status == 200
    assert order not in withdrawals(server, two)
    # Nothing can be added any more, by either end.
    refusals = [
        later_deposit(server, receipt, server.sealed(b"late")),
        server.deposit(server.sealed(b"report"), receipt)[0],
        put_answer(server, one, receipt, seal_bytes(b"late", [receipt.reply_recipient()])),
        tus.create(32 * 1024, later(receipt)),
    ]
    assert [(a.status, problem(a.body)["problem"]) for a in refusals] == [(410, "withdrawn")] * 4


def test_two_tabs_with_one_receipt_do_not_undo_each_other(server: LiveServer) -> None:
    """One tab uploads while the other takes back: the upload ends with the sentence for it."""
    tus = Tus(server)
    _, receipt = server.deposit(server.sealed(b"report"))
    sealed = server.sealed(b"from the first tab")
    path = tus.create(len(sealed), later(receipt)).headers["location"]
    tus.send(path, sealed, until=PIECE)
    parts = [tus.partial(sealed)]
    withdraw(server, receipt)
    assert tus.patch(path, PIECE, sealed[PIECE : 2 * PIECE]).status == 404
    joined = tus.join(parts, later(receipt))
    assert (joined.status, problem(joined.body)["problem"]) == (410, "withdrawn")
    # Two tabs that both write are both heard.
    _, other = server.deposit(server.sealed(b"report"))
    both = [later_deposit(server, other, server.sealed(b"tab")) for _ in range(2)]
    assert [one.status for one in both] == [201, 201]


def test_what_was_sealed_to_an_older_roster_has_to_be_sealed_again(server: LiveServer) -> None:
    version, sealed = server.keeper.roster.version, server.sealed(b"text")
    old, _ = server.deposit(sealed, Safelight_Roster=str(version - 1))
    assert (old.status, problem(old.body)["problem"]) == (409, "roster-changed")
    assert server.deposit(sealed, Safelight_Roster=str(version))[0].status == 201
    created = Tus(server).create(len(sealed), first(Receipt.generate(), roster=str(version)))
    assert created.status == 201


@pytest.mark.parametrize("what", ["read", "withdraw", "read/0000000000000001/0"])
def test_a_key_of_another_form_is_refused_before_anything_is_looked_up(
    server: LiveServer, what: str
) -> None:
    path = f"/mailbox/{'0' * 32}/{what}"
    for key in ("", "0" * 63, "G" * 64, "0" * 65):
        answer = server.request("POST", path, b"", {"Safelight-Key": key})
        assert (answer.status, problem(answer.body)["problem"]) == (400, "no-key")
    assert server.request("GET", path).status == 405
