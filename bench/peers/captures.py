"""Programs by other people that keep a page, each driven as its manual says, and what they kept.

`make bench-peers` installs auto-archiver and SingleFile, `make peers` pywb; wget is Debian's.
Each has a way to keep (`keep`) and a way to show what it kept without the site (`shown`), which
is what counts: a page is asked in the same browser whether its parts are there.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from safelight.evidence.capture.capture_record import CaptureRecord
from tests.support.browsers import playwright_browser
from tests.support.capture_site import Site, captured

ROOT: Final = Path(__file__).resolve().parents[2]
PEERS: Final = Path(sys.prefix) / "peers/bin"
BENCH: Final = Path(sys.prefix) / "bench-peers"
SINGLE_FILE: Final = BENCH / "node_modules/single-file-cli/single-file-node.js"
# auto-archiver refuses addresses of this machine; browsers and this line alone know the name.
NAME: Final = "page.localhost"
_KNOWN: Final = f"""
import socket
_asked = socket.getaddrinfo
socket.getaddrinfo = lambda host, *a, **k: _asked(
    "127.0.0.1" if host == "{NAME}" else host, *a, **k)
"""
_ORCHESTRATION: Final = """
steps:
  feeders: [cli_feeder]
  extractors: [antibot_extractor_enricher]
  enrichers: [hash_enricher]
  databases: [console_db]
  storages: [local_storage]
  formatters: [html_formatter]
antibot_extractor_enricher: {save_to_pdf: true}
local_storage: {path_generator: flat, filename_generator: static, save_to: kept}
"""


@dataclass(frozen=True)
class Tool:
    """`keep` writes into a folder; `kept` is what it is told to keep, by pattern."""

    name: str
    installed: Callable[[], bool]
    keep: Callable[[Path, Site], str]
    kept: str
    shown: Callable[[Path, str], AbstractContextManager[Any]]


def ours(place: Path, site: Site) -> str:
    record: CaptureRecord = captured(place / "kept", site)
    assert record.fidelity is not None
    return f"{record.status.value}, {record.fidelity.pixels_differing:.5f} of pixels differ"


def auto_archiver(place: Path, site: Site) -> str:
    (place / "known").mkdir()
    (place / "known/sitecustomize.py").write_text(_KNOWN, "utf-8")
    (place / "how.yaml").write_text(_ORCHESTRATION, "utf-8")
    driver = next((BENCH / "lib").glob("python3*/site-packages/seleniumbase/drivers"))
    for name in ("chromedriver", "uc_driver"):
        # It changes the driver it is given, and would fetch one that is not there.
        shutil.copy(shutil.which("chromedriver") or "chromedriver", driver / name)
    # Its way to say that there is no screen: then it starts one of its own (Xvfb).
    there = {"RUNNING_IN_DOCKER": "1", "PYTHONPATH": os.fspath(place / "known")}
    address = site.address.replace("127.0.0.1", NAME)
    return _run(
        [BENCH / "bin/auto-archiver", "--config", "how.yaml", address], place, os.environ | there
    )


def single_file(place: Path, site: Site) -> str:
    (place / "kept").mkdir()
    words = [
        Path(sys.prefix) / "bin/node", SINGLE_FILE, site.address, place / "kept/page.html",
        "--browser-executable-path", shutil.which("chromium") or "chromium",
        "--browser-arg", "--no-sandbox", "--block-videos", "false",
    ]  # fmt: skip
    return _run(words, place, dict(os.environ))


def pywb(place: Path, site: Site) -> str:
    """Recording, with a browser that scrolls to the end: pywb itself does nothing on a page."""
    _wb(place, "init", "c")
    with (
        _wayback(place, "--live", "--record", "--autoindex") as address,
        playwright_browser("chromium", size=(1000, 700)) as page,
    ):
        page.goto(f"{address}c/record/mp_/{site.address}")
        for _ in range(16):
            for frame in page.frames:
                scroll_to_end(frame)
            page.wait_for_timeout(400)
    return "scrolled by a script"


def scroll_to_end(frame: Any) -> None:
    """Away from the end and to it: what waits for the end to come into sight hears of it."""
    # Two short calls: one that waits within the page never comes back from a frame that failed.
    frame.evaluate("() => scrollTo(0, 0)")
    frame.page.wait_for_timeout(120)
    frame.evaluate("() => scrollTo(0, document.body.scrollHeight)")


def wget(place: Path, site: Site) -> str:
    (place / "kept").mkdir()
    words = ["wget", "-q", "-p", "-k", "--no-proxy", "--warc-file=kept/w", "-P", "files"]
    _run([*words, site.address], place, dict(os.environ))
    return "runs no script"


@contextlib.contextmanager
def as_file(place: Path, _address: str) -> Iterator[Any]:
    """A page that was kept as HTML, opened from the disk."""
    pages = sorted((place / "kept").glob("*.html"), key=lambda path: path.stat().st_size)
    with playwright_browser("chromium", size=(1000, 700)) as page:
        page.goto((pages[0] if pages else place / "none").as_uri())
        yield page


@contextlib.contextmanager
def by_pywb(place: Path, address: str) -> Iterator[Any]:
    """A page that was kept as WARC or WACZ, replayed by pywb."""
    if not (place / "collections").exists():
        _wb(place, "init", "c")
        for archive in sorted((place / "kept").glob("*.wacz")):
            _wb(place, "add", "--unpack-wacz", "c", archive)
        for archive in sorted((place / "kept").glob("*.warc.gz")):
            _wb(place, "add", "c", archive)
    _wb(place, "reindex", "c")
    with (
        _wayback(place) as pywb_at,
        playwright_browser("chromium", size=(1000, 700)) as page,
    ):
        page.goto(f"{pywb_at}c/mp_/{address}")
        yield page


def _run(words: list[Any], place: Path, environment: dict[str, str]) -> str:
    with (place / "log").open("wb") as log:
        done = subprocess.run(
            [os.fspath(word) for word in words], cwd=place, env=environment, check=False,
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, timeout=300,
        )  # fmt: skip
    return "" if done.returncode == 0 else f"exit {done.returncode}"


def _wb(place: Path, *words: Any) -> None:
    told = [os.fspath(word) for word in words]
    subprocess.run([PEERS / "wb-manager", *told], cwd=place, capture_output=True, check=True)


@contextlib.contextmanager
def _wayback(place: Path, *options: str) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    running = subprocess.Popen(
        [PEERS / "wayback", "--bind", "127.0.0.1", "--port", str(port), *options],
        cwd=place, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        address = f"http://127.0.0.1:{port}/"
        for _ in range(600):
            with contextlib.suppress(OSError, urllib.error.URLError):
                urllib.request.urlopen(address, timeout=5).close()
                break
            time.sleep(0.1)
        yield address
    finally:
        running.terminate()
        running.wait(20)


TOOLS: Final = (
    Tool("safelight", lambda: True, ours, "kept/*.wacz", by_pywb),
    Tool(
        "auto-archiver", (BENCH / "bin/auto-archiver").exists, auto_archiver, "kept/*", as_file
    ),
    Tool("SingleFile", SINGLE_FILE.exists, single_file, "kept/*", as_file),
    Tool(
        "pywb --record", (PEERS / "wayback").exists, pywb,
        "collections/c/archive/*", by_pywb,
    ),
    Tool("wget --warc-file", lambda: shutil.which("wget") is not None, wget, "kept/*", by_pywb),
)  # fmt: skip
