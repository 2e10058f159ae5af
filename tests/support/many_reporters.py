"""Many reporters at once, each as a browser does it: ask for work, compute, send, one connection
for each request. For a test that counts what is lost, and a bench that counts what it costs.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from safelight.intake.work import Challenge, solved_work
from safelight.sealing.receipt import Receipt
from tests.support.tus import CONTENT_TYPE, PIECE, first

Report = tuple[bytes, Receipt]
Way = Callable[[int, bytes, Receipt], Awaitable[None]]


@dataclass(frozen=True)
class Heard:
    """One answer."""

    status: int
    headers: dict[str, str]
    body: bytes


async def ask(port: int, method: str, path: str, body: bytes = b"", **headers: str) -> Heard:
    """One request on its own connection."""
    told = {"Host": "localhost", "Content-Length": str(len(body))}
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{method} {path} HTTP/1.1", *(f"{n}: {v}" for n, v in told.items())]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        answered = await reader.read()
    finally:
        writer.close()
    head, _, content = answered.partition(b"\r\n\r\n")
    status, *fields = head.decode("latin-1").split("\r\n")
    found = {n.lower(): v.strip() for n, _, v in (field.partition(":") for field in fields)}
    return Heard(int(status.split(" ")[1]), found, content)


async def work(port: int, size: int) -> str:
    challenge = Challenge.parse((await ask(port, "GET", "/work")).body)
    return solved_work(challenge, size=size)


def expect(heard: Heard, status: int) -> Heard:
    if heard.status != status:
        raise RuntimeError(f"expected {status}; got {heard.status}: {heard.body[:200]!r}")
    return heard


async def deposit_whole(port: int, sealed: bytes, receipt: Receipt) -> None:
    """The whole envelope in one request."""
    heard = await ask(
        port,
        "POST",
        f"/mailbox/{receipt.mailbox_id.hex()}",
        sealed,
        Content_Type="application/octet-stream",
        Safelight_Verifier=receipt.verifier.hex(),
        Safelight_Work=await work(port, len(sealed)),
    )
    expect(heard, 201)


async def deposit_in_pieces(port: int, sealed: bytes, receipt: Receipt) -> None:
    """The envelope in pieces of 11 kB (tus), as browsers send it."""
    made = await ask(
        port,
        "POST",
        "/upload",
        Tus_Resumable="1.0.0",
        Upload_Length=str(len(sealed)),
        Upload_Metadata=first(receipt),
        Safelight_Work=await work(port, len(sealed)),
    )
    place = expect(made, 201).headers["location"]
    for start in range(0, len(sealed), PIECE):
        heard = await ask(
            port,
            "PATCH",
            place,
            sealed[start : start + PIECE],
            Tus_Resumable="1.0.0",
            Upload_Offset=str(start),
            Content_Type=CONTENT_TYPE,
        )
        expect(heard, 204)


async def all_at_once(
    port: int, reports: Sequence[Report], way: Way, *, at_once: int
) -> list[float]:
    """Let `at_once` reporters send `reports`; return the seconds that each report took."""
    waiting, took = list(reversed(reports)), []

    async def reporter() -> None:
        while waiting:
            sealed, receipt = waiting.pop()
            begun = time.perf_counter()
            await way(port, sealed, receipt)
            took.append(time.perf_counter() - begun)

    await asyncio.gather(*(reporter() for _ in range(at_once)))
    return took
