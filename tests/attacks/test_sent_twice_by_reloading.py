"""Threat: sent-twice-by-reloading: A page without script is reloaded after “Send”, or its answer
was lost and it is sent again; the message and its files are there once, another text from the
same page is another message, and nothing the server keeps tells what was written.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from pathlib import Path

import pytest

from safelight.intake.addresses import address
from safelight.sealing.receipt import Receipt
from tests.intake.test_receipt_page import answer_on, ask, problem_on, words_of
from tests.support.live_server import Answer, LiveServer, live_server

pytestmark = pytest.mark.live


def once_on(page: str) -> str:
    (found,) = re.findall(r'name="once" value="([0-9a-f]{32})"', page)
    return str(found)


def send(
    server: LiveServer, receipt: Receipt, once: str, text: str, *files: tuple[str, bytes]
) -> Answer:
    body = b""
    for name, value in (("words", words_of(receipt)), ("once", once), ("text", text)):
        body += f'--B\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
    for name, content in files:
        body += f'--B\r\nContent-Disposition: form-data; name="files"; filename="{name}"'.encode()
        body += b"\r\nContent-Type: image/jpeg\r\n\r\n" + content + b"\r\n"
    kind = {"Content-Type": "multipart/form-data; boundary=B"}
    return server.request("POST", address("en", "receipt"), body + b"--B--\r\n", kind)


def test_what_is_sent_again_is_there_once_and_what_is_new_is_there_too(tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        _, receipt = server.deposit(server.sealed(b"report"))
        desk = server.keeper.desks[0]
        once = once_on(ask(server, words_of(receipt)).text)
        photo, other = ("a.jpg", b"x" * 9), ("b.jpg", b"x" * 9)

        def held_after(text: str, *files: tuple[str, bytes], by: str = once) -> int:
            page = send(server, receipt, by, text, *files).text
            assert "It has arrived" in answer_on(page), problem_on(page)
            assert once_on(page) != by
            return len(server.listed(desk))

        assert held_after("more") == 2
        assert held_after("more") == 2
        assert held_after("more", photo) == 4
        assert held_after("more", photo) == 4
        assert held_after("", photo) == 5
        assert held_after("", photo) == 5
        assert held_after("", other) == 6
        assert held_after("another text") == 7
        # From another page the same words are a second message: somebody wrote them twice.
        assert held_after("more", by="f" * 32) == 8
        # A form of a program says nothing about it.
        assert held_after("more", by="no token") == 9
        assert held_after("more", by="no token") == 10
        assert leftovers(server.data) == 0
        assert not stored_hashes(server.data) & {
            hashlib.sha256(said).hexdigest() for said in (b"more", once.encode(), b"another text")
        }
        kept = (server.data / "mailboxes.sqlite3").read_bytes()
        kept += (server.data / "mailboxes.sqlite3-wal").read_bytes()
        assert once.encode() not in kept


def test_a_form_that_came_back_keeps_its_mark(tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        _, receipt = server.deposit(server.sealed(b"report"))
        once = once_on(ask(server, words_of(receipt)).text)
        page = send(server, receipt, once, "long " * 5000).text
        assert "too long" in problem_on(page)
        assert once_on(page) == once


def leftovers(data: Path) -> int:
    """Files of a form that were sealed and belong to nothing."""
    database = sqlite3.connect(data / "mailboxes.sqlite3", timeout=90)
    try:
        (found,) = database.execute("SELECT count(*) FROM intake_upload WHERE NOT kept").fetchone()
        return int(found)
    finally:
        database.close()


def stored_hashes(data: Path) -> set[str]:
    database = sqlite3.connect(data / "mailboxes.sqlite3", timeout=90)
    try:
        return {one for (one,) in database.execute("SELECT sha256 FROM intake_accepted")}
    finally:
        database.close()
