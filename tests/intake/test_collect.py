"""Desks fetch what they do not have; what all usable desks have is gone from the server."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from safelight.sealing.desk_request import sign_request
from safelight.sealing.opening import open_bytes
from tests.support.live_server import DeskKeys, Keeper, LiveServer, live_server
from tests.support.raw_http import problem

pytestmark = pytest.mark.live
PAGE = 500


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server whose roster has two desks."""
    keeper = Keeper.with_desks("desk-1", "desk-2")
    with live_server(tmp_path_factory.mktemp("server"), keeper=keeper) as running:
        yield running


def test_what_was_deposited_is_listed_fetched_and_opens_on_each_desk(server: LiveServer) -> None:
    sealed = server.sealed(b"a report")
    _, receipt = server.deposit(sealed)
    for desk in server.keeper.desks:
        (one,) = [o for o in server.listed(desk) if o["mailbox"] == receipt.mailbox_id.hex()]
        assert set(one) == {"seq", "id", "size", "day", "mailbox", "sha256", "work", "first"}
        assert (one["sha256"], one["first"]) == (hashlib.sha256(sealed).hexdigest(), True)
        assert one["day"] == datetime.now(UTC).date().isoformat()
        fetched = server.ask_as(desk, "GET", f"/collect/{one['id']}")
        assert fetched.headers["content-type"] == "application/octet-stream"
        assert open_bytes(fetched.body, [desk.identity]) == b"a report"


def test_an_envelope_stays_until_every_usable_desk_has_it(server: LiveServer) -> None:
    first, second = server.keeper.desks
    _, receipt = server.deposit(server.sealed(b"text"))

    def waiting(desk: DeskKeys) -> list[str]:
        mine = receipt.mailbox_id.hex()
        return [one["id"] for one in server.listed(desk) if one["mailbox"] == mine]

    (held,) = waiting(first)
    assert server.acknowledge(first, [held]).json() == {"acknowledged": 1, "deleted": 0}
    assert (waiting(first), waiting(second)) == ([], [held])
    assert server.ask_as(second, "GET", f"/collect/{held}").status == 200
    # Saying it twice changes nothing.
    assert server.acknowledge(first, [held]).json()["deleted"] == 0
    assert server.acknowledge(second, [held]).json()["deleted"] == 1
    assert server.ask_as(second, "GET", f"/collect/{held}").status == 404
    assert server.acknowledge(second, [held]).status == 200


def test_numbers_grow_and_paging_by_them_misses_nothing(server: LiveServer) -> None:
    desk = server.keeper.desks[0]
    server.deposit(server.sealed(b"text"))
    last = server.listed(desk)[-1]["seq"]
    for _ in range(3):
        server.deposit(server.sealed(b"text"))
    newer = server.ask_as(desk, "GET", f"/collect?after={last}").json()
    assert [one["seq"] for one in newer["envelopes"]] == [last + 1, last + 2, last + 3]
    assert newer["more"] is False
    # Numbers are never given twice, also when everything was fetched and deleted.
    for one in server.keeper.desks:
        server.acknowledge(one, [o["id"] for o in server.listed(one)])
    server.deposit(server.sealed(b"text"))
    assert [one["seq"] for one in server.listed(desk)] == [last + 4]


def test_a_list_longer_than_a_page_comes_in_pages(server: LiveServer) -> None:
    desk = server.keeper.desks[0]
    before = len(server.listed(desk))
    server.insert_envelopes(PAGE + 1 - before)
    first = server.ask_as(desk, "GET", "/collect").json()
    assert (len(first["envelopes"]), first["more"]) == (PAGE, True)
    rest = server.ask_as(desk, "GET", f"/collect?after={first['envelopes'][-1]['seq']}").json()
    assert (len(rest["envelopes"]), rest["more"]) == (1, False)


@pytest.mark.parametrize(
    "header",
    ["", "Bearer abc", "Safelight-Desk desk-1 1 " + "0" * 32 + " " + "0" * 128],
)
def test_nobody_collects_without_a_desks_signature(server: LiveServer, header: str) -> None:
    for method, path in (
        ("GET", "/collect"),
        ("GET", "/collect/" + "0" * 16),
        ("POST", "/collect/acknowledge"),
    ):
        body = b'{"ids":[]}' if method == "POST" else None
        answer = server.request(method, path, body, {"Authorization": header} if header else {})
        assert (answer.status, problem(answer.body)["problem"]) == (401, "not-a-desk")


def test_a_request_is_good_once_for_one_path_one_body_and_five_minutes(
    server: LiveServer,
) -> None:
    desk = server.keeper.desks[0]
    now = datetime.now(UTC)

    def signed(path: str, when: datetime = now, who: DeskKeys = desk) -> dict[str, str]:
        key = who.signing_key
        return {"Authorization": sign_request("GET", path, b"", desk="desk-1", key=key, now=when)}

    header = signed("/collect?after=0")
    assert server.request("GET", "/collect?after=0", None, header).status == 200
    assert server.request("GET", "/collect?after=0", None, header).status == 401
    assert server.request("GET", "/collect?after=1", None, signed("/collect?after=0")).status == 401
    late, early = now - timedelta(minutes=6), now + timedelta(minutes=6)
    assert server.request("GET", "/collect", None, signed("/collect", late)).status == 401
    assert server.request("GET", "/collect", None, signed("/collect", early)).status == 401
    assert server.request("GET", "/collect", None, signed("/collect")).status == 200
    stranger = DeskKeys.generate("desk-1")
    assert server.request("GET", "/collect", None, signed("/collect", now, stranger)).status == 401


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'{"ids": "all"}',
        b'{"ids": [1]}',
        b'{"ids": ["../x"]}',
        b'{"ids": ["ffffffffffffffff"]}',
        b"\xff\xfe",
        b"[" * 20000,
        json.dumps({"ids": ["0" * 16] * 501}).encode(),
    ],
)
def test_an_acknowledgement_of_another_form_is_refused(server: LiveServer, body: bytes) -> None:
    answer = server.ask_as(server.keeper.desks[0], "POST", "/collect/acknowledge", body)
    assert (answer.status, problem(answer.body)["problem"]) == (400, "not-understood")


@pytest.mark.parametrize("after", ["-1", "x", "1" * 30, ""])
def test_a_place_in_the_list_of_another_form_is_refused(server: LiveServer, after: str) -> None:
    answer = server.ask_as(server.keeper.desks[0], "GET", f"/collect?after={after}")
    assert (answer.status, problem(answer.body)["problem"]) == (400, "not-understood")
