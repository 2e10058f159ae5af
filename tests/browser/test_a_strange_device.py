"""A device that is not as it should be: its clock, its browser's age, its wish for an icon."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.support.browsers import playwright_browser
from tests.support.live_server import LiveServer, live_server

pytestmark = [pytest.mark.browser, pytest.mark.live]

STORY = "Evening."
BUTTON = "form#report button[data-needs-script]"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with live_server(tmp_path_factory.mktemp("strange")) as running:
        yield running


def _write(page: Any, server: LiveServer, language: str) -> None:
    page.goto(f"{server.url}/{language}/1")
    page.wait_for_selector(BUTTON, state="visible")
    page.fill('textarea[name="story"]', STORY)


@pytest.mark.parametrize(
    ("kind", "language", "days", "said"),
    [
        ("chromium", "ru", 365, "На устройстве стоит неверная дата"),
        ("firefox", "en", -365, "The date of your device is wrong"),
    ],
)
def test_a_clock_that_is_wrong_by_a_year_is_named_and_once_set_right_the_report_goes(
    server: LiveServer, kind: str, language: str, days: int, said: str
) -> None:
    with playwright_browser(kind) as page:
        wrong = datetime.now(UTC) + timedelta(days=days)
        page.clock.set_fixed_time(wrong)
        asked: list[tuple[str, str]] = []
        page.on("request", lambda request: asked.append((request.method, request.url)))
        _write(page, server, language)
        page.click(BUTTON)
        page.wait_for_selector("#problem", state="visible")
        problem = page.inner_text("#problem")
        assert problem.startswith(f"{said}: ")
        assert wrong.date().isoformat() in problem
        assert {method for method, _ in asked} == {"GET"}
        assert page.input_value('textarea[name="story"]') == STORY
        page.clock.set_fixed_time(datetime.now(UTC))
        page.click(BUTTON)
        page.wait_for_selector("#receipt-words li", state="visible")


@pytest.mark.parametrize("days", [-4, 4])
def test_a_clock_that_is_wrong_by_some_days_simply_works(server: LiveServer, days: int) -> None:
    with playwright_browser("chromium") as page:
        page.clock.set_fixed_time(datetime.now(UTC) + timedelta(days=days))
        _write(page, server, "en")
        page.click(BUTTON)
        page.wait_for_selector("#receipt-words li", state="visible")


# How many fields can still be changed, and whether the file's button still opens the dialog.
OPEN_FIELDS = """() => [...document.querySelectorAll("#report :is(input, select, textarea)")]
    .filter((field) => !field.disabled && !field.readOnly).length"""


def test_fields_are_locked_while_it_sends_also_where_inert_is_not_known(
    server: LiveServer,
) -> None:
    with playwright_browser("chromium") as page:
        page.add_init_script("delete HTMLElement.prototype.inert")
        held: list[Any] = []

        def hold(route: Any) -> None:
            held.append(route)

        page.route("**/roster/0", hold)
        _write(page, server, "en")
        page.set_input_files(
            "#files", {"name": "a.txt", "mimeType": "text/plain", "buffer": b"text"}
        )
        page.wait_for_selector("#files-list li:has-text('a.txt')")
        before = page.evaluate(OPEN_FIELDS)
        assert before > 5
        page.click(BUTTON)
        page.wait_for_selector("form#report[aria-busy]", state="attached")
        assert page.evaluate(OPEN_FIELDS) == 0
        page.locator("#files-list button").click(force=True)
        assert page.locator("#files-list li").count() == 1
        for route in held:
            route.continue_()
        page.wait_for_selector("#receipt-words li", state="visible")


def test_a_file_that_needs_a_decision_gets_the_focus(server: LiveServer) -> None:
    with playwright_browser("chromium") as page:
        _write(page, server, "en")
        with page.expect_file_chooser() as choosing:
            page.click("button.choose")
        choosing.value.set_files({"name": "a.pdf", "mimeType": "", "buffer": b"%PDF-1.7"})
        page.locator("#files-list button").nth(1).wait_for()
        page.click(BUTTON)
        page.wait_for_selector("#problem", state="visible")
        page.wait_for_selector("#files-list :focus")


class _Asked(BaseHTTPRequestHandler):
    """Gives the page that the test put there, and notes what was asked for."""

    page: bytes = b""
    headers_sent: dict[str, str]
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        body = self.page if self.path == "/" else b""
        self.send_response(200 if self.path == "/" else 404)
        for name, value in {"Content-Type": "text/html", **self.headers_sent}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.parametrize("kind", ["chromium", "firefox"])
def test_no_browser_asks_for_an_icon_or_complains_about_ours(server: LiveServer, kind: str) -> None:
    first = server.request("GET", "/en/")
    policy = {"Content-Security-Policy": first.headers["content-security-policy"]}
    for page, headers, expected in (
        (b"<!doctype html><title>-</title>", {}, ["/", "/favicon.ico"]),
        (first.body, policy, ["/"]),
    ):
        asked: list[str] = []
        members = {"page": page, "headers_sent": headers, "asked": asked}
        listening = ThreadingHTTPServer(("127.0.0.1", 0), type("Asked", (_Asked,), members))
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        said: list[str] = []
        with playwright_browser(kind) as tab:
            tab.on("console", lambda message, said=said: said.append(message.text))
            tab.goto(f"http://127.0.0.1:{listening.server_port}/")
            tab.wait_for_timeout(1000)
        listening.shutdown()
        listening.server_close()
        assert asked == expected
        if page == first.body:
            assert said == []
