"""Threat: idle-streams: Somebody opens hundreds of streams of news, reads none of them, or lets
them lie; each circle has so many, strangers have none, reports go on, and a line that was closed
is forgotten at once.
"""

from __future__ import annotations

import secrets
import socket as sockets
from pathlib import Path

import pytest

from safelight.circles.limits import CIRCLE_STREAMS
from tests.support.circles import Circle, Circles
from tests.support.live_server import live_server
from tests.support.news_lines import NewsLine


@pytest.mark.live
def test_one_circle_cannot_take_the_streams_of_others_or_the_place_of_reports(
    tmp_path: Path,
) -> None:
    with live_server(tmp_path, arguments=("--circles",)) as server:
        circles = Circles(server)
        flooded, other = circles.founded(), circles.founded()
        held = [NewsLine(server, flooded) for _ in range(CIRCLE_STREAMS)]
        for line in held:
            assert line.until(["idle"]) == ["idle"]
        refused = circles.ask("GET", f"{flooded.path}/news", key=flooded.door.hex())
        assert (refused.status, refused.json()["problem"]) == (503, "streams-full")
        # A stranger gets none, also not of a circle that has room.
        stranger = circles.ask("GET", f"{other.path}/news", key=flooded.door.hex())
        assert stranger.status == 404
        assert circles.ask("GET", f"{Circle().path}/news", key="0" * 64).body == stranger.body
        mine = NewsLine(server, other)
        mine.until(["idle"])
        circles.say(other, b"said")
        assert mine.until(["idle", "news"]) == ["idle", "news"]
        assert server.deposit(server.sealed(b"report"))[0].status == 201
        # Polling needs no stream, so whoever finds no room reads all the same.
        assert circles.read(flooded).status == 200
        for line in held:
            line.close()
        again = [NewsLine(server, flooded)]
        while again[-1].until(["idle"]) != ["idle"]:
            assert again[-1].status == 503
            assert len(again) < 200, "closed lines keep their places"
            again.append(NewsLine(server, flooded))


@pytest.mark.live
def test_lines_that_read_nothing_delay_nobody(tmp_path: Path) -> None:
    with live_server(tmp_path, arguments=("--circles",)) as server:
        circles = Circles(server)
        circle = circles.founded()
        silent = []
        for _ in range(20):
            line = NewsLine(server, circle)
            # Room for not even one event beyond what is on its way.
            line.line.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 1)
            silent.append(line)
        reader = NewsLine(server, circle)
        reader.until(["idle"])
        for number in range(3):
            circles.say(circle, secrets.token_bytes(100))
            wanted = ["idle", *["news"] * (number + 1)]
            assert reader.until(wanted) == wanted
        for line in (*silent, reader):
            line.close()
        assert "error" not in server.logs()
