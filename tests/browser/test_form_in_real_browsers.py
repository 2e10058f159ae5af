"""The form's script in real browsers, against the real server and its policy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from safelight.intake.addresses import address
from safelight.sealing.opening import open_bytes
from safelight.sealing.receipt import Receipt
from safelight.vocabulary.report import Report
from tests.support.browsers import playwright_browser
from tests.support.live_server import LiveServer, live_server

pytestmark = [pytest.mark.browser, pytest.mark.live]

STORY = "Они написали директору. 🏳️‍🌈\nThen to the parents."
# What a page on http://….onion finds outside Tor Browser.
NO_WEB_CRYPTO = "Object.defineProperty(Crypto.prototype, 'subtle', {get: () => undefined})"

# The pauses between attempts are for people's networks, not for tests; both timeouts stay.
SHORT_PAUSES = """
const slow = window.setTimeout
window.setTimeout = (act, pause) => slow(act, [20000, 30000].includes(pause) ? pause : pause / 100)
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with live_server(tmp_path_factory.mktemp("form")) as running:
        yield running


def _fill(page: Any, server: LiveServer, language: str) -> None:
    page.goto(f"{server.url}{address(language, 'report')}", wait_until="networkidle")
    page.check('input[name="acts"][value="OUT"]')
    page.fill('textarea[name="story"]', STORY)
    page.check('input[name="consent"][value="STAT"]')


def _press(page: Any) -> None:
    page.click("form#report button[data-needs-script]")


def _receipt(page: Any) -> Receipt:
    page.wait_for_selector("#receipt-words li", state="visible")
    return Receipt.parse(" ".join(page.locator("#receipt-words li").all_inner_texts()))


def _report(server: LiveServer, receipt: Receipt) -> Report:
    """Fetch and open, as a desk does, what lies in this receipt's mailbox."""
    desk = server.keeper.desks[0]
    [held] = [e for e in server.listed(desk) if e["mailbox"] == receipt.mailbox_id.hex()]
    envelope = server.ask_as(desk, "GET", f"/collect/{held['id']}")
    return Report.parse(open_bytes(envelope.body, [desk.identity]))


@pytest.mark.parametrize(("kind", "language"), [("chromium", "ru"), ("firefox", "en")])
def test_a_report_is_sealed_by_the_browser_without_web_crypto_and_under_the_policy(
    server: LiveServer, kind: str, language: str
) -> None:
    with playwright_browser(kind) as page:
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.add_init_script(NO_WEB_CRYPTO)
        _fill(page, server, language)
        assert page.evaluate("typeof crypto.subtle") == "undefined"
        before = page.evaluate("history.length")
        _press(page)
        receipt = _receipt(page)

        report = _report(server, receipt)
        assert (report.sealed_by, report.language) == ("browser", language)
        assert report.answers == {"acts": ("OUT",), "story": STORY}
        assert set(report.consent) == {"STAT"}
        assert report.withdrawal == receipt.withdrawal_verifier.hex()
        assert report.roster == server.keeper.roster.version
        assert report.reply_to == receipt.reply_recipient().encode()

        assert page.locator("form#report").count() == 0
        assert page.evaluate("document.activeElement.id") == "receipt-title"
        assert page.evaluate("history.length") == before
        assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
        assert page.evaluate("document.cookie") == ""
        assert said == []


def test_a_cut_connection_loses_nothing_and_delivers_once(server: LiveServer) -> None:
    with playwright_browser("chromium") as page:
        page.add_init_script(SHORT_PAUSES)
        _fill(page, server, "en")
        waiting = len(server.listed(server.keeper.desks[0]))
        # Of the bytes' requests the first answer is lost, the second does not get through.
        answers = iter(["answer lost", "cut"])
        cuts: list[str] = []

        def cut(route: Any) -> None:
            kind = next(answers, None) if route.request.method == "PATCH" else None
            if kind is None:
                route.continue_()
                return
            cuts.append(kind)
            if kind == "answer lost":
                route.fetch()
            route.abort("connectionreset")

        page.route("**/upload/*", cut)
        _press(page)
        receipt = _receipt(page)
        assert cuts == ["answer lost", "cut"]
        assert len(server.listed(server.keeper.desks[0])) == waiting + 1
        assert _report(server, receipt).answers["story"] == STORY


def test_offline_keeps_what_was_typed_and_says_so(server: LiveServer) -> None:
    with playwright_browser("chromium") as page:
        page.add_init_script(SHORT_PAUSES)
        _fill(page, server, "en")
        page.context.set_offline(True)
        _press(page)
        page.wait_for_selector("#problem", state="visible")
        assert "what you wrote is still here" in page.inner_text("#problem")
        assert page.input_value('textarea[name="story"]') == STORY
        assert page.is_checked('input[name="acts"][value="OUT"]')
        page.context.set_offline(False)
        _press(page)
        assert _report(server, _receipt(page)).answers["story"] == STORY


def test_a_roster_changed_on_its_way_stops_sending_and_never_uses_the_other_way(
    server: LiveServer,
) -> None:
    with playwright_browser("chromium") as page:
        page.add_init_script(SHORT_PAUSES)
        posted: list[str] = []
        page.on("request", lambda r: r.method == "POST" and posted.append(r.url))

        def tampered(route: Any) -> None:
            part = route.fetch()
            body = part.body()
            changed = body.replace(b'"payload":"', b'"payload":"AAAA', 1)
            assert changed != body
            route.fulfill(response=part, body=changed)

        page.route("**/roster/0", tampered)
        _fill(page, server, "ru")
        _press(page)
        page.wait_for_selector("#problem", state="visible")
        assert posted == []
        assert page.url.endswith(address("ru", "report"))
        assert page.input_value('textarea[name="story"]') == STORY


@pytest.mark.parametrize("kind", ["chromium", "firefox"])
def test_a_script_that_never_arrives_sends_nothing_in_the_clear(
    server: LiveServer, kind: str
) -> None:
    with playwright_browser(kind) as page:
        posted: list[str] = []
        page.on("request", lambda r: r.method == "POST" and posted.append(r.url))
        page.route("**/static/a.js", lambda route: route.abort())
        _fill(page, server, "en")
        assert page.locator('form#report button[type="submit"]:visible').count() == 0
        assert page.locator("[data-until-script]").is_visible()
        page.focus('input[name="acts"][value="OUT"]')
        page.keyboard.press("Enter")
        page.wait_for_timeout(200)
        assert posted == []

        page.unroute("**/static/a.js")
        _fill(page, server, "en")
        assert not page.locator("[data-until-script]").is_visible()
        _press(page)
        assert _report(server, _receipt(page)).sealed_by == "browser"


@pytest.mark.parametrize("kind", ["chromium", "firefox"])
def test_a_module_that_is_cut_is_asked_for_again_under_another_address(
    server: LiveServer, kind: str
) -> None:
    with playwright_browser(kind) as page:
        page.add_init_script(SHORT_PAUSES)
        asked: list[str] = []
        page.on("request", lambda r: "/q.js" in r.url and asked.append(r.url))
        # Without a query: also the one that the page asks for beforehand (modulepreload).
        page.route("**/static/q.js", lambda route: route.abort())
        _fill(page, server, "en")
        page.wait_for_selector("form#report button[data-needs-script]", state="visible")
        assert asked[-1].endswith("q.js?1")
        _press(page)
        assert _report(server, _receipt(page)).sealed_by == "browser"
