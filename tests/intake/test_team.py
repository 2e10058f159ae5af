"""Desks of one roster leave each other envelopes; nobody else reads, writes or fills the disk."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from safelight.sealing.opening import open_bytes
from safelight.sealing.seal import seal_bytes
from tests.support.live_server import Answer, DeskKeys, Keeper, LiveServer, live_server, today
from tests.support.raw_http import problem

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    keeper = Keeper.with_desks("desk-1", "desk-2", "0123456789abcdef")
    with live_server(tmp_path_factory.mktemp("server"), keeper=keeper) as running:
        yield running


def leave(server: LiveServer, sender: DeskKeys, to: str, sealed: bytes) -> Answer:
    return server.ask_as(sender, "POST", f"/team/{to}", sealed)


def listed(server: LiveServer, desk: DeskKeys, after: int = 0) -> list[dict[str, object]]:
    answer = server.ask_as(desk, "GET", f"/team?after={after}")
    assert answer.status == 200, answer.text
    found: list[dict[str, object]] = answer.json()["envelopes"]
    return found


def test_what_one_desk_leaves_only_the_other_fetches_and_once(server: LiveServer) -> None:
    one, two, hexed = server.keeper.desks
    sealed = seal_bytes(b"entries", [two.identity.recipient()])
    assert [leave(server, one, "desk-2", sealed).status for _ in range(2)] == [201, 200]
    (line,) = listed(server, two)
    assert (line["from"], line["size"], line["day"]) == (
        "desk-1",
        len(sealed),
        today().isoformat(),
    )
    path = f"/team/{line['id']}"
    assert open_bytes(server.ask_as(two, "GET", path).body, [two.identity]) == b"entries"
    for other in (one, hexed):
        assert listed(server, other) == []
        assert server.ask_as(other, "GET", path).status == 404
    said = json.dumps({"ids": [line["id"]]}).encode()
    # Another desk's word does not delete it.
    assert server.ask_as(one, "POST", "/team/acknowledge", said).json()["deleted"] == 0
    assert server.ask_as(two, "POST", "/team/acknowledge", said).json()["deleted"] == 1
    assert server.ask_as(two, "POST", "/team/acknowledge", said).json()["deleted"] == 0
    assert listed(server, two) == []


def test_a_desk_whose_name_looks_like_an_id_is_written_to_all_the_same(server: LiveServer) -> None:
    one, _, hexed = server.keeper.desks
    sealed = seal_bytes(b"entries", [hexed.identity.recipient()])
    assert leave(server, one, hexed.name, sealed).status == 201
    (line,) = listed(server, hexed)
    assert server.ask_as(hexed, "GET", f"/team/{line['id']}").body == sealed


def test_who_is_not_on_the_roster_neither_reads_nor_writes(server: LiveServer) -> None:
    one, two, _ = server.keeper.desks
    sealed = seal_bytes(b"entries", [two.identity.recipient()])
    stranger = DeskKeys.generate("desk-1")
    refusals = [
        leave(server, stranger, "desk-2", sealed),
        server.ask_as(stranger, "GET", "/team"),
        server.ask_as(stranger, "POST", "/team/acknowledge", b'{"ids":[]}'),
    ]
    assert [problem(a.body)["problem"] for a in refusals] == ["not-a-desk"] * 3
    assert leave(server, one, "desk-3", sealed).status == 404
    junk = leave(server, one, "desk-2", bytes(32 * 1024))
    assert (junk.status, problem(junk.body)["problem"]) == (400, "not-an-envelope")
    assert server.ask_as(one, "GET", "/team?after=x").status == 400
    assert server.ask_as(one, "PUT", "/team/desk-2", sealed).status == 405
