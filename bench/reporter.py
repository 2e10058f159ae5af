"""A reporter's whole way over a bad line: `python bench/reporter.py [PHOTO_KB]`.

Chromium in a network namespace of 400 kbit/s, 600 ms there and back, where no connection
carries more than 16 kB (tests/support/bad_network.py; needs root).

First the first page, the three doors, each time in a new profile: medians of several runs,
beside what was measured of others. Their figures are not of this run: they were taken side by
side before, on the same kind of line, and of their first paints only the best is known. Firefox
is led by a socket on loopback, which a namespace has for itself, so it stands outside: it sees
the delays and the cuts, and not the 400 kbit/s (a few kB take 0.1 s of that).

Then, with a photo (0: without), in seconds from the first request: when the form shows
something, when its button works, when the receipt stands there, when the photo has arrived;
and how many connections it took.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from safelight.intake.addresses import address  # noqa: E402
from safelight.intake.work import REST_BITS  # noqa: E402
from tests.browser.test_photo_on_a_bad_line import photo  # noqa: E402
from tests.support.bad_network import Line, address_of_the_line, bad_network  # noqa: E402
from tests.support.browsers import playwright_browser  # noqa: E402
from tests.support.live_server import live_server  # noqa: E402

RUNS = 5
# Name, requests, kB of the first page. Of their first paints only the best is known.
PEERS = (
    ("SecureDrop", 15, 75.0),
    ("Hush Line", 17, 352.0),
    ("GlobaLeaks", 14, 1017.0),
)
BEST_PEER_PAINTED = 2.8
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


def main(kilobytes: int) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        directory = Path(temporary)
        hosts = ("--host", address_of_the_line())
        with (
            live_server(directory / "server", arguments=hosts, work_bits=REST_BITS) as server,
            bad_network(server.port, directory) as line,
        ):
            print_first_pages(line)
            if kilobytes > 0:
                print(json.dumps(whole_way(line, kilobytes)))


def print_first_pages(line: Line) -> None:
    row = "{:<24}{:>9}{:>9}{:>13}".format
    print(row("first page", "requests", "kB", "painted in s"))
    for kind in ("chromium", "firefox"):
        runs = [first_page(line, kind) for _ in range(RUNS)]
        requests, sent, painted = (statistics.median(values) for values in zip(*runs, strict=True))
        where = "" if kind == "chromium" else " (outside)"
        print(row(f"Safelight, {kind}{where}", f"{requests:g}", f"{sent:.1f}", f"{painted:.1f}"))
    for name, peer_requests, peer_sent in PEERS:
        print(row(name, peer_requests, f"{peer_sent:.0f}", f">= {BEST_PEER_PAINTED}"))


def first_page(line: Line, kind: str) -> tuple[int, float, float]:
    """Return connections, kB in both directions and seconds to the first contentful paint."""
    # Playwright reaches Chromium by a pipe and Firefox by a socket.
    program = line.program("chromium") if kind == "chromium" else None
    with playwright_browser(kind, program=program) as page:
        page.set_default_timeout(120_000)
        connections, carried = line.connections, line.carried
        page.goto(f"{line.url}{address('ru', '')}", wait_until="load")
        page.wait_for_function(f"{PAINTED} > 0")
        page.wait_for_timeout(2000)  # anything that follows, such as an icon
        painted = page.evaluate(PAINTED) / 1000
        return line.connections - connections, (line.carried - carried) / 1000, painted


def whole_way(line: Line, kilobytes: int) -> dict[str, float]:
    # A JPEG of noise has about 0.7 bytes for each pixel.
    sent = photo(int((kilobytes * 1000 / 0.7) ** 0.5))
    with playwright_browser("chromium", program=line.program("chromium")) as page:
        page.set_default_timeout(600_000)
        before = line.connections
        started = time.monotonic()

        def seconds() -> float:
            return round(time.monotonic() - started, 1)

        page.goto(f"{line.url}{address('ru', 'report')}", wait_until="commit")
        page.wait_for_selector("form#report button[data-needs-script]", state="visible")
        found: dict[str, float] = {"photo_bytes": len(sent), "button": seconds()}
        found["painted"] = round(page.evaluate(PAINTED) / 1000, 1)
        page.fill('textarea[name="story"]', "text")
        page.set_input_files("#files", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": sent})
        page.click("form#report button[data-needs-script]")
        page.wait_for_selector("#receipt-words li", state="visible")
        found["receipt"] = seconds()
        page.wait_for_selector("form#report", state="detached")
        found["photo"] = seconds()
        connections = line.connections - before
        return found | {"connections": connections, "cut": line.cut, "longest": line.longest}


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
