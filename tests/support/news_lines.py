"""Streams of news from a running server, as plain sockets: many at once, slow, or silent."""

from __future__ import annotations

import contextlib
import re
import socket as sockets
import time

from tests.support.circles import Circle
from tests.support.live_server import LiveServer

_EVENT = re.compile(rb"data: (news|idle|over)\n\n")


class NewsLine:
    """One stream. `heard` grows as events come."""

    def __init__(self, server: LiveServer, circle: Circle, key: bytes | None = None) -> None:
        self.line = server.raw()
        self.received = b""
        self.ended = False
        self.line.sendall(
            f"GET {circle.path}/news HTTP/1.1\r\nHost: localhost\r\n"
            f"Safelight-Key: {(key or circle.door).hex()}\r\n\r\n".encode()
        )

    @property
    def status(self) -> int:
        return int(self.received.split(b" ", 2)[1])

    @property
    def heard(self) -> list[str]:
        return [word.decode() for word in _EVENT.findall(self.received)]

    def until(self, heard: list[str], seconds: float = 30.0) -> list[str]:
        """Read until these were heard, the stream ended or the time is over; return all heard."""
        deadline = time.monotonic() + seconds
        while self.heard[: len(heard)] != heard and not self.ended:
            self.line.settimeout(max(0.01, deadline - time.monotonic()))
            try:
                chunk = self.line.recv(4096)
            except (TimeoutError, ConnectionResetError):
                break
            self.received += chunk
            self.ended = not chunk or self.received.endswith(b"0\r\n\r\n")
        return self.heard

    def to_the_end(self, seconds: float = 30.0) -> list[str]:
        return self.until(["never"], seconds)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.line.shutdown(sockets.SHUT_RDWR)
        self.line.close()
