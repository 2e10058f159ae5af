"""People in circles, each with a browser profile of their own: what they press, write and see.

With `keyboard` a person has no pointer: everything is reached by Tab and pressed by a key. Pictures
of every page at the size of a small phone go to $SAFELIGHT_SCREENSHOTS if that is set.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.browsers import PHONE
from tests.support.live_server import LiveServer
from tests.support.wcag import against_wcag

_SCREENSHOTS = os.environ.get("SAFELIGHT_SCREENSHOTS")
_ROOT = Path(__file__).resolve().parents[2]
_WORDS = _ROOT / "browser" / "src" / "circles" / "pages" / "words"
_WIDER = "document.documentElement.scrollWidth - innerWidth"
# Which key leads nearer to an element; none if it has the focus.
_NEARER = """wanted => {
  const now = document.activeElement
  if (now === wanted) return ""
  const before = now.compareDocumentPosition(wanted) & Node.DOCUMENT_POSITION_PRECEDING
  return before ? "Shift+Tab" : "Tab"
}"""
PATIENCE = 60_000
_MOST_TABS = 80
_HELD_AGAINST_WCAG: set[str] = set()


def sentences(language: str) -> dict[str, str]:
    """What the pages say, as their modules say it: on the way into a room, and beyond it."""
    files = (_WORDS / f"{language}.ts", _WORDS / f"more_{language}.ts")
    text = "".join(file.read_text("utf-8") for file in files)
    found = re.findall(r'^    ("?[a-z0-9-]+"?):\s*"([^"]*)",$', text, re.MULTILINE)
    return {key.strip('"'): said for key, said in found}


class Person:
    """Somebody with a browser profile of their own."""

    def __init__(self, page: Any, language: str, kind: str, *, keyboard: bool = False) -> None:
        self.page, self.language, self.kind, self.keyboard = page, language, kind, keyboard
        self.say = sentences(language)
        self.problems: list[str] = []
        self.streams: list[int] = []
        "What the server answered each time this page wanted to hear of news."
        self.passphrase = ""
        page.context.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("response", self._heard)

    def _heard(self, response: Any) -> None:
        if response.url.endswith("/news"):
            self.streams.append(response.status)

    def opens(self, address: str) -> None:
        """Open it for the first time, under the words that the device draws."""
        self.page.goto(address)
        self.page.wait_for_selector("#drawn")
        self.passphrase = self.page.inner_text("#drawn")
        self.press("first-create")

    def unlocks(self) -> None:
        self.page.wait_for_selector("input[type=password]")
        self.fills("input[type=password]", self.passphrase)
        self.press("open")
        self.page.wait_for_selector(".lines button")

    def _reaches(self, target: Any) -> None:
        target.wait_for()
        if not self.page.evaluate("document.hasFocus()"):
            self.page.bring_to_front()  # Firefox gives keys to the window in front alone
        for _ in range(_MOST_TABS):
            key = target.evaluate(_NEARER)
            if key == "":
                return
            self.page.keyboard.press(key)
        raise AssertionError(f"no key leads to {target}")

    def presses(self, target: Any, key: str = "Enter") -> None:
        if self.keyboard:
            self._reaches(target)
            self.page.keyboard.press(key)
        else:
            target.click()

    def press(self, key: str, within: str = "main") -> None:
        """Press the button that says what stands under `key`."""
        buttons = self.page.locator(within).get_by_role("button", name=self.say[key], exact=True)
        self.presses(buttons.first)

    def ticks(self, target: Any) -> None:
        self.presses(target, "Space")
        assert target.is_checked()

    def fills(self, field_or_selector: Any, text: str) -> None:
        target = field_or_selector
        if isinstance(target, str):
            target = self.page.locator(target)
        if self.keyboard:
            self._reaches(target)
            self.page.keyboard.type(text)
        else:
            target.fill(text)

    def sees(self, key: str, **values: str) -> None:
        self.reads(self.say[key].format(**values))

    def reads(self, text: str) -> None:
        self.page.locator("main").get_by_text(text).first.wait_for()

    def writes(self, text: str) -> None:
        self.fills("form.write textarea", text)
        self.press("room-send")
        self.page.locator(".log .mine").get_by_text(text).wait_for()

    def unfolds(self, text: str) -> Any:
        """The actions of a message."""
        line = self.page.locator(".log li").filter(has_text=text).last
        self.presses(line.locator("summary"))
        return line

    def confirms(self, step: str) -> None:
        """One of the steps that need a second decision."""
        whole = self.page.locator(f"#{step}")
        self.presses(whole.locator("summary"))
        self.ticks(whole.get_by_label(self.say["keep-sure"]))
        self.look(step)
        self.presses(whole.get_by_role("button"))

    def shows_nothing_of(self, *texts: str) -> None:
        whole = self.page.content()
        assert [text for text in texts if text in whole] == []

    def look(self, name: str) -> None:
        """Hold the page against WCAG and a small phone; take its picture if somebody wants it."""
        page = self.page
        assert page.evaluate(_WIDER) <= 0, name
        # Once, in one browser: the same elements stand in all, and it costs a second each time.
        if self.kind == "chromium" and name not in _HELD_AGAINST_WCAG:
            # What is half under the header that stays at the top would count as too small.
            page.evaluate("scrollTo(0, 0)")
            assert against_wcag(page) == [], name
            _HELD_AGAINST_WCAG.add(name)
        if _SCREENSHOTS:
            path = Path(_SCREENSHOTS) / f"circle-{name}-{self.language}-{self.kind}.png"
            before = len(self.problems)
            page.screenshot(path=str(path), full_page=True)
            # In Firefox playwright puts a style in for it, which the page's CSP refuses.
            del self.problems[before:]


@dataclass
class People:
    """Everybody in one browser, and each profile apart from the others."""

    browser: Any
    language: str
    kind: str
    keyboard: bool = False
    everybody: list[Person] = field(default_factory=list)

    def person(self, **context: Any) -> Person:
        """Somebody new, who has never been here."""
        size = {"width": PHONE[0], "height": PHONE[1]}
        page = self.browser.new_context(viewport=size, **context).new_page()
        somebody = Person(page, self.language, self.kind, keyboard=self.keyboard)
        self.everybody.append(somebody)
        return somebody

    def had_no_problems(self) -> None:
        assert [problem for person in self.everybody for problem in person.problems] == []


@contextlib.contextmanager
def people(browser: Any, language: str, kind: str, *, keyboard: bool = False) -> Iterator[People]:
    """Whoever comes in the block goes with it, profile and all."""
    everybody = People(browser, language, kind, keyboard)
    try:
        yield everybody
    finally:
        for person in everybody.everybody:
            person.page.context.close()


def found_a_room(keeper: Person, server: LiveServer) -> None:
    keeper.opens(f"{server.url}/{keeper.language}/9")
    keeper.press("rooms-found")
    keeper.page.wait_for_selector("select")
    keeper.fills(keeper.page.get_by_label(keeper.say["found-name"]), "Long winter films")
    keeper.fills("input[name=room-name]", "harbour")
    keeper.ticks(keeper.page.get_by_label(keeper.say["found-saving"]))
    keeper.look("found")
    keeper.press("found-create")
    keeper.page.wait_for_selector("form.write")


def open_a_batch(keeper: Person) -> None:
    keeper.press("room-keepers")
    keeper.sees("keep-batch-none")
    keeper.press("keep-batch-open")
    # Asked of the page's own text in turns, `eval` would be refused by its policy.
    none = keeper.page.locator("main").get_by_text(keeper.say["keep-batch-none"])
    none.wait_for(state="hidden")
    keeper.press("back")


def invitation(keeper: Person) -> str:
    """One of the open batch's, as an address."""
    keeper.press("room-people")
    keeper.press("invite-ask")
    keeper.page.wait_for_selector("#invitation")
    link = str(keeper.page.inner_text("#invitation"))
    keeper.look("people")
    keeper.press("invite-done")
    keeper.press("back")
    return link


def come_in(keeper: Person, newcomer: Person, name: str) -> None:
    """By an invitation that the keeper makes, and through the door that the keeper opens."""
    newcomer.opens(invitation(keeper))
    # Nothing of the invitation stays in the address, or in what Back leads to.
    assert newcomer.page.url.endswith(f"/{newcomer.language}/9")
    newcomer.page.wait_for_selector("input[name=room-name]")
    newcomer.look("entering")
    newcomer.fills("input[name=room-name]", name)
    newcomer.press("enter-ask")
    newcomer.sees("enter-waits")
    newcomer.look("waiting")
    keeper.press("room-keepers")
    keeper.reads(name)
    keeper.look("knock")
    keeper.press("keep-let-in")
    keeper.sees("keep-knocks-none")
    newcomer.press("enter-look")
    newcomer.page.wait_for_selector("form.write")
    keeper.press("back")


def move_away(old: Person) -> str:
    """Move all rooms off this device; the words under which they lie now."""
    old.press("room-rooms")
    old.press("rooms-device")
    old.press("device-move-now")
    old.page.wait_for_selector("#words li")
    words = " ".join(item.inner_text() for item in old.page.query_selector_all("#words li"))
    old.look("words")
    old.press("device-move-end")
    old.sees("device-move-sent")
    return words


def move_in(new: Person, server: LiveServer, words: str) -> None:
    new.page.goto(f"{server.url}/{new.language}/9")
    new.presses(new.page.locator("summary").get_by_text(new.say["door-more"]))
    new.press("door-move-in")
    new.page.wait_for_selector("#drawn")
    new.passphrase = new.page.inner_text("#drawn")
    new.fills(new.page.get_by_label(new.say["movein-words"]), words)
    new.look("move-in")
    new.press("movein-now")
    new.page.wait_for_selector(".lines button")
