"""Threat: plain-file-on-the-disk: Whoever takes the disk while or after a file arrives without
script finds no byte of it readable: not in the database, not in an open or deleted file, not cut.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from safelight.intake.addresses import address
from safelight.sealing.receipt import Receipt
from tests.support.live_server import LiveServer, live_server
from tests.support.raw_http import head
from tests.support.search_everywhere import files_with

pytestmark = pytest.mark.live

CANARY = b"canary-of-a-photo-5e1f"
PHOTO = (CANARY + bytes(200)) * 8000


def body_of(receipt: Receipt) -> bytes:
    words = " ".join(receipt.words("en"))
    texts = "".join(
        f'--B\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in (("words", words), ("text", CANARY.decode()))
    )
    file = (
        '--B\r\nContent-Disposition: form-data; name="files"; filename="a.jpg"\r\n'
        "Content-Type: image/jpeg\r\n\r\n"
    )
    return (texts + file).encode() + PHOTO + b"\r\n--B--\r\n"


def open_files(server: LiveServer) -> Iterator[bytes]:
    """The content of every file that a process of the server has open, deleted ones too."""
    for pid in server.processes():
        for handle in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                if handle.stat().st_size and handle.is_file():
                    yield handle.read_bytes()


def test_no_byte_of_a_file_is_readable_on_the_disk_at_any_time(tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        _, receipt = server.deposit(server.sealed(b"report"))
        body = body_of(receipt)
        asked = head(
            server,
            "POST",
            address("en", "receipt"),
            "Content-Type: multipart/form-data; boundary=B",
            f"Content-Length: {len(body)}",
        )
        with server.raw() as line:
            line.sendall(asked + body[: len(body) // 2])
            # Half of it has arrived and waits somewhere.
            deadline, waiting = time.monotonic() + 20, 0
            while waiting < len(body) // 4 and time.monotonic() < deadline:
                time.sleep(0.05)
                contents = list(open_files(server))
                waiting = max(map(len, contents), default=0)
            assert waiting >= len(body) // 4, "nothing waits on the disk; look elsewhere"
            assert not any(CANARY in content for content in contents)
            assert not set().union(*files_with([CANARY], tmp_path).values())
            line.sendall(body[len(body) // 2 :])
            answer = b"".join(iter(lambda: line.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 303"), "it was not taken, so it was not led on"
        assert len(server.listed(server.keeper.desks[0])) == 3
        assert not any(CANARY in content for content in open_files(server))
        assert not set().union(*files_with([CANARY], tmp_path).values())
        # A cut one leaves nothing at all.
        with server.raw() as line:
            line.sendall(asked + body[: len(body) // 2])
        assert not set().union(*files_with([CANARY], tmp_path).values())
        assert len(server.listed(server.keeper.desks[0])) == 3
