"""A reporter's whole way over a bad line: `python bench/reporter.py [PHOTO_KB]`.

Chromium in a network namespace of 400 kbit/s, 600 ms there and back, where no connection
carries more than 16 kB (tests/support/bad_network.py; needs root). Prints, in seconds from the
first request: when the page shows something, when the button works, when the receipt stands
there, when the photo has arrived; and how many connections it took.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

from safelight.intake.addresses import address
from tests.browser.test_photo_on_a_bad_line import photo
from tests.support.bad_network import address_of_the_line, bad_network
from tests.support.browsers import playwright_browser
from tests.support.live_server import live_server

PAINTED = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


def main(kilobytes: int) -> None:
    # A JPEG of noise has about 0.7 bytes for each pixel.
    sent = photo(int((kilobytes * 1000 / 0.7) ** 0.5))
    with tempfile.TemporaryDirectory() as temporary:
        directory = Path(temporary)
        hosts = ("--host", address_of_the_line())
        with (
            live_server(directory / "server", arguments=hosts, work_bits=14) as server,
            bad_network(server.port, directory) as line,
            playwright_browser("chromium", program=line.program("chromium")) as page,
        ):
            page.set_default_timeout(600_000)
            started = time.monotonic()

            def seconds() -> float:
                return round(time.monotonic() - started, 1)

            page.goto(f"{line.url}{address('ru', 'report')}", wait_until="commit")
            page.wait_for_selector("form#report button[data-needs-script]", state="visible")
            found = {"photo_bytes": len(sent), "button": seconds()}
            found["painted"] = round(page.evaluate(PAINTED) / 1000, 1)
            page.fill('textarea[name="story"]', "text")
            page.set_input_files(
                "#files", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": sent}
            )
            page.click("form#report button[data-needs-script]")
            page.wait_for_selector("#receipt-words li", state="visible")
            found["receipt"] = seconds()
            page.wait_for_selector("form#report", state="detached")
            found["photo"] = seconds()
            found |= {"connections": line.connections, "cut": line.cut, "longest": line.longest}
            print(json.dumps(found))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
