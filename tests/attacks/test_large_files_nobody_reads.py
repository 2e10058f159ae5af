"""Threat: large-files-nobody-reads: somebody asks a hundred times for the largest published file
and reads none of it; the server keeps a piece for each line and not the file, and shows others
their pages.
"""

from __future__ import annotations

import contextlib
import http.client
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from safelight.publication.bundle import build_bundle
from tests.publication.releases import KEY, ON
from tests.support.live_server import LiveServer, live_server

pytestmark = pytest.mark.live
LINES = 100
# Not to be compressed, and more than any buffer of the kernel holds.
LARGE = random.Random(7).randbytes(8 * 1024 * 1024)
FILES = {"index.html": b"<!doctype html><p>1", "data/large.json": LARGE}
ASKED = b"GET /8/data/large.json HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("publication") / "site"
    build_bundle(folder, FILES, key=KEY, on=ON, previous=None)
    return folder


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, site: Path) -> Iterator[LiveServer]:
    key = KEY.public_key().public_bytes_raw().hex()
    arguments = ("--publication", str(site), "--publication-key", key)
    with live_server(tmp_path_factory.mktemp("server"), arguments=arguments) as running:
        yield running


def resident(server: LiveServer) -> int:
    """Bytes of memory that the server's processes take."""
    pages = [
        int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]) for pid in server.processes()
    ]
    return sum(pages) * 4096


def test_lines_that_take_nothing_cost_a_piece_each_and_not_the_file(server: LiveServer) -> None:
    whole = server.request("GET", "/8/data/large.json")
    assert (whole.status, whole.body) == (200, LARGE)
    before = resident(server)
    with contextlib.ExitStack() as open_lines:
        for _ in range(LINES):
            open_lines.enter_context(server.raw()).sendall(ASKED)
        time.sleep(2)
        assert server.request("GET", "/8/index.html").body == FILES["index.html"]
        grown = resident(server) - before
    # Measured: some 110 MB, most of it once for the threads; whole files were 800 and more.
    assert grown < LINES * len(LARGE) / 3, f"{grown:,} bytes for {LINES} lines"


def test_who_asks_for_the_head_alone_gets_it(server: LiveServer) -> None:
    answer = server.request("HEAD", "/8/data/large.json")
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["content-length"] == str(len(LARGE))


@pytest.mark.parametrize(
    ("asked", "first", "end"),
    [("0-", 0, None), ("65530-65545", 65530, 65546), ("8388600-", 8388600, None)],
)
def test_a_part_of_a_large_file_is_that_part(
    server: LiveServer, asked: str, first: int, end: int | None
) -> None:
    answer = server.request("GET", "/8/data/large.json", headers={"Range": f"bytes={asked}"})
    assert answer.status == 206
    assert answer.body == LARGE[first:end]


def test_a_large_file_that_was_changed_is_refused_or_cut_off_and_never_shown(
    server: LiveServer, site: Path
) -> None:
    large = site / "data" / "large.json"
    try:
        for place in (0, len(LARGE) // 2):
            changed = bytearray(LARGE)
            changed[place : place + 8] = b"attacker"
            large.write_bytes(changed)
            try:
                answer = server.request("GET", "/8/data/large.json")
            except http.client.IncompleteRead as cut:
                got = cut.partial
                assert place > 0
                assert LARGE.startswith(got)
            else:
                assert (answer.status, place) == (503, 0)
                got = answer.body
            assert b"attacker" not in got
    finally:
        large.write_bytes(LARGE)
    assert server.request("GET", "/8/data/large.json").body == LARGE


def test_a_download_goes_on_only_with_the_same_bytes(server: LiveServer) -> None:
    tag = server.request("GET", "/8/index.html").headers["etag"]
    for known, status in ((tag, 206), ('"another"', 200)):
        asked = {"Range": "bytes=5-", "If-Range": known}
        answer = server.request("GET", "/8/index.html", headers=asked)
        assert answer.status == status
    packed = server.request("GET", "/8/index.html", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["etag"] != tag
