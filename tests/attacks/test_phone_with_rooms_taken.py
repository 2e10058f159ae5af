"""Threat: phone-with-rooms-taken: Somebody takes a member's phone with its rooms locked, looks
through the browser's files, guesses, or opens a second tab; they learn that something is kept and
how much in rough steps, no word or name of it, and after deleting nothing opens any more.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.browser.node import run_script
from tests.support.browsers import CHROMIUM_FLAGS, installed
from tests.support.search_everywhere import spellings

pytestmark = pytest.mark.browser

PASSPHRASE = "copper lantern seven rivers moss"
SAID = "a-sentence-nobody-else-may-read"
ROOM = "room/anime-on-fridays/state"
BY_NAME = [b"lantern", SAID.encode(), b"anime-on-fridays"]

FILL = """async ([passphrase, said, room]) => {
    window.store = await keeping.createStore(passphrase, 13)
    for (let turn = 0; turn < 5; turn += 1) {
        const value = new TextEncoder().encode(said.repeat(1 + 40 * turn))
        await store.put(new Map([[room, value], [`${room}/${turn}`, value]]))
    }
    return (await store.keys('')).length
}"""
OPEN = """async ([passphrase, room]) => {
    try {
        window.store = await keeping.unlockStore(passphrase)
    } catch (error) {
        return error.problem
    }
    return new TextDecoder().decode(await store.get(room)).length
}"""
WRITE = """async (room) => {
    try {
        await store.put(new Map([[room, new Uint8Array(3)]]))
        return 'written'
    } catch (error) {
        return error.problem
    }
}"""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    made = run_script("keeping-page.mjs")
    assert made.returncode == 0, made.stderr
    page = made.stdout.encode()

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Cache-Control", "no-store")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, format: str, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/9"
    server.shutdown()


@contextlib.contextmanager
def phone(kind: str, profile: Path) -> Iterator[Any]:
    """A browser whose profile stays when it is closed."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        if kind == "chromium":
            context = playwright.chromium.launch_persistent_context(
                profile, executable_path=installed("chromium"), args=CHROMIUM_FLAGS
            )
        else:
            context = playwright.firefox.launch_persistent_context(
                profile, channel="moz-firefox", executable_path=installed("firefox-esr")
            )
        context.set_default_timeout(60_000)
        try:
            yield context
        finally:
            context.close()


def files_with(profile: Path, needles: list[bytes]) -> dict[bytes, set[str]]:
    found: dict[bytes, set[str]] = {}
    for path in profile.rglob("*"):
        if not path.is_file():
            continue
        content = path.read_bytes()
        for needle in needles:
            if needle in content:
                found.setdefault(needle, set()).add(path.name)
    return found


@pytest.mark.parametrize("kind", ["chromium", "firefox"])
def test_a_taken_phone_tells_no_word_and_what_was_deleted_opens_no_more(
    kind: str, site: str, tmp_path: Path
) -> None:
    profile = tmp_path / "profile"
    needles = [one for text in (PASSPHRASE, SAID, ROOM) for one in spellings(text)] + BY_NAME
    with phone(kind, profile) as browser:
        page = browser.new_page()
        page.goto(site)
        assert page.evaluate("keeping.whatIsHere()") == "nothing"
        # To see that the search below would find what is kept in the clear.
        page.evaluate("localStorage.setItem('found', 'what-stands-there-openly')")
        assert page.evaluate(FILL, [PASSPHRASE, SAID, ROOM]) == 6
    openly = spellings("what-stands-there-openly")[:2]
    assert files_with(profile, openly), "the search finds nothing at all"
    assert files_with(profile, needles) == {}

    with phone(kind, profile) as browser:
        page = browser.new_page()
        page.goto(site)
        assert page.evaluate("keeping.whatIsHere()") == "kept"
        assert page.evaluate(OPEN, ["another lantern seven rivers", ROOM]) == "passphrase"
        assert page.evaluate(OPEN, [PASSPHRASE, ROOM]) == len(SAID) * 161
        second = browser.new_page()
        second.goto(site)
        assert second.evaluate(OPEN, [PASSPHRASE, ROOM]) == len(SAID) * 161
        assert page.evaluate(WRITE, ROOM) == "taken-over"
        assert second.evaluate(WRITE, ROOM) == "written"
        # Deleted in one tab while another has it open.
        second.evaluate("store.wipe()")
        assert page.evaluate(WRITE, ROOM) == "gone"
        assert page.evaluate("keeping.whatIsHere()") == "nothing"
    assert files_with(profile, needles) == {}

    with phone(kind, profile) as browser:
        page = browser.new_page()
        page.goto(site)
        assert page.evaluate("keeping.whatIsHere()") == "nothing"
        assert page.evaluate(OPEN, [PASSPHRASE, ROOM]) == "passphrase"
        listed = page.evaluate("indexedDB.databases().then((all) => all.map(({ name }) => name))")
        assert listed in ([], ["data"])
