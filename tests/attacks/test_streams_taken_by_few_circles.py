"""Threat: streams-taken-by-few-circles: Somebody founds some circles and opens as many streams of
news in each as it may have; a member of another circle still gets one, and a stream of the circle
that has the most ends for it.
"""

from __future__ import annotations

from pathlib import Path

from tests.support.live_server import Keeper
from tests.support.server_in_one_process import run_lines


def test_a_circle_with_fewer_streams_gets_one_of_that_with_the_most(tmp_path: Path) -> None:
    found = run_lines(
        tmp_path,
        Keeper.with_desks(),
        """
import asyncio
from safelight.circles import limits, news
from safelight.circles.standing import Standing, Watched
from safelight.intake.refusal import RefusedError
from safelight.server import streams
ended = []
standing = {n: Standing(0, 0) for n in range(9)}
async def receive():
    await asyncio.sleep(60)
def may(circle):
    try:
        news.ROOM.check(circle)
    except RefusedError as refused:
        return refused.code
    return "yes"
async def listens(held, name, circle):
    first = asyncio.Event()
    async def send(message):
        if message.get("more_body"):
            first.set()
    async def whole():
        await held.run(Watched(circle, Standing(0, 0)), receive, send)
        ended.append(name)
    asyncio.current_task().lines.append(asyncio.create_task(whole()))
    await asyncio.wait_for(first.wait(), 30)
async def asked():
    asyncio.current_task().lines = []
    held = streams.Streams(worker_seconds=600.0)
    with mock.patch.object(held._look, "again", lambda asked: dict(standing)):
        for number in range(3):
            await listens(held, f"one-{number}", 1)
        for number in range(2):
            await listens(held, f"two-{number}", 2)
        results["before"] = [may(1), may(2), may(3)], list(ended)
        await listens(held, "mine", 3)
        while len(ended) < 1:
            await asyncio.sleep(0)
        results["after"] = [may(1), may(2), may(3)], list(ended), len(news.ROOM.circles())
        for line in asyncio.current_task().lines:
            line.cancel()
async def main():
    await asyncio.create_task(asked())
with mock.patch.object(limits, "STREAMS", 5), mock.patch.object(limits, "CIRCLE_STREAMS", 3):
    asyncio.run(main())
""",
    )
    # Five are taken, of which circle 1 has three: as many as it may.
    assert found["before"] == [["streams-full", "streams-full", "yes"], []]
    # Its oldest has ended. Now all have two or fewer, and nobody takes another's place in turn.
    assert found["after"] == [["streams-full"] * 3, ["one-0"], 3]
