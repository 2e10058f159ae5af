"""Real browsers behind one small set of verbs, so that a journey is written once.

Debian's Chromium and Firefox ESR through playwright; Firefox without JavaScript only
through marionette, because playwright's own protocol in Firefox needs scripts.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

# No browser may call home from a test; Chromium tries to, many times a second.
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Firefox refuses .onion names unless told that the proxy looks them up.
ONION_NAMES: dict[str, str | float | bool] = {
    "network.dns.blockDotOnion": False,
    "network.proxy.socks_remote_dns": True,
}
PHONE = (320, 700)
DESKTOP = (1200, 900)


class Browser(Protocol):
    """What a person does in a browser. Selectors are CSS."""

    def visit(self, url: str) -> None: ...
    def type_into(self, selector: str, text: str) -> None: ...
    def tick(self, selector: str) -> None: ...
    def choose(self, selector: str, value: str) -> None: ...
    def press(self, selector: str) -> None: ...
    def wait_for(self, selector: str) -> None: ...
    def texts(self, selector: str) -> list[str]: ...
    def screenshot(self, path: Path) -> None: ...


def installed(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed; `make system-packages` installs it")
    return found


class PlaywrightBrowser:
    def __init__(self, page: Any) -> None:
        self.page = page

    def visit(self, url: str) -> None:
        self.page.goto(url)

    def type_into(self, selector: str, text: str) -> None:
        self.page.fill(selector, text)

    def tick(self, selector: str) -> None:
        self.page.check(selector)

    def choose(self, selector: str, value: str) -> None:
        self.page.select_option(selector, value)

    def press(self, selector: str) -> None:
        self.page.click(selector)

    def wait_for(self, selector: str) -> None:
        self.page.wait_for_selector(selector, state="visible", timeout=30_000)

    def texts(self, selector: str) -> list[str]:
        return [element.inner_text().strip() for element in self.page.query_selector_all(selector)]

    def screenshot(self, path: Path) -> None:
        self.page.screenshot(path=str(path), full_page=True)


class MarionetteBrowser:
    def __init__(self, marionette: Any) -> None:
        self.marionette = marionette

    def find(self, selector: str) -> Any:
        return self.marionette.find_element("css selector", selector)

    def visit(self, url: str) -> None:
        self.marionette.navigate(url)

    def type_into(self, selector: str, text: str) -> None:
        element = self.find(selector)
        element.clear()
        element.send_keys(text)

    def tick(self, selector: str) -> None:
        element = self.find(selector)
        if not element.is_selected():
            element.click()

    def choose(self, selector: str, value: str) -> None:
        self.find(f'{selector} option[value="{value}"]').click()

    def press(self, selector: str) -> None:
        self.find(selector).click()

    def wait_for(self, selector: str) -> None:
        from marionette_driver import Wait
        from marionette_driver.errors import NoSuchElementException

        Wait(self.marionette, timeout=30, ignored_exceptions=[NoSuchElementException]).until(
            lambda _: self.find(selector).is_displayed()
        )

    def texts(self, selector: str) -> list[str]:
        found = self.marionette.find_elements("css selector", selector)
        return [element.text.strip() for element in found]

    def screenshot(self, path: Path) -> None:
        path.write_bytes(self.marionette.screenshot(format="binary"))


@contextlib.contextmanager
def playwright_browser(
    kind: str,
    *,
    scripts: bool = True,
    size: tuple[int, int] = DESKTOP,
    dark: bool = False,
    socks_port: int | None = None,
    program: str | None = None,
) -> Iterator[Any]:
    """Yield a playwright page of `kind` ("chromium" or "firefox") in an empty profile.

    With `socks_port` it sees the network only through that proxy on loopback, names included.
    `program`: what to start instead of the installed browser (`bad_network.Line.program`).
    """
    proxy: Any = {"server": f"socks5://127.0.0.1:{socks_port}"} if socks_port else None
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        if kind == "chromium":
            browser = playwright.chromium.launch(
                executable_path=program or installed("chromium"), args=CHROMIUM_FLAGS, proxy=proxy
            )
        else:
            browser = playwright.firefox.launch(
                channel="moz-firefox",
                executable_path=program or installed("firefox-esr"),
                proxy=proxy,
                firefox_user_prefs=ONION_NAMES if socks_port else None,
            )
        try:
            context = browser.new_context(
                java_script_enabled=scripts,
                viewport={"width": size[0], "height": size[1]},
                color_scheme="dark" if dark else "light",
            )
            context.set_default_timeout(30_000)
            yield context.new_page()
        finally:
            browser.close()


@contextlib.contextmanager
def marionette_without_scripts(
    size: tuple[int, int] = DESKTOP, *, socks_port: int | None = None
) -> Iterator[Any]:
    """Yield a Firefox ESR that runs no page script at all."""
    from marionette_driver.marionette import Marionette

    # Marionette deletes the log file it is given before it writes: never give it a device.
    with tempfile.TemporaryDirectory() as folder:
        yield from _marionette(Marionette, Path(folder) / "gecko.log", size, socks_port)


def _marionette(
    make: Any, log: Path, size: tuple[int, int], socks_port: int | None
) -> Iterator[Any]:
    proxy: dict[str, Any] = {}
    if socks_port is not None:
        proxy = ONION_NAMES | {
            "network.proxy.type": 1,
            "network.proxy.socks": "127.0.0.1",
            "network.proxy.socks_port": socks_port,
            "network.proxy.socks_version": 5,
        }
    marionette = make(
        bin=installed("firefox-esr"),
        headless=True,
        prefs={"javascript.enabled": False, "app.update.disabledForTesting": True} | proxy,
        startup_timeout=90,
        gecko_log=str(log),
    )
    try:
        marionette.start_session()
        marionette.set_window_rect(width=size[0], height=size[1])
        yield marionette
    finally:
        # Before the interpreter ends: marionette's own finaliser fails when imports are gone.
        marionette.quit(in_app=False)
        marionette.cleanup()


@contextlib.contextmanager
def browser(
    kind: str, size: tuple[int, int] = DESKTOP, *, socks_port: int | None = None
) -> Iterator[Browser]:
    """Yield one of "chromium", "firefox", "chromium-no-script", "firefox-no-script"."""
    if kind == "firefox-no-script":
        with marionette_without_scripts(size, socks_port=socks_port) as marionette:
            yield MarionetteBrowser(marionette)
    else:
        name, _, rest = kind.partition("-")
        with playwright_browser(name, scripts=not rest, size=size, socks_port=socks_port) as page:
            yield PlaywrightBrowser(page)
