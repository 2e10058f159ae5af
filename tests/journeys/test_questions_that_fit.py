"""A conditional question appears when it fits, with scripts and without, and is sent only then."""

from __future__ import annotations

from pathlib import Path

import pytest

from safelight.intake.addresses import address
from safelight.sealing.opening import open_bytes
from safelight.sealing.receipt import Receipt
from safelight.vocabulary.report import Report
from tests.support.browsers import playwright_browser
from tests.support.live_server import LiveServer, live_server

pytestmark = [pytest.mark.browser, pytest.mark.live]


def opened(server: LiveServer, words: str) -> Report:
    mailbox = Receipt.parse(words).mailbox_id.hex()
    desk = server.keeper.desks[0]
    (held,) = [one for one in server.listed(desk) if one["mailbox"] == mailbox]
    sealed = server.ask_as(desk, "GET", f"/collect/{held['id']}").body
    return Report.parse(open_bytes(sealed, [desk.identity]))


@pytest.mark.parametrize("scripts", [True, False])
def test_what_was_typed_where_nobody_asks_any_more_is_hidden_and_not_sent(
    tmp_path: Path, scripts: bool
) -> None:
    send = "[data-needs-script]" if scripts else "noscript button"
    with (
        live_server(tmp_path, arguments=("--work-bits", "4")) as server,
        playwright_browser("chromium", scripts=scripts) as page,
    ):
        page.goto(f"{server.url}{address('en', 'smear')}")
        page.wait_for_selector(send, state="visible")
        assert not page.is_visible("#deadline_what")
        page.check('[name="deadline"][value="TOMORROW"]')
        page.fill("#deadline_what", "a meeting at nine")
        page.check('[name="deadline"][value="NO"]')
        assert not page.is_visible("#deadline_what")
        page.check('[name="employer_knows"][value="YES"]')
        page.select_option("#employer_did", "TALK")
        page.check('[name="consent"][value="EVIDENCE"]')
        page.select_option("#consent_for", "1")
        page.click(send)
        page.wait_for_selector("#receipt-words li", state="visible")
        words = " ".join(page.locator("#receipt-words li").all_inner_texts())
        report = opened(server, words)
    assert dict(report.answers) == {
        "deadline": "NO",
        "employer_knows": "YES",
        "employer_did": "TALK",
    }
    assert list(report.consent) == ["EVIDENCE"]
    assert report.consent["EVIDENCE"].year == report.written.year + 1
    assert report.sealed_by == ("browser" if scripts else "server")
    assert report.roster == server.keeper.roster.version
    assert report.withdrawal == Receipt.parse(words).withdrawal_verifier.hex()
