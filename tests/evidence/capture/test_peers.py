"""Programs by other people accept a capture: `wacz validate`, and pywb, which replays it.

They stand in an environment of their own (`make peers`), which nothing of ours is installed in.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from safelight.evidence.capture.behaviours import page_verbs, usual_behaviours
from safelight.evidence.capture.surt import surt
from tests.evidence.capture.conftest import FeedCapture
from tests.support.browsers import playwright_browser

PEERS = Path(sys.prefix) / "peers/bin"
ADDRESSES = [
    "https://www.Example.org/A/b/?z=1&A=2",
    "http://127.0.0.1:8080/x",
    "https://a.b.example:443/",
    "http://example.org:8000/a/",
    "https://example.org/?",
    "https://example.org",
    "https://xn--e1afmkfd.xn--p1ai/%D1%88?x=%2F",
    "http://www2.example.org/a//b?b&a=&a=1",
]


def peer(name: str) -> str:
    if not (PEERS / name).exists():
        pytest.skip("the peers are not installed; `make peers` installs them")
    return os.fspath(PEERS / name)


def test_wacz_accepts_a_capture(feed: FeedCapture, tmp_path: Path) -> None:
    def validate(path: Path) -> int:
        return subprocess.run(
            [peer("wacz"), "validate", "-f", path], capture_output=True, check=False
        ).returncode

    good = feed.folder / "page.wacz"
    assert validate(good) == 0
    damaged = bytearray(good.read_bytes())
    damaged[200] ^= 1
    (tmp_path / "damaged.wacz").write_bytes(damaged)
    assert validate(tmp_path / "damaged.wacz") != 0


def test_keys_of_the_index_are_those_of_others() -> None:
    script = (
        "import json, sys; from surt import surt; "
        "print(json.dumps([surt(url) for url in sys.argv[1:]]))"
    )
    told = subprocess.run(
        [peer("python"), "-c", script, *ADDRESSES], capture_output=True, check=True
    ).stdout
    assert [surt(url) for url in ADDRESSES] == json.loads(told)


@contextlib.contextmanager
def pywb(folder: Path, wacz: Path) -> Iterator[str]:
    """Yield where pywb shows a collection with this capture."""
    manager = peer("wb-manager")
    # Its own index, too: it looks answers to a POST up by more than our index says.
    added = ["add", "--unpack-wacz", "c", os.fspath(wacz)]
    for words in (["init", "c"], added, ["reindex", "c"]):
        subprocess.run([manager, *words], cwd=folder, capture_output=True, check=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    running = subprocess.Popen(
        [peer("wayback"), "--bind", "127.0.0.1", "--port", str(port)],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        address = f"http://127.0.0.1:{port}/"
        for _ in range(300):
            with contextlib.suppress(OSError, urllib.error.URLError):
                urllib.request.urlopen(address, timeout=5).close()
                break
            time.sleep(0.1)
        yield address
    finally:
        running.terminate()
        running.wait(20)


@pytest.mark.browser
def test_pywb_replays_a_capture_with_equal_text(feed: FeedCapture, tmp_path: Path) -> None:
    more = next(one for one in usual_behaviours() if one.name == "show-more")
    with (
        pywb(tmp_path, feed.folder / "page.wacz") as address,
        playwright_browser("chromium", size=(1000, 700)) as page,
    ):

        def do(frame: Any, verb: str, **options: Any) -> dict[str, Any]:
            found = frame.evaluate(
                f"([verb, options]) => ({page_verbs()})(verb, options)", [verb, options]
            )
            assert isinstance(found, dict)
            return found

        page.goto(f"{address}c/mp_/{feed.record.url}")
        wanted = (feed.folder / "text.txt").read_text(encoding="utf-8")
        text = ""
        pressed = {"labels": list(more.labels), "selectors": list(more.selectors)}
        for _ in range(40):
            # The outermost frame is pywb's own, with a line about the capture.
            frames = page.frames[1:]
            for frame in frames:
                do(frame, "eager")
                do(frame, "scroll")
                do(frame, "click", **pressed)
                do(frame, "open")
            texts = [do(frame, "text", most=1 << 20)["text"] for frame in frames]
            text = "\n\n".join(one for one in texts if one.strip())
            if text == wanted:
                break
            page.wait_for_timeout(250)
    assert text == wanted
