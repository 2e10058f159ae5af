"""Threat: script-that-never-comes: blocking or cutting off the script cannot make the form leave
unsealed.

A browser with JavaScript whose script is late, cut after 16 KB or blocked must not fall
back to the way without JavaScript, which the person was not told about.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from safelight.intake.addresses import address
from tests.support.browsers import playwright_browser
from tests.support.live_server import live_server

pytestmark = [pytest.mark.browser, pytest.mark.live]

CANARY = "CANARY-in-the-clear"


@pytest.mark.parametrize("kind", ["chromium", "firefox"])
def test_without_its_script_the_form_cannot_be_sent_and_with_it_is_sent_sealed(
    kind: str, tmp_path: Path
) -> None:
    with live_server(tmp_path) as server, playwright_browser(kind) as page:
        posted: list[str] = []
        page.on(
            "request",
            lambda request: posted.append(request.url) if request.method == "POST" else None,
        )
        page.route("**/static/a.js", lambda route: route.abort())
        page.goto(f"{server.url}{address('en', 'report')}")
        page.fill('textarea[name="story"]', CANARY)
        buttons = page.query_selector_all('form#report button[type="submit"]')
        assert [button.is_visible() for button in buttons] == [False]
        # Enter in a control is how a form is sent without touching its button.
        page.focus('input[name="acts"]')
        page.keyboard.press("Enter")
        page.focus('select[name="setting"]')
        page.keyboard.press("Enter")
        page.wait_for_timeout(500)
        assert posted == []
        assert "appears when" in page.inner_text("form#report")

        page.unroute("**/static/a.js")
        page.goto(f"{server.url}{address('en', 'report')}")
        page.fill('textarea[name="story"]', CANARY)
        page.wait_for_selector("form#report button[data-needs-script]:not([disabled])")
        assert "appears when" not in page.inner_text("form#report")
        page.click("form#report button[data-needs-script]")
        page.wait_for_selector("#receipt-words li")
        assert {url.split("/")[3] for url in posted} == {"upload"}
