"""A body that waits: whole or refused with its reason, in its order, and gone afterwards."""

from __future__ import annotations

import asyncio
import itertools
import os
import secrets
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from safelight.intake.body import Allowance
from safelight.intake.refusal import RefusedError
from safelight.server import arriving
from safelight.server.arriving import Body, Receive
from safelight.server.spool import PIECE, Spool

MIB = 1024 * 1024


@pytest.fixture
def writers() -> Iterator[Executor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


def sender(*chunks: bytes, then: str = "end") -> Receive:
    """ASGI's `receive`: the chunks, and then the end, a hang-up or silence."""
    left = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]

    async def receive() -> dict[str, Any]:
        if left:
            return left.pop(0)
        if then == "silence":
            await asyncio.sleep(60)
        if then == "hang up":
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": b"", "more_body": False}

    return receive


def arrived(
    tmp_path: Path, writers: Executor, receive: Receive, length: int, *, room: Allowance
) -> Body:
    async def wait() -> Body:
        body = Body(spool_in=tmp_path, on_disk=room, writers=writers)
        await body.arrive(receive, length)
        return body

    return asyncio.run(wait())


def refusal_of(body: Body) -> tuple[int, str]:
    with pytest.raises(RefusedError) as refused:
        body.read(1)
    return refused.value.status, refused.value.code


@pytest.mark.parametrize("length", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, MIB + 17])
@pytest.mark.parametrize("step", [1000, 65_536, 100_001])
def test_bytes_come_out_as_they_came_in(
    tmp_path: Path, writers: Executor, length: int, step: int
) -> None:
    sent, room = secrets.token_bytes(length), Allowance(4 * MIB)
    chunks = [sent[at : at + step] for at in range(0, length, step)]
    body = arrived(tmp_path, writers, sender(*chunks), length, room=room)
    assert (room.held > 0) == (length > PIECE)
    taken = b"".join(iter(lambda: body.read(7001), b""))
    assert taken == sent
    assert body.read() == b"", "bytes are given once"
    body.close()
    body.close()
    assert room.held == 0
    assert arriving._IN_MEMORY.held == 0
    assert list(tmp_path.iterdir()) == []


def test_all_can_be_read_at_once(tmp_path: Path, writers: Executor) -> None:
    sent = secrets.token_bytes(3 * PIECE + 5)
    body = arrived(tmp_path, writers, sender(sent), len(sent), room=Allowance(MIB))
    assert body.read() == sent
    body.close()


@pytest.mark.parametrize("then", ["end", "hang up"])
@pytest.mark.parametrize("sent", [0, 10, 2 * PIECE])
def test_a_body_that_ends_early_is_refused(
    tmp_path: Path, writers: Executor, then: str, sent: int
) -> None:
    room = Allowance(MIB)
    body = arrived(tmp_path, writers, sender(b"x" * sent, then=then), MIB, room=room)
    assert refusal_of(body) == (400, "cut-short")
    body.close()
    assert (room.held, arriving._IN_MEMORY.held) == (0, 0)


def test_silence_is_refused(
    tmp_path: Path, writers: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arriving, "STRETCH_SECONDS", 0.1)
    body = arrived(tmp_path, writers, sender(b"x" * 100, then="silence"), 1000, room=Allowance(1))
    assert refusal_of(body) == (408, "too-slow")
    body.close()


def dripped(tmp_path: Path, writers: Executor, first: int, each: int, *, seconds: float) -> Body:
    """What becomes of 20 kB that come so many bytes `first`, then `each`, `seconds` apart.

    The loop's clock is the drips' own, so a machine that stands still in between changes nothing.
    """
    now, amounts = 0.0, itertools.chain([first], itertools.repeat(each))

    def clock() -> float:
        return now

    async def drip() -> dict[str, Any]:
        nonlocal now
        now += seconds
        # The loop sees what is due by then before this arrives.
        for _ in range(5):
            await asyncio.sleep(0)
        return {"type": "http.request", "body": b"x" * next(amounts), "more_body": True}

    async def wait() -> Body:
        body = Body(spool_in=tmp_path, on_disk=Allowance(1), writers=writers)
        loop = asyncio.get_running_loop()
        with mock.patch.object(loop, "time", clock):
            await body.arrive(drip, 4 * arriving.STRETCH_BYTES)
        return body

    return asyncio.run(wait())


def test_dripping_is_refused_and_a_slow_line_is_not(tmp_path: Path, writers: Executor) -> None:
    quarter = arriving.STRETCH_BYTES // 4
    in_time, too_late = arriving.STRETCH_SECONDS / 5, arriving.STRETCH_SECONDS / 3
    whole = dripped(tmp_path, writers, quarter, quarter, seconds=in_time)
    assert len(whole.read()) == 4 * arriving.STRETCH_BYTES
    whole.close()
    for first, each, seconds in (
        (quarter, quarter, too_late),
        (1, 1, in_time),
        # What came fast at first buys no time for later.
        (4 * quarter, 1, in_time),
    ):
        body = dripped(tmp_path, writers, first, each, seconds=seconds)
        assert refusal_of(body) == (408, "too-slow")
        body.close()


def test_no_more_waits_than_there_is_room_for(tmp_path: Path, writers: Executor) -> None:
    room = Allowance(2 * PIECE)
    body = arrived(tmp_path, writers, sender(b"x" * MIB), MIB, room=room)
    assert refusal_of(body) == (503, "busy")
    body.close()
    assert room.held == 0
    small = arrived(tmp_path, writers, sender(b"x" * 100), 100, room=Allowance(0))
    assert small.read() == b"x" * 100, "what is small needs no room on the disk"
    small.close()


def test_a_disk_that_fails_is_told(
    tmp_path: Path, writers: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_arguments: Any) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    room = Allowance(MIB)
    body = arrived(tmp_path, writers, sender(b"x" * MIB), MIB, room=room)
    assert refusal_of(body) == (507, "storage-full")
    body.close()
    assert room.held == 0


def test_on_the_disk_stands_noise_without_a_name(tmp_path: Path) -> None:
    spool = Spool(tmp_path, allowance=Allowance(MIB))
    spool.add(b"readable" * (PIECE // 8))
    assert list(tmp_path.iterdir()) == []
    written = Path(f"/proc/self/fd/{spool._file}").read_bytes()
    assert len(written) == PIECE + 16
    assert b"readable" not in written
    assert spool.next_piece() == b"readable" * (PIECE // 8)
    spool.close()


def test_a_late_writer_writes_into_no_other_file(tmp_path: Path) -> None:
    spool = Spool(tmp_path, allowance=Allowance(MIB))
    number = spool._file
    spool.close()
    with (tmp_path / "another").open("w+b") as other:
        # A request that was cancelled has closed its file; its number is given to another.
        assert other.fileno() == number
        spool.add(b"late")
        assert other.read() == b""
