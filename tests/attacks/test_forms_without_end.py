"""Threat: forms-without-end: A flood of forms without script spends their budget; everybody who
has a script still gets through, who has none keeps what was typed and a place in the queue,
and thirty people behind one address are taken at once.
"""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from safelight.intake.addresses import address
from tests.support.live_server import Answer, LiveServer, live_server
from tests.support.many_reporters import ask

pytestmark = pytest.mark.live
AT_ONCE = 60
TYPED = "what somebody typed and must not lose"


@pytest.fixture(scope="module")
def flooded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server whose budget, the smallest there is, was just spent."""
    few = ("--forms-an-hour", "60")
    with live_server(tmp_path_factory.mktemp("server"), arguments=few) as server:
        taken: list[bool] = []

        def flood() -> None:
            for _ in range(AT_ONCE // 4 + 2):
                taken.append(
                    server.post_form(address("en", "report"), [("story", "junk")]).status < 400
                )

        flooding = [threading.Thread(target=flood) for _ in range(4)]
        for thread in flooding:
            thread.start()
        for thread in flooding:
            thread.join()
        assert (taken.count(True), taken.count(False)) == (AT_ONCE, 8)
        yield server


def ticket_in(page: str) -> str:
    (found,) = re.findall(r'<input[^>]*name="ticket"[^>]*value="([^"]*)"', page)
    return str(found)


def send(server: LiveServer, ticket: str | None = None) -> Answer:
    more = [] if ticket is None else [("ticket", ticket)]
    return server.post_form(address("en", "report"), [("story", TYPED), *more])


def test_reporters_with_a_script_still_get_through(flooded: LiveServer) -> None:
    assert send(flooded).status == 503
    for _ in range(10):
        assert flooded.deposit(flooded.sealed(b"text"))[0].status == 201
    assert flooded.request("GET", "/ru/").status == 200


def test_without_one_nothing_typed_is_lost_and_the_place_is_kept(flooded: LiveServer) -> None:
    kept = len(flooded.listed(flooded.keeper.desks[0]))
    waiting = send(flooded)
    assert waiting.status == 503
    assert TYPED in waiting.text
    ticket = ticket_in(waiting.text)
    again = send(flooded, ticket)
    assert (again.status, ticket_in(again.text)) == (503, ticket), "the place was given away"
    assert len(flooded.listed(flooded.keeper.desks[0])) == kept


def test_a_forged_ticket_and_a_new_worker_change_nothing(flooded: LiveServer) -> None:
    ticket = ticket_in(send(flooded).text)
    version, begins, cost, random, mac = ticket.split(".")
    earlier = ".".join([version, str(int(begins) - 3600), cost, random, mac])
    assert send(flooded, earlier).status == 503
    flooded.renew_worker()
    # The budget is still spent, and the place still known.
    assert send(flooded).status == 503
    assert ticket_in(send(flooded, ticket).text) == ticket


def test_six_hundred_forms_in_one_moment_delay_forms_only(flooded: LiveServer) -> None:
    body = b"story=" + b"junk " * 1000
    kind = "application/x-www-form-urlencoded"

    async def flood() -> list[int]:
        one = partial(ask, flooded.port, "POST", address("ru", "report"), body, Content_Type=kind)
        return [heard.status for heard in await asyncio.gather(*(one() for _ in range(600)))]

    statuses: list[int] = []
    flooding = threading.Thread(target=lambda: statuses.extend(asyncio.run(flood())))
    flooding.start()
    slowest = 0.0
    while flooding.is_alive():
        begun = time.monotonic()
        assert flooded.request("GET", address("en", "receipt")).status == 200
        assert flooded.deposit(flooded.sealed(b"text"))[0].status == 201
        slowest = max(slowest, time.monotonic() - begun)
    # A page, a price and a deposit. In one line with the forms each would wait for all of them.
    assert slowest < 4
    assert statuses == [503] * 600


def test_thirty_people_behind_one_address_send_a_photo_each(tmp_path: Path) -> None:
    boundary = "x" * 30
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="story"\r\n\r\ntext\r\n'.encode(),
        f"--{boundary}\r\n"
        'Content-Disposition: form-data; name="files"; filename="photo.jpg"\r\n'
        "Content-Type: image/jpeg\r\n\r\n".encode(),
        b"\xff\xd8" + b"p" * 1_000_000,
        f"\r\n--{boundary}--\r\n".encode(),
    ]
    kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    with live_server(tmp_path) as server:
        statuses: list[int] = []

        def person() -> None:
            answer = server.request("POST", address("ru", "report"), b"".join(parts), kind)
            statuses.append(answer.status)

        people = [threading.Thread(target=person) for _ in range(30)]
        for one in people:
            one.start()
        for one in people:
            one.join()
        assert max(statuses) < 400
        sizes = [one["size"] for one in server.listed(server.keeper.desks[0])]
        assert sizes.count(2 * 1024 * 1024) == 30
