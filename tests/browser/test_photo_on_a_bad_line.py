"""A report with a photo, from real browsers over a line that delays, starves and cuts.

400 kbit/s, 600 ms there and back, and no connection carries more than 16 kB. The photo here
is small, so that the test is quick; bench/reporter.py sends one of 1 MB.
"""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from safelight.intake.addresses import address
from safelight.sealing.opening import open_bytes
from safelight.sealing.receipt import Receipt
from safelight.vocabulary.messages import FileHeader
from safelight.vocabulary.report import Report
from tests.support.bad_network import address_of_the_line, bad_network
from tests.support.browsers import playwright_browser
from tests.support.live_server import LiveServer, live_server
from tests.support.tags import untagged

pytestmark = [pytest.mark.browser, pytest.mark.live]

STORY = "Это случилось вечером."
PLACE = "CANARY 59.9386 N 30.3141 E"


def photo(width: int) -> bytes:
    """A JPEG that compresses badly and says in its metadata where it was taken."""
    noise = random.Random(1).randbytes(width * width * 3)
    picture = Image.frombytes("RGB", (width, width), noise)
    said = Image.Exif()
    said[0x010E] = PLACE
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=80, exif=said)
    return written.getvalue()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    hosts = ("--host", address_of_the_line())
    with live_server(tmp_path_factory.mktemp("bad-line"), arguments=hosts) as running:
        yield running


@pytest.mark.parametrize(
    ("kind", "width", "sealed"), [("chromium", 330, 256 * 1024), ("firefox", 190, 32 * 1024)]
)
def test_a_report_with_a_photo_arrives_whole_over_a_line_that_cuts_after_16_kb(
    server: LiveServer, kind: str, width: int, sealed: int, tmp_path: Path
) -> None:
    sent = photo(width)
    assert PLACE.encode() in sent
    with bad_network(server.port, tmp_path) as line:
        # Playwright speaks to Firefox over TCP, so Firefox stays outside: late and cut, not slow.
        program = line.program(kind) if kind == "chromium" else None
        with playwright_browser(kind, program=program) as page:
            page.set_default_timeout(90_000)
            page.goto(f"{line.url}{address('ru', 'report')}", wait_until="commit")
            page.wait_for_selector("form#report button[data-needs-script]", state="visible")
            page.fill('textarea[name="story"]', STORY)
            page.set_input_files(
                "#files", {"name": "фото.jpg", "mimeType": "image/jpeg", "buffer": sent}
            )
            page.click("form#report button[data-needs-script]")
            page.wait_for_selector("#receipt-words li", state="visible")
            receipt = Receipt.parse(" ".join(page.locator("#receipt-words li").all_inner_texts()))
            # The form goes when the last file has arrived.
            page.wait_for_selector("form#report", state="detached")
        assert line.cut == 0
        assert line.longest <= 16_000

    desk = server.keeper.desks[0]
    held = [e for e in server.listed(desk) if e["mailbox"] == receipt.mailbox_id.hex()]
    held.sort(key=lambda envelope: not envelope["first"])  # listed in random order
    assert [(e["first"], e["size"]) for e in held] == [(True, 32 * 1024), (False, sealed)]
    report, file = (
        open_bytes(server.ask_as(desk, "GET", f"/collect/{e['id']}").body, [desk.identity])
        for e in held
    )
    assert Report.parse(report).answers == {"story": STORY}
    file = untagged(file, receipt)
    line_end = file.index(b"\n") + 1
    header, received = FileHeader.parse(file[:line_end]), file[line_end:]
    assert (header.name, header.type, header.metadata) == ("фото.jpg", "image/jpeg", "removed")
    assert header.mailbox == receipt.mailbox_id.hex()
    # The same pixels, and no word of the place.
    assert PLACE.encode() not in received
    assert Image.open(io.BytesIO(received)).tobytes() == Image.open(io.BytesIO(sent)).tobytes()
