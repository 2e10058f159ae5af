"""A small site on loopback for captures: everything a page may be made of, and what is hostile."""

from __future__ import annotations

import contextlib
import io
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from PIL import Image

from safelight.evidence.capture.behaviours import usual_behaviours
from safelight.evidence.capture.capture_policy import MIB, CapturePolicy, Limits
from safelight.evidence.capture.capture_record import CaptureRecord
from safelight.evidence.capture.capturing import capture
from safelight.evidence.capture.egress.exits import Direct

Answer = tuple[int, dict[str, str], bytes]
Page = Answer | Callable[[BaseHTTPRequestHandler], Answer | None]

# Small enough that a test of a limit ends soon, and large enough for a slow machine.
LIMITS = Limits(
    seconds=60,
    resource_seconds=20,
    settle_seconds=15,
    resource_bytes=2 * MIB,
    media_bytes=4 * MIB,
    total_bytes=32 * MIB,
    requests=300,
    rounds=20,
    navigations=4,
    screenshot_height=8000,
)


def html(body: str, head: str = "") -> Answer:
    page = f"<!doctype html><html lang=en><meta charset=utf-8><title>A page</title>{head}<body>"
    return 200, {"Content-Type": "text/html; charset=utf-8"}, (page + body).encode()


def picture(colour: str, size: tuple[int, int] = (160, 120)) -> Answer:
    made = io.BytesIO()
    Image.new("RGB", size, colour).save(made, "PNG")
    return 200, {"Content-Type": "image/png"}, made.getvalue()


def redirect(to: str) -> Answer:
    return 302, {"Location": to}, b""


@dataclass
class Site:
    """`pages`: path → answer; `asked`: every request line that came, in order."""

    pages: dict[str, Page] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextlib.contextmanager
def serving(site: Site) -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            site.asked.append(f"{self.command} {self.path}")
            page = site.pages.get(self.path) or site.pages.get(self.path.partition("?")[0])
            answer = page(self) if callable(page) else page
            if answer is None:
                if page is None:
                    self._give((404, {"Content-Type": "text/plain"}, b"not here"))
                return
            self._give(answer)

        do_POST = do_GET  # noqa: N815

        def _give(self, answer: Answer) -> None:
            status, headers, body = answer
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None: ...

        def handle_one_request(self) -> None:
            with contextlib.suppress(OSError):
                super().handle_one_request()

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.handle_error = lambda *_: None  # type: ignore[method-assign]
        site.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield site
        finally:
            server.shutdown()
            thread.join()


def policy(*sites: Site, limits: Limits = LIMITS, **changed: Any) -> CapturePolicy:
    facts: dict[str, Any] = {
        "exit": Direct(),
        "hosts": None,
        "ports": frozenset({80, 443}),
        "loopback_ports": frozenset(site.port for site in sites),
        "language": "en",
        "viewport": (1000, 700),
        "limits": limits,
        "boxed": True,
        "any_certificate": False,
    }
    return CapturePolicy(**facts | changed)


def captured(place: Path, site: Site, path: str = "/", **changed: Any) -> CaptureRecord:
    """Capture a page of `site` as a caseworker would, with this file's limits."""
    behaviours = changed.pop("behaviours", usual_behaviours())
    login = changed.pop("login", ())
    others = changed.pop("others", ())
    return capture(
        site.address + path,
        place=place,
        policy=policy(site, *others, **changed),
        behaviours=behaviours,
        login=login,
        on_progress=lambda _: None,
    )


def drip(handler: BaseHTTPRequestHandler, headers: str, piece: bytes, pause: float) -> None:
    """Answer for ever."""
    handler.wfile.write(f"HTTP/1.1 200 OK\r\n{headers}\r\n\r\n".encode())
    with contextlib.suppress(OSError):
        while True:
            handler.wfile.write(piece)
            handler.wfile.flush()
            time.sleep(pause)
