"""Threat: circle-ids-guessed: Who guesses an id, has only an id, or was removed, reads and writes
nothing: an unknown circle and a wrong key are answered alike, by the same steps, and the key of an
epoch that is over opens nothing that came after.
"""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from tests.support.circles import Circle, Circles, batch_key
from tests.support.live_server import Keeper, live_server
from tests.support.server_in_one_process import run_lines


@pytest.mark.live
def test_an_id_without_a_key_opens_nothing_and_confirms_nothing(tmp_path: Path) -> None:
    with live_server(tmp_path, arguments=("--circles",)) as server:
        circles = Circles(server)
        circle, unknown = circles.founded(), Circle()
        circles.say(circle, b"said")
        circles.open_batch(circle, batch_key(1))
        key, keeper = secrets.token_bytes(32).hex(), {"Keeper_Key": secrets.token_bytes(32).hex()}
        asked = [
            ("GET", "", b"", {"key": key}),
            ("GET", "/entry/1/0", b"", {"key": key}),
            ("GET", "/batches", b"", {"key": key}),
            ("GET", "/knocks", b"", {"key": key}),
            ("GET", f"/knock/{1:016x}", b"", {"key": key}),
            ("POST", "/message", b"x", {"key": key}),
            ("POST", "/commit", b"x", {"key": key, "door": key, "epoch": "0"}),
            ("POST", "/burn", b"", keeper),
            ("POST", f"/knock/{1:016x}", b"", keeper),
            ("POST", "/batch", (batch_key(2).public_numbers.n).to_bytes(256, "big"), keeper),
        ]
        for method, where, body, headers in asked:
            there, nowhere = (
                circles.ask(method, one.path + where, body or None, **headers)
                for one in (circle, unknown)
            )
            assert there.status == 404, where
            # A second may pass between the two.
            heads = [
                {n: v for n, v in one.headers.items() if n != "date"} for one in (there, nowhere)
            ]
            assert (there.body, heads[0]) == (nowhere.body, heads[1]), where
        # A member's key is not a keeper's, nor the other way round.
        swapped = circles.ask("POST", f"{circle.path}/burn", Keeper_Key=circle.door.hex())
        assert swapped.status == circles.read(circle, key=circle.keeper).status == 404
        assert [one["bytes"] for one in circles.whole_log(circle, circle.door)] == [b"said"]


@pytest.mark.live
def test_a_removed_member_gets_nothing_of_what_came_later(tmp_path: Path) -> None:
    with live_server(tmp_path, arguments=("--circles",)) as server:
        circles = Circles(server)
        circle = circles.founded()
        circles.next_epoch(circle)
        removed = circle.doors[0].hex()
        circles.say(circle, b"later")
        circles.open_batch(circle, batch_key(1))
        assert [
            one["seq"] for one in circles.read(circle, key=circle.doors[0]).json()["entries"]
        ] == [1]
        for where in ("/entry/2/0", "/batches", "/knocks", f"/knock/{1:016x}"):
            assert circles.ask("GET", circle.path + where, key=removed).status == 404
        assert circles.say(circle, b"x", key=circle.doors[0]).status == 409
        assert circles.ask("GET", f"{circle.path}/batches", key=circle.door.hex()).status == 200


def test_guessing_takes_the_same_steps_whatever_there_is(tmp_path: Path) -> None:
    found = run_lines(
        tmp_path,
        Keeper.with_desks(),
        """
        from django.db import connection
        from safelight.circles import doors, founding, log
        from safelight.intake import day
        from safelight.intake.refusal import RefusedError
        here, nowhere = b"h" * 16, b"n" * 16
        founding.found(here, keeper=bytes(32), door=bytes(32), day=day.today())
        def steps(circle):
            seen = []
            def note(execute, sql, params, many, context):
                seen.append(sql)
                return execute(sql, params, many, context)
            with connection.execute_wrapper(note):
                try:
                    log.read(circle, key=b"x" * 32, after=0, room=1000)
                except RefusedError as reason:
                    seen.append(reason.code)
            return seen
        results["here"], results["nowhere"] = steps(here), steps(nowhere)
        # The real server has them; this one was not asked for them.
        asked = client.get(f"/circle/{here.hex()}", headers={"Safelight-Key": "0" * 64})
        came = client.post("/invitation/" + "0" * 32, b"x" * 8480, content_type="a/b")
        results["off"] = [asked.json()["problem"], came.json()["problem"]]
        """,
    )
    assert found["here"] == found["nowhere"]
    assert found["here"][-1] == "no-circle"
    assert found["off"] == ["no-such-page"] * 2
