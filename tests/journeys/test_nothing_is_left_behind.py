"""Leaving: what one press of Back shows, and what a browser's profile still holds afterwards.

A page A, then the site, through a door, typing, sending, the twelve words typed again,
Leave. With scripts one Back shows A. Without, a browser keeps each of our pages in its
history (measured; the page says so), but no word that was typed. In both the profile on
disk is searched: text, words, cookies, cached pages, titles.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import pytest

from safelight.intake.addresses import address
from tests.support.browsers import (
    CHROMIUM_FLAGS,
    Browser,
    MarionetteBrowser,
    PlaywrightBrowser,
    installed,
)
from tests.support.live_server import LiveServer, live_server
from tests.support.search_everywhere import spellings
from tests.support.waiting import until

pytestmark = [pytest.mark.browser, pytest.mark.live]
TYPED = "канарейка-в-тексте zqx-canary-text"
CANARIES = ("канарейка-в", "zqx-canary")
# The address of the way out is listed under the title of the page it leads to.
# What stays in the list of visited pages: numbers, and what only this server can read.
NEUTRAL = re.compile(r"/|/(ru|en)/[0-9]?|(/ru/[47]|/0)/[\w-]{648}|/0")
OUR_TITLES = {"Анкета", "Form", "", None, "/b"}


class _Elsewhere(BaseHTTPRequestHandler):
    """Page A, from before, and page B, where nobody asks."""

    def do_GET(self) -> None:
        body = f"<!doctype html><title>{self.path}</title><h1>{self.path}</h1>".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Elsewhere)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, elsewhere: str) -> Iterator[LiveServer]:
    folder = tmp_path_factory.mktemp("left")
    arguments = ("--exit-to", f"{elsewhere}/b", "--work-bits", "4")
    with live_server(folder, arguments=arguments) as running:
        yield running


class Visitor(Browser, Protocol):
    """A person at a browser that keeps its profile on disk."""

    def value(self, selector: str) -> str: ...
    def shift_three_times(self) -> None: ...
    def back(self) -> None: ...
    def url(self) -> str: ...


class _Chromium(PlaywrightBrowser):
    def value(self, selector: str) -> str:
        return str(self.page.input_value(selector))

    def shift_three_times(self) -> None:
        for _ in range(3):
            self.page.keyboard.press("Shift")

    def back(self) -> None:
        self.page.go_back()

    def url(self) -> str:
        return str(self.page.url)


class _Firefox(MarionetteBrowser):
    def value(self, selector: str) -> str:
        return str(self.find(selector).get_property("value"))

    def shift_three_times(self) -> None:
        from marionette_driver.keys import Keys

        keys = self.marionette.actions.sequence("key", "keyboard")
        for _ in range(3):
            keys.key_down(Keys.SHIFT).key_up(Keys.SHIFT)
        keys.perform()

    def back(self) -> None:
        self.marionette.go_back()

    def url(self) -> str:
        return str(self.marionette.get_url())


@contextlib.contextmanager
def visitor(kind: str, profile: Path, *, scripts: bool) -> Iterator[Visitor]:
    """A browser whose profile stays in `profile` after it was closed, as people close one."""
    if kind == "chromium":
        from playwright.sync_api import sync_playwright

        with sync_playwright() as playwright:
            context = playwright.chromium.launch_persistent_context(
                str(profile),
                executable_path=installed("chromium"),
                args=CHROMIUM_FLAGS,
                java_script_enabled=scripts,
            )
            yield _Chromium(context.pages[0])
            time.sleep(1)  # what it writes late, it shall write
            context.close()
        return
    from marionette_driver.marionette import Marionette
    from mozprofile import Profile

    chosen = {
        "javascript.enabled": scripts,
        "app.update.disabledForTesting": True,
        "browser.sessionstore.interval": 200,
    }
    marionette = Marionette(
        bin=installed("firefox-esr"),
        headless=True,
        profile=Profile(profile=str(profile), preferences=chosen, restore=False),
        startup_timeout=90,
        gecko_log=str(profile.parent / "gecko.log"),
    )
    try:
        marionette.start_session()
        yield _Firefox(marionette)
        time.sleep(1)
        marionette.quit(in_app=True)
    finally:
        marionette.cleanup()


def everything_in(profile: Path) -> dict[str, bytes]:
    """Every file of a profile by its name; Firefox's sessions also unpacked."""
    found = {}
    for path in profile.rglob("*"):
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            if content[:8] == b"mozLz40\0":
                content += _unpacked(content[12:])
            found[str(path.relative_to(profile))] = content
    return found


def _unpacked(packed: bytes) -> bytes:
    """LZ4's block format (lz4_Block_format.md), which Firefox keeps sessions in."""
    out, at = bytearray(), 0
    while at < len(packed):
        token = packed[at]
        at, literals = _length(packed, at + 1, token >> 4)
        out += packed[at : at + literals]
        at += literals
        if at >= len(packed):
            break
        offset = int.from_bytes(packed[at : at + 2], "little")
        at, match = _length(packed, at + 2, token & 15)
        for _ in range(match + 4):
            out.append(out[-offset])
    return bytes(out)


def _length(packed: bytes, at: int, length: int) -> tuple[int, int]:
    if length == 15:
        while True:
            more = packed[at]
            at, length = at + 1, length + more
            if more != 255:
                break
    return at, length


def rows(profile: Path, name: str, question: str) -> list[tuple[Any, ...]]:
    for file in profile.rglob(name):
        with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
            return database.execute(question).fetchall()
    return []


def whole_visit(person: Visitor, server: LiveServer, elsewhere: str, *, scripts: bool) -> str:
    """A, the site, a letter, its words typed again, something added. Returns the words."""
    send = "[data-needs-script]" if scripts else "noscript button"
    person.visit(f"{elsewhere}/a")
    person.visit(f"{server.url}/ru/")
    person.press('a[href="/ru/3"]')
    until(lambda: person.url().endswith(address("ru", "letter")))
    if scripts:
        until(lambda: person.texts("[data-needs-script]") == ["Отправить"])
    person.type_into("#letter", TYPED)
    assert person.value("#letter") == TYPED
    person.press(send)
    until(lambda: len([word for word in person.texts("#receipt-words li") if word]) == 12)
    words = " ".join(person.texts("#receipt-words li"))
    person.press('#receipt a[href="/ru/4"]')
    until(lambda: person.url().endswith(address("ru", "receipt")))
    person.type_into("#words", words)
    if not scripts:
        person.press("#ask noscript button")
        until(lambda: person.texts("#write button") == ["Отправить"])
        person.type_into("#text", TYPED)
        person.press("#write button")
        until(lambda: person.texts("#answer") == ["Дошло. Страницу можно закрыть."])
    return words


@pytest.mark.parametrize(
    ("kind", "scripts", "way"),
    [
        ("chromium", True, "leave"),
        ("firefox", True, "shift"),
        ("chromium", False, "leave"),
        ("firefox", False, "leave"),
    ],
)
def test_a_visit_leaves_no_word_behind_and_back_shows_what_was_before(
    server: LiveServer, elsewhere: str, tmp_path: Path, kind: str, scripts: bool, way: str
) -> None:
    profile = tmp_path / "profile"
    profile.mkdir()
    with visitor(kind, profile, scripts=scripts) as person:
        words = whole_visit(person, server, elsewhere, scripts=scripts)
        if way == "shift":
            person.shift_three_times()
        else:
            person.press("a.leave")
        until(lambda: person.url() == f"{elsewhere}/b")
        person.back()
        if scripts:
            until(lambda: person.url() == f"{elsewhere}/a")
        else:
            until(lambda: person.url().startswith(f"{server.url}{address('ru', 'receipt')}/"))
            assert person.texts('#write [name="words"]') == [], "what the words led to has ended"
            assert person.value("#words") == ""
    files = everything_in(profile)
    assert len(files) > 10
    needles = [spelling for text in (*CANARIES, words) for spelling in spellings(text)]
    assert [name for name, content in files.items() if any(n in content for n in needles)] == []
    host = server.url.removeprefix("http://")
    if kind == "chromium":
        assert rows(profile, "Cookies", "SELECT * FROM cookies") == []
        visits = "SELECT url, title FROM urls"
        history = [row for row in rows(profile, "History", visits) if host in row[0]]
        cached = [name for name in files if "Cache_Data" in name and host.encode() in files[name]]
    else:
        assert rows(profile, "cookies.sqlite", "SELECT * FROM moz_cookies") == []
        visits = "SELECT url, title FROM moz_places"
        history = [row for row in rows(profile, "places.sqlite", visits) if host in row[0]]
        named = [name for name in files if "cache2" in name and host.encode() in files[name]]
        # Firefox begins an entry before it hears `no-store`, and then dooms it: with luck the file
        # is deleted before it quits. It may hold the address, as the history does, and no page.
        pages = (b"<main", b"<!doctype", b"<svg", b"import", b"\x1f\x8b\x08")
        cached = [
            name
            for name in named
            if "/doomed/" not in name or any(part in files[name].lower() for part in pages)
        ]
    # The address itself stays in the list of visited pages; no page can prevent that.
    assert history, "the search would have found a trace"
    assert {title for _url, title in history} <= OUR_TITLES
    told = [url for url, _title in history if not NEUTRAL.fullmatch(urlsplit(url).path)]
    assert told == [], "the addresses say nothing to whoever reads that list"
    assert cached == [], "no page and no script lies in the cache"


def test_the_search_finds_what_a_careless_page_leaves(elsewhere: str, tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    profile.mkdir()
    with visitor("chromium", profile, scripts=True) as person:
        person.visit(f"{elsewhere}/canary%20in%20an%20address")
    found = [name for name, content in everything_in(profile).items() if b"canary%20in" in content]
    assert any("Cache_Data" in name for name in found)
    assert any(name.endswith("History") for name in found)


def test_firefoxes_packed_sessions_are_read() -> None:
    # "abcd" as literals, then 8 more bytes from 4 bytes back, then the last literals.
    assert _unpacked(b"\x44abcd\x04\x00\x50vwxyz") == b"abcdabcdabcdvwxyz"
