"""Threat: envelope-cut-off-on-the-way: A connection ends early, or somebody on the line ends it,
while a desk fetches; what did not come whole is not acknowledged, so that the server keeps it.
"""

from __future__ import annotations

import hashlib
import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.desk import TestDesk, a_report, desk

__all__ = ["desk"]


class Holding:
    """A server that holds envelopes and sends of each only what `sent` leaves of it."""

    def __init__(self, envelopes: list[bytes]) -> None:
        self.held = {f"{number:016x}": sealed for number, sealed in enumerate(envelopes)}
        self.lost: dict[str, int] = {}

    def listed(self) -> bytes:
        lines = [
            {
                "seq": int(name, 16) + 1,
                "id": name,
                "size": len(sealed),
                "mailbox": "0f" * 16,
                "sha256": hashlib.sha256(sealed).hexdigest(),
                "work": None,
            }
            for name, sealed in self.held.items()
        ]
        return json.dumps({"envelopes": lines, "withdrawals": [], "more": False}).encode()


@contextmanager
def serving(holding: Holding) -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the library's name
            name = self.path.rsplit("/", 1)[1].removesuffix("?part=0")
            whole = holding.held[name] if name in holding.held else holding.listed()
            self.send_response(200)
            self.send_header("Content-Length", str(len(whole)))
            self.end_headers()
            # As when the line breaks: less than was announced, then the end.
            self.wfile.write(whole[: len(whole) - holding.lost.get(name, 0)])

        def do_POST(self) -> None:  # the library's name
            body = self.rfile.read(int(self.headers["Content-Length"]))
            for name in json.loads(body)["ids"]:
                del holding.held[name]
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("lost", [1, 32_000, 32_768])
def test_what_came_cut_off_stays_on_the_server_and_comes_whole_later(
    desk: TestDesk, lost: int
) -> None:
    from safelight.casework.arrivals import Arrivals
    from safelight.casework.inbox import fetch
    from safelight.casework.mail_server import MailServerError
    from safelight.casework.models import Case, ReceivedEnvelope

    stories = [f"report {number}" for number in range(3)]
    holding = Holding([desk.sealed(a_report(answers={"story": story})) for story in stories])
    first = next(iter(holding.held))
    holding.lost[first] = lost
    with serving(holding) as address:
        with pytest.raises(MailServerError, match=f"with 32768 bytes, came with {32_768 - lost};"):
            fetch(address)
        assert list(holding.held) == [first], "the others come all the same, and are acknowledged"
        assert Case.objects.count() == ReceivedEnvelope.objects.count() == 2
        holding.lost.clear()
        assert fetch(address) == Arrivals(found=1, stored=1, cases=1)
    assert holding.held == {}
    assert Case.objects.count() == 3
