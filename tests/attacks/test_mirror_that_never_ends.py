"""Threat: mirror-that-never-ends: a hostile host answers a probe with a head or a body that comes
byte by byte and never ends, or with far too much; the probe calls it silent and goes on.
"""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from datetime import date

import pytest

from safelight.publication.mirrors import probing
from safelight.publication.mirrors.fetching import new_session
from safelight.publication.mirrors.probing import SILENT, probe
from safelight.sealing.manifest import Manifest
from tests.publication.releases import KEY

OK = b"HTTP/1.1 200 OK\r\n"


@contextlib.contextmanager
def host(answer: Iterable[bytes], *, pause: float) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def run() -> None:
            with contextlib.suppress(OSError):
                line, _ = listening.accept()
                with line:
                    line.recv(4096)
                    for piece in answer:
                        line.sendall(piece)
                        time.sleep(pause)

        threading.Thread(target=run, daemon=True).start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"


@pytest.mark.parametrize(
    ("answer", "pause"),
    [
        (itertools.chain([OK], itertools.repeat(b"X")), 0.1),
        (itertools.chain([OK + b"\r\n"], itertools.repeat(b"X")), 0.1),
        (itertools.chain(itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n")), 0.1),
        (itertools.chain([OK], itertools.repeat(b"X-Header: " + b"x" * 9000 + b"\r\n")), 0.0),
        (itertools.chain([OK + b"\r\n"], itertools.repeat(b"X" * 65536)), 0.0),
    ],
    ids=["head by bytes", "body by bytes", "always go on", "endless headers", "endless body"],
)
def test_a_probe_ends(
    answer: Iterable[bytes], pause: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probing, "LONGEST_SECONDS", 1.0)
    newest = Manifest.of({"a": b"1"}, version=1, on=date(2025, 3, 2), previous=None)
    begun = time.monotonic()
    with host(answer, pause=pause) as url:
        state = probe(url, newest, new_session(None), key=KEY.public_key(), whole=False)
    assert state == SILENT
    assert time.monotonic() - begun < 10
