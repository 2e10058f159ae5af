"""Threat: changed-page-script: Who can change a page's text on its way, but not its headers, adds a
script or a style inside it; the policy names the hashes of ours, so that the browser runs no other.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.browsers import playwright_browser
from tests.support.live_server import live_server

pytestmark = [pytest.mark.browser, pytest.mark.live]


@pytest.mark.parametrize("kind", ["chromium", "firefox"])
def test_only_our_own_script_and_style_run_inside_a_page(tmp_path: Path, kind: str) -> None:
    with live_server(tmp_path) as server, playwright_browser(kind) as page:

        def changed(route: Any) -> None:
            served = route.fetch()
            body = served.text().replace("<script>", "<script>document.title='taken';")
            body = body.replace("</main>", "<p onclick=1 style='color:red'>x</p></main>")
            route.fulfill(response=served, body=body.replace("<style>", "<style>h1{color:red}"))

        color = "() => getComputedStyle(document.querySelector('h1')).color"
        page.goto(f"{server.url}/ru/")
        ours = page.evaluate(color)
        assert page.title() == "Анкета"
        entries = page.evaluate("history.length")
        page.click('a[href="/ru/3"]')
        page.wait_for_url("**/ru/3")
        assert page.evaluate("history.length") == entries, "our own script ran: it made no entry"

        page.route("**/ru/", changed)
        page.goto(f"{server.url}/ru/")
        assert "taken" in page.content(), "the page was changed on its way"
        assert page.title() == "Анкета", "and the change did not run"
        assert page.evaluate(color) not in (ours, "rgb(255, 0, 0)"), "nor was its style used"
