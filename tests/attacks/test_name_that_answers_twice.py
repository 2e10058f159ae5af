"""Threat: name-that-answers-twice: a page's host name answers with a public address when it is
checked and with a private one when it is connected to; the capture connects to exactly the address
that it checked, looks a name up once, and uses none where one answer is private.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Sequence

import pytest

from safelight.evidence.capture.egress import exits
from safelight.evidence.capture.egress.addresses import Address
from safelight.evidence.capture.egress.exits import Direct
from tests.support.egress import ask, connect

PUBLIC, PRIVATE = ipaddress.ip_address("93.184.215.14"), ipaddress.ip_address("10.0.0.7")
URL = "https://page.example/"


def test_the_address_that_was_checked_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [[PUBLIC], [PRIVATE]]
    opened: list[tuple[str, int]] = []

    async def resolve(_host: str, _port: int) -> Sequence[Address]:
        return answers.pop(0)

    async def connected(host: str, port: int) -> exits.Streams:
        opened.append((host, port))
        reader = asyncio.StreamReader()
        reader.feed_eof()
        return reader, (await real(*home))[1]

    real = asyncio.open_connection
    home: list[object] = []

    async def stand_in(host: str, port: int) -> exits.Streams:
        # What the test itself opens goes on; everything else is noted.
        if host == "127.0.0.1":
            home[:] = [host, port]
            return await real(host, port)
        return await connected(host, port)

    monkeypatch.setattr(asyncio, "open_connection", stand_in)
    found = ask(connect("page.example"), named=[URL], way=Direct(resolve))
    assert found.answer.startswith(b"HTTP/1.1 200")
    assert opened == [(str(PUBLIC), 443)]
    assert answers == [[PRIVATE]]
    assert found.journal[0].address == str(PUBLIC)


@pytest.mark.parametrize("second", ["10.0.0.7", "127.0.0.2", "::1", "64:ff9b::a00:7"])
def test_a_name_with_one_private_answer_is_not_used_at_all(second: str) -> None:
    async def resolve(_host: str, _port: int) -> Sequence[Address]:
        return [PUBLIC, ipaddress.ip_address(second)]

    found = ask(connect("page.example"), named=[URL], way=Direct(resolve))
    assert found.answer.startswith(b"HTTP/1.1 403")
    assert [one.reason for one in found.journal] == ["private-address"]
