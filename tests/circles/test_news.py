"""Streams of news: they say that something is new, in events of one length, to members only."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from tests.support.circles import Circle, Circles
from tests.support.live_server import Keeper, live_server
from tests.support.news_lines import NewsLine
from tests.support.server_in_one_process import run_lines

pytestmark = pytest.mark.live


def test_members_hear_of_what_is_said_and_that_their_epoch_is_over(circles: Circles) -> None:
    circle, other = circles.founded(), circles.founded()
    lines = [NewsLine(circles.server, circle) for _ in range(3)]
    elsewhere = NewsLine(circles.server, other)
    for line in (*lines, elsewhere):
        assert line.until(["idle"]) == ["idle"]
    assert circles.say(circle, secrets.token_bytes(440)).status == 201
    for line in lines:
        assert line.until(["idle", "news"]) == ["idle", "news"]
    circles.next_epoch(circle)
    for line in lines:
        assert line.to_the_end() == ["idle", "news", "over"]
    assert elsewhere.heard == ["idle"]
    # One length for whatever is said, and nothing in it but the word.
    events = lines[0].received.partition(b"\r\n\r\n")[2]
    assert (
        events
        == b"".join(b"C\r\ndata: %s\n\n\r\n" % word for word in (b"idle", b"news", b"over"))
        + b"0\r\n\r\n"
    )
    elsewhere.close()


def test_a_stream_is_for_the_key_of_the_epoch_of_now(circles: Circles) -> None:
    circle = circles.founded()
    circles.next_epoch(circle)
    path = f"{circle.path}/news"
    old = circles.ask("GET", path, key=circle.doors[0].hex())
    assert (old.status, old.json()["problem"]) == (409, "epoch-over")
    stranger = circles.ask("GET", path, key="0" * 64)
    nowhere = circles.ask("GET", f"{Circle().path}/news", key=circle.door.hex())
    assert stranger.status == nowhere.status == 404
    assert stranger.body == nowhere.body
    assert circles.ask("POST", path, key=circle.door.hex()).status == 405


def test_a_burned_circle_ends_its_streams(circles: Circles) -> None:
    circle = circles.founded()
    line = NewsLine(circles.server, circle)
    line.until(["idle"])
    assert circles.ask("POST", f"{circle.path}/burn", Keeper_Key=circle.keeper.hex()).status == 200
    assert line.to_the_end() == ["idle", "over"]


def test_a_worker_that_is_renewed_or_told_to_stop_does_not_wait_for_streams(
    tmp_path: Path,
) -> None:
    with live_server(tmp_path, arguments=("--circles",)) as server:
        circles = Circles(server)
        circle = circles.founded()
        line = NewsLine(server, circle)
        line.until(["idle"])
        server.renew_worker()
        assert line.to_the_end() == ["idle"]
        # Whoever comes again is heard by the next worker.
        line = NewsLine(server, circle)
        line.until(["idle"])
        circles.say(circle, b"said")
        assert line.until(["idle", "news"]) == ["idle", "news"]
        assert server.process is not None
        server.process.terminate()
        # Far less than the minute after which a worker is killed.
        server.process.wait(timeout=30)
        line.to_the_end()
        assert line.ended
        assert "error" not in server.logs()


def test_a_stream_that_reaches_a_worker_at_its_end_is_heard_and_ends_soon(tmp_path: Path) -> None:
    """Not before its first event: a client would take streams for broken, and only look."""
    found = run_lines(
        tmp_path,
        Keeper.with_desks(),
        """
import asyncio, time
from safelight.circles.standing import Standing, Watched
from safelight.server import streams
said = []
async def send(message):
    said.append(message.get("body", b"").decode())
async def receive():
    await asyncio.sleep(60)
async def listen(worker_seconds):
    held = streams.Streams(worker_seconds=worker_seconds)
    begun = time.monotonic()
    await held.run(Watched(1, Standing(0, 0)), receive, send)
    return time.monotonic() - begun
with (mock.patch.object(streams, "AFTER_SECONDS", 0.0), mock.patch.object(
    streams, "SPREAD_SECONDS", 0.5), mock.patch.object(streams, "TICK_SECONDS", 9.0)):
    results["lasted"] = asyncio.run(listen(-100.0))
    # A circle that is not there any more: the first look says so.
    results["early"], said = said, []
    with mock.patch.object(streams, "TICK_SECONDS", 0.01):
        asyncio.run(listen(600.0))
    results["gone"] = said
""",
    )
    assert 1 <= found["lasted"] < 5
    assert found["early"] == ["data: idle\n\n", ""]
    assert found["gone"] == ["data: idle\n\n", "data: over\n\n", ""]


def test_what_is_said_while_a_line_takes_an_event_is_told_at_once(tmp_path: Path) -> None:
    found = run_lines(
        tmp_path,
        Keeper.with_desks(),
        """
import asyncio, time
from safelight.circles.standing import Standing, Watched
from safelight.server import streams
now = {1: Standing(0, 0)}
said = []
async def send(message):
    said.append([message.get("body", b"").decode(), time.monotonic()])
    if len(said) == 1:
        now[1] = Standing(1, 0)
        await asyncio.sleep(0.2)  # a line that is slow, and looks meanwhile
    if "news" in said[-1][0]:
        now.clear()
async def receive():
    await asyncio.sleep(60)
held = streams.Streams(worker_seconds=600.0)
with (mock.patch.object(held._look, "again", lambda asked: dict(now)),
      mock.patch.object(streams, "TICK_SECONDS", 0.02)):
    asyncio.run(held.run(Watched(1, Standing(0, 0)), receive, send))
results["heard"] = [one for one, _ in said]
results["seconds"] = said[1][1] - said[0][1]
""",
    )
    assert found["heard"] == ["data: idle\n\n", "data: news\n\n", "data: over\n\n", ""]
    # And not with the next idle, which comes after fifteen.
    assert found["seconds"] < 10
