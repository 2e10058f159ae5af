"""Requests that no well-behaved client would send, byte for byte."""

from __future__ import annotations

import json
import socket as sockets
from typing import Any

from tests.support.live_server import LiveServer


def head(
    server: LiveServer, method: str, path: str, *lines: str, host: str | None = "localhost"
) -> bytes:
    """A request head as bytes; `host=None` leaves the line out."""
    first = [f"{method} {path} HTTP/1.1"]
    named = [] if host is None else [f"Host: {host}"]
    return ("\r\n".join([*first, *named, *lines]) + "\r\n\r\n").encode()


def deposit_head(server: LiveServer, mailbox: str, *lines: str, verifier: str = "0" * 64) -> bytes:
    return head(
        server,
        "POST",
        f"/mailbox/{mailbox}",
        "Content-Type: application/octet-stream",
        f"Safelight-Verifier: {verifier}",
        f"Safelight-Work: {server.work(16 * 1024 * 1024)}",
        *lines,
    )


def exchange(
    server: LiveServer, *parts: bytes, hang_up: bool = False, timeout: float = 60.0
) -> tuple[int, bytes]:
    """Send `parts`, read to the end; return (status, body), status 0 if nothing came back.

    `hang_up` closes the sending direction after the last part, as a lost line does.
    """
    with server.raw(timeout) as line:
        try:
            for part in parts:
                line.sendall(part)
            if hang_up:
                line.shutdown(sockets.SHUT_WR)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the server has answered and closed; the answer is still there to read
        received = b""
        try:
            while chunk := line.recv(65536):
                received += chunk
        except ConnectionResetError:
            pass
    if not received:
        return 0, b""
    before, _, body = received.partition(b"\r\n\r\n")
    return int(before.split(b" ", 2)[1]), body


def problem(body: bytes) -> dict[str, Any]:
    """The refusal in a JSON answer; every field is one non-empty sentence or code."""
    found: dict[str, Any] = json.loads(body)
    assert set(found) == {"problem", "expected", "got", "next"}
    assert all(found.values())
    return found
