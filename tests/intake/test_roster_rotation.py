"""The roster may change while the server runs; only a newer one of the same root counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.live_server import DeskKeys, Keeper, LiveServer, live_server, today
from tests.support.server_in_one_process import run_lines

pytestmark = pytest.mark.live


def put(server: LiveServer, signed: bytes) -> None:
    """Replace the roster file in one step, as the how-to tells the operator to."""
    beside = server.roster_file.with_suffix(".new")
    beside.write_bytes(signed)
    beside.replace(server.roster_file)


def test_a_newer_roster_is_taken_in_without_a_restart(tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        keeper, second = server.keeper, DeskKeys.generate("desk-2")
        newer = keeper.signed(version=4, desks=(*keeper.roster.desks, second.listed()))
        assert server.ask_as(second, "GET", "/collect").status == 401
        assert server.request("GET", "/roster/0").body != newer[:8192]
        put(server, newer)
        assert server.request("GET", "/roster/0").body == newer[:8192]
        assert server.request("GET", "/roster").body == newer
        assert server.ask_as(second, "GET", "/collect").status == 200
        assert "roster.accepted version=4 desks=2" in server.logs()


def test_a_desk_that_left_the_roster_collects_nothing_more(tmp_path: Path) -> None:
    keeper = Keeper.with_desks("desk-1", "desk-2")
    with live_server(tmp_path, keeper=keeper) as server:
        leaving = keeper.desks[1]
        assert server.ask_as(leaving, "GET", "/collect").status == 200
        put(server, keeper.signed(version=4, desks=keeper.roster.desks[:1]))
        assert server.ask_as(leaving, "GET", "/collect").status == 401
        assert server.ask_as(keeper.desks[0], "GET", "/collect").status == 200


def test_what_only_a_desk_that_left_has_not_fetched_can_go(tmp_path: Path) -> None:
    keeper = Keeper.with_desks("desk-1", "desk-2")
    with live_server(tmp_path, keeper=keeper) as server:
        staying = keeper.desks[0]
        server.deposit(server.sealed(b"text"))
        ids = [one["id"] for one in server.listed(staying)]
        assert server.acknowledge(staying, ids).json()["deleted"] == 0
        put(server, keeper.signed(version=4, desks=keeper.roster.desks[:1]))
        assert server.acknowledge(staying, []).json()["deleted"] == 1


LATER = """
    from datetime import UTC, datetime, timedelta
    from safelight.intake import day

    real = day.today()
    form = "application/x-www-form-urlencoded"
    def walk():
        sealed = b"x" * 32768
        return [
            client.get("/en/1").status_code,
            client.get("/roster").status_code,
            client.post("/en/1", "story=text", content_type=form).status_code,
            client.generic("POST", "/mailbox/" + "0" * 32, sealed, "application/octet-stream",
                           headers={"safelight-verifier": "0" * 64,
                                    "safelight-work": work(len(sealed))}).status_code,
            client.get("/collect").status_code,
            client.get("/en/4").status_code,
            client.get("/0").status_code,
        ]
    results["open"] = walk()
    with mock.patch.object(day, "today", return_value=real + timedelta(days=5)):
        results["last day"] = walk()
    with mock.patch.object(day, "today", return_value=real + timedelta(days=6)):
        results["day after"] = walk()
        closed = client.get("/ru/1")
        results["sentence"] = closed.content.decode()
        results["retry"] = closed.headers.get("Retry-After")
        said = client.post("/en/1", "story=typed", content_type=form)
        results["said"] = said.content.decode()
        results["json"] = client.get("/roster").json()
"""


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"expires": today() + timedelta(days=5)}, "roster 3 expired on"),
        ({"desks": "ending"}, "no usable desk in roster 3"),
    ],
    ids=["roster expires", "last desk ends"],
)
def test_the_form_closes_with_a_sentence_on_the_day_nobody_could_open_a_report(
    tmp_path: Path, changes: dict[str, object], reason: str
) -> None:
    keeper = Keeper.with_desks()
    if "desks" in changes:
        ending = keeper.desks[0].listed(valid_until=today() + timedelta(days=5))
        changes = {"desks": (ending,)}
    keeper = replace(keeper, roster=replace(keeper.roster, **changes))  # type: ignore[arg-type]
    found = run_lines(tmp_path, keeper, LATER)
    assert found["open"] == found["last day"] == [200, 200, 303, 400, 401, 200, 303]
    assert found["day after"] == [503, 503, 503, 503, 503, 200, 303]
    assert "Сейчас сообщения не принимаются" in found["sentence"]
    assert found["retry"] == "3600"
    assert "No reports can be taken right now" in found["said"]
    assert ">\ntyped</textarea>" in found["said"], "what was typed is given back"
    assert reason in found["json"]["got"]
