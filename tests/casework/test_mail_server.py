"""The desk's side of `/collect`: a real server once, and answers no honest server gives."""

from __future__ import annotations

import contextlib
import hashlib
import http.server
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.desk import NAME, TestDesk, a_report


@contextmanager
def answering(answer: Callable[[str, str], tuple[int, bytes]]) -> Iterator[tuple[str, list[str]]]:
    """A server on loopback that says what `answer(method, path)` says; yields its address."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def _do(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked.append(f"{self.command} {self.path}")
            status, body = answer(self.command, self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _do  # noqa: N815  # the library's names

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def a_list(
    *ids: str,
    more: bool = False,
    start: int = 1,
    sealed: dict[str, bytes] | None = None,
    withdrawals: tuple[tuple[str, str], ...] = (),
    size: int = 32768,
) -> bytes:
    lines = [
        {
            "seq": start + n,
            "id": name,
            "size": size,
            "day": "2026-03-14",
            "mailbox": "0f" * 16,
            "sha256": hashlib.sha256((sealed or {}).get(name, b"")).hexdigest(),
            "work": 14,
            "first": True,
        }
        for n, name in enumerate(ids)
    ]
    said = [{"mailbox": m, "proof": p, "day": "2026-03-15"} for m, p in withdrawals]
    return json.dumps({"envelopes": lines, "withdrawals": said, "more": more}).encode()


def ids(count: int) -> list[str]:
    return [f"{number:016x}" for number in range(count)]


def test_pages_are_followed_and_everything_is_acknowledged(desk: TestDesk) -> None:
    from safelight.casework.inbox import fetch

    sealed = {name: desk.sealed(a_report()) for name in ids(3)}

    def answer(method: str, path: str) -> tuple[int, bytes]:
        if path == "/collect?after=0":
            return 200, a_list(*ids(3)[:2], more=True, sealed=sealed)
        if path == "/collect?after=2":
            return 200, a_list(ids(3)[2], start=3, sealed=sealed)
        if method == "POST":
            return 200, b"{}"
        return 200, sealed[path.rsplit("/", 1)[1].removesuffix("?part=0")]

    with answering(answer) as (address, asked):
        arrivals = fetch(address)
    assert (arrivals.found, arrivals.cases) == (3, 3)
    assert asked[-1] == "POST /collect/acknowledge"


def test_an_envelope_that_has_gone_is_passed_over(desk: TestDesk) -> None:
    from safelight.casework.inbox import fetch

    good = desk.sealed(a_report())

    def answer(_: str, path: str) -> tuple[int, bytes]:
        if path.startswith("/collect?"):
            return 200, a_list(*ids(2), sealed={ids(2)[1]: good})
        return (404, b"") if ids(2)[0] in path else (200, good)

    with answering(answer) as (address, _):
        assert fetch(address).cases == 1


HONEST = a_list(*ids(1))


@pytest.mark.parametrize(
    ("status", "body", "problem"),
    [
        (403, b"", "does not accept this desk"),
        (401, b"", "does not accept this desk"),
        (500, b"canary", "status 500"),
        (302, b"", "status 302"),
        (200, b"", "cannot be read"),
        (200, b"<html>canary", "cannot be read"),
        (200, b"[" * 100_000, "cannot be read"),
        (200, HONEST.replace(b'"seq": 1', b'"seq": "1"'), "cannot be read"),
        (200, HONEST.replace(b'"seq": 1', b'"seq": -1'), "cannot be read"),
        (200, HONEST.replace(ids(1)[0].encode(), b"../../roster"), "cannot be read"),
        (200, HONEST.replace(b'"more": false', b'"more": 1'), "whether more follows"),
        (200, a_list(more=True), "does not move on"),
        (200, b" " * (1024 * 1024 + 1), "longer than 1048576 bytes"),
    ],
)
def test_an_answer_no_server_should_give_is_refused_without_repeating_it(
    desk: TestDesk, status: int, body: bytes, problem: str
) -> None:
    from safelight.casework.inbox import fetch
    from safelight.casework.mail_server import MailServerError

    with (
        answering(lambda *_: (status, body)) as (address, _),
        pytest.raises(MailServerError, match=problem) as refused,
    ):
        fetch(address)
    assert "canary" not in str(refused.value)


def test_a_list_that_repeats_itself_does_not_keep_us_for_ever(desk: TestDesk) -> None:
    from safelight.casework.inbox import fetch
    from safelight.casework.mail_server import MailServerError

    with (
        answering(lambda _, p: (200, a_list(more=True) if "after=0" in p else b"")) as (address, _),
        pytest.raises(MailServerError, match="does not move on"),
    ):
        fetch(address)


def test_an_envelope_that_never_ends_is_cut_off(desk: TestDesk) -> None:
    from safelight.casework.inbox import fetch
    from safelight.casework.mail_server import MailServerError

    huge = bytes(16 * 1024 * 1024 + 1)
    with (
        answering(lambda _, p: (200, a_list(*ids(1)) if "?a" in p else huge)) as (address, _),
        pytest.raises(MailServerError, match="longer than 1048576 bytes"),
    ):
        fetch(address)


def test_a_server_that_never_ends_its_answer_is_hung_up_on(
    desk: TestDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    from safelight.casework import mail_server
    from safelight.casework.inbox import fetch

    monkeypatch.setattr(mail_server, "_LONGEST_ANSWER", 0.3)
    stopped = threading.Event()

    def drip(listening: socket.socket) -> None:
        line, _ = listening.accept()
        with line, contextlib.suppress(OSError):
            line.recv(4096)
            line.sendall(b"HTTP/1.1 200 OK\r\nX: ")
            while not stopped.wait(0.02):
                line.sendall(b"x")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=drip, args=(listening,))
        thread.start()
        begun = time.monotonic()
        with pytest.raises(mail_server.MailServerError):
            fetch(f"http://127.0.0.1:{listening.getsockname()[1]}")
        took = time.monotonic() - begun
        stopped.set()
        thread.join()
    assert took < 10


def test_nobody_there_is_said_in_words_on_the_page(desk: TestDesk) -> None:
    from safelight.desk.launch import ENVIRON_SERVER

    desk.client.defaults[ENVIRON_SERVER] = "http://127.0.0.1:9"  # discard: nobody listens
    answer = desk.client.post("/cases/fetch")
    assert answer.status_code == 502
    assert "did not answer" in answer.text
    in_russian = desk.client.post("/cases/fetch", HTTP_ACCEPT_LANGUAGE="ru").text
    assert "сервер не ответил" in in_russian.lower()
    assert "did not answer" not in in_russian
    assert "What has been fetched is safe" in answer.text


@pytest.mark.parametrize(
    "address",
    ["", "ftp://host", "http://", "http://host/path", "http://host?x=1", "unix:relative",
     "http://user:secret@host", "http://host:99999", "host:80"],
)  # fmt: skip
def test_an_address_that_is_none_is_refused_and_not_repeated(desk: TestDesk, address: str) -> None:
    from safelight.casework.mail_server import MailServer, MailServerError
    from safelight.journal.chain import desk_key

    with pytest.raises(MailServerError, match="must be http") as refused:
        MailServer(address, desk_key())
    assert "secret" not in str(refused.value)


def test_a_press_of_the_button_stops_after_its_time_and_says_so(desk: TestDesk) -> None:
    from safelight.casework.inbox import fetch

    with answering(lambda _, p: (200, a_list(*ids(2)))) as (address, asked):
        arrivals = fetch(address, seconds=-1)
    assert arrivals.left
    assert asked == ["GET /collect?after=0"]
    html = desk.client.get("/cases/?found=0&left=1").text
    assert "More is waiting" in html


@pytest.mark.live
@pytest.mark.parametrize("by_socket", [False, True])
def test_a_real_server_hands_over_and_forgets(
    desk: TestDesk, tmp_path: Path, by_socket: bool
) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from safelight.casework.arrivals import Arrivals
    from safelight.casework.inbox import fetch
    from safelight.casework.mail_server import MailServerError
    from safelight.sealing.roster import Roster, RosterDesk
    from tests.support.live_server import Keeper, live_server

    today = datetime.now(UTC).date()
    listed = RosterDesk(NAME, desk.recipient, desk.verify_key, today, today + timedelta(days=9))
    roster = Roster(1, today, today + timedelta(days=9), (listed,))
    keeper = Keeper(Ed25519PrivateKey.generate(), (), roster)
    with live_server(tmp_path / "server", keeper=keeper, socket=by_socket) as server:
        address = f"unix:{server.socket.resolve()}" if server.socket else server.url
        stories = {f"история {number}" for number in range(3)}
        for story in stories:
            answer, _ = server.deposit(desk.sealed(a_report(answers={"story": story})))
            assert answer.status == 201
        assert fetch(address) == Arrivals(found=3, stored=3, cases=3)
        assert fetch(address) == Arrivals()
        from safelight.casework.cases import report_of
        from safelight.casework.models import Case

        assert {report_of(case).answers["story"] for case in Case.objects.all()} == stories
    if not by_socket:
        with pytest.raises(MailServerError, match="did not answer"):
            fetch(address)
