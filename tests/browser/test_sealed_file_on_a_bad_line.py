"""A file of the pocket form, from real browsers over a line that cuts after 16 kB."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from safelight.intake.addresses import address
from safelight.sealing.deposit_file import DepositFile
from safelight.sealing.envelope import Envelope
from safelight.sealing.opening import open_bytes
from safelight.sealing.receipt import Receipt
from tests.support.bad_network import address_of_the_line, bad_network
from tests.support.browsers import playwright_browser
from tests.support.live_server import LiveServer, live_server

pytestmark = [pytest.mark.browser, pytest.mark.live]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    hosts = ("--host", address_of_the_line())
    with live_server(tmp_path_factory.mktemp("bad-line"), arguments=hosts) as running:
        yield running


def a_file(server: LiveServer, *contents: bytes) -> tuple[DepositFile, Receipt]:
    receipt = Receipt.generate()
    envelopes = tuple(Envelope.parse(server.sealed(content)) for content in contents)
    return DepositFile(receipt.mailbox_id, receipt.verifier, 1, envelopes), receipt


@pytest.mark.parametrize(
    ("kind", "language", "contents"),
    [("chromium", "ru", (b"report", b"a small photo")), ("firefox", "en", (b"report",))],
)
def test_a_sealed_file_arrives_whole_over_a_line_that_cuts_after_16_kb(
    server: LiveServer, kind: str, language: str, contents: tuple[bytes, ...], tmp_path: Path
) -> None:
    deposit, receipt = a_file(server, *contents)
    with bad_network(server.port, tmp_path) as line:
        # Playwright speaks to Firefox over TCP, so Firefox stays outside: late and cut, not slow.
        program = line.program(kind) if kind == "chromium" else None
        with playwright_browser(kind, program=program) as page:
            page.set_default_timeout(90_000)
            page.goto(f"{line.url}{address(language, 'upload')}", wait_until="load")
            file = {"mimeType": "application/octet-stream", "name": "data-10.bin"}
            page.set_input_files("#file", {**file, "buffer": b"\xff\xd8\xff a photo"})
            page.click("form#upload button[data-needs-script]")
            page.wait_for_selector("#problem", state="visible")
            page.set_input_files("#file", {**file, "buffer": deposit.to_bytes()})
            page.click("form#upload button[data-needs-script]")
            page.wait_for_selector("#arrived", state="visible")
            assert page.locator("#problem").is_hidden()
        assert line.cut == 0
        assert line.longest <= 16_000
    desk = server.keeper.desks[0]
    held = [one for one in server.listed(desk) if one["mailbox"] == receipt.mailbox_id.hex()]
    opened = [
        open_bytes(server.ask_as(desk, "GET", f"/collect/{one['id']}").body, [desk.identity])
        for one in held
    ]
    assert sorted(opened) == sorted(contents)


def test_before_its_script_has_come_the_page_sends_nothing(server: LiveServer) -> None:
    # Pressed too early, the form would go in one piece, which such a line cuts.
    with playwright_browser("chromium") as page:
        posted: list[str] = []
        page.on("request", lambda one: posted.append(one.url) if one.method == "POST" else None)
        page.route("**/static/**", lambda route: route.abort())
        page.goto(f"{server.url}{address('en', 'upload')}")
        data = {"mimeType": "application/octet-stream", "name": "data-10.bin", "buffer": b"x"}
        page.set_input_files("#file", data)
        assert not page.locator("form#upload button").first.is_visible()
        page.focus("#file")
        page.evaluate("document.querySelector('form#upload button').click()")
        page.wait_for_timeout(300)
        assert posted == []
        assert "appears when" in page.inner_text("form#upload")
