"""Two people in a circle, in real browsers: from founding it to burning it, and to another device.

Each has a browser profile of their own; what one does the other sees. Pictures of every page at
the size of a small phone go to $SAFELIGHT_SCREENSHOTS if that is set, for people to look at.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.support.browsers import PHONE, playwright_browser
from tests.support.live_server import LiveServer, live_server

pytestmark = [pytest.mark.browser, pytest.mark.live]

_SCREENSHOTS = os.environ.get("SAFELIGHT_SCREENSHOTS")
_ROOT = Path(__file__).resolve().parents[2]
AXE = _ROOT / "browser" / "node_modules" / "axe-core" / "axe.min.js"
WORDS = _ROOT / "browser" / "src" / "circles" / "pages" / "words"
_WCAG = """async () => {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
  const found = await axe.run(document, {
    runOnly: {type: "tag", values: tags}, rules: {"target-size": {enabled: true}},
    resultTypes: ["violations"], preload: false, iframes: false,
  })
  return found.violations.flatMap(v => v.nodes.map(n => `${v.id}: ${n.target.join(" ")}`))
}"""
_WIDER = "document.documentElement.scrollWidth - innerWidth"
PATIENCE = 60_000
MAKER = "Camera works of the north"


def sentences(language: str) -> dict[str, str]:
    """What the pages say, as their module says it."""
    text = (WORDS / f"{language}.ts").read_text("utf-8")
    found = re.findall(r'^    ("?[a-z0-9-]+"?):\s*"([^"]*)",$', text, re.MULTILINE)
    return {key.strip('"'): said for key, said in found}


class Person:
    """Somebody with a browser profile of their own."""

    def __init__(self, page: Any, language: str, kind: str) -> None:
        self.page, self.language, self.kind = page, language, kind
        self.say = sentences(language)
        self.problems: list[str] = []
        self.passphrase = ""
        page.context.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: self.problems.append(str(error)))

    def opens(self, address: str) -> None:
        self.page.goto(address)
        self.page.wait_for_selector("#drawn")
        self.passphrase = self.page.inner_text("#drawn")
        self.press("first-create")

    def press(self, key: str, within: str = "main") -> None:
        self.page.locator(within).get_by_role(
            "button", name=self.say[key], exact=True
        ).first.click()

    def sees(self, key: str, **values: str) -> None:
        self.reads(self.say[key].format(**values))

    def reads(self, text: str) -> None:
        self.page.locator("main").get_by_text(text).first.wait_for()

    def writes(self, text: str) -> None:
        self.page.fill("form.write textarea", text)
        self.press("room-send")
        self.page.locator(".log .mine").get_by_text(text).wait_for()

    def unfolds(self, text: str) -> Any:
        """The actions of a message."""
        line = self.page.locator(".log li").filter(has_text=text).last
        line.locator("summary").click()
        return line

    def look(self, name: str, *, also_axe: bool = True) -> None:
        page = self.page
        assert page.evaluate(_WIDER) <= 0, name
        if also_axe:
            # What is half under the header that stays at the top would count as too small.
            page.evaluate("scrollTo(0, 0)")
            page.evaluate(AXE.read_text(encoding="utf-8"))
            assert page.evaluate(_WCAG) == [], name
        if _SCREENSHOTS:
            path = Path(_SCREENSHOTS) / f"circle-{name}-{self.language}-{self.kind}.png"
            before = len(self.problems)
            page.screenshot(path=str(path), full_page=True)
            # In Firefox playwright puts a style in for it, which the page's CSP refuses.
            del self.problems[before:]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    folder = tmp_path_factory.mktemp("circles")
    with live_server(folder, arguments=("--circles", "--look", "recipes")) as running:
        yield running


@pytest.fixture(params=["ru-chromium", "en-firefox"])
def people(request: pytest.FixtureRequest) -> Iterator[tuple[Person, Person]]:
    """A keeper and a newcomer."""
    language, _, kind = request.param.partition("-")
    with playwright_browser(kind, size=PHONE) as page:
        size = {"width": PHONE[0], "height": PHONE[1]}
        other = page.context.browser.new_context(viewport=size).new_page()
        yield Person(page, language, kind), Person(other, language, kind)


def found_a_room(keeper: Person, server: LiveServer) -> None:
    keeper.opens(f"{server.url}/{keeper.language}/9")
    keeper.press("rooms-found")
    keeper.page.wait_for_selector("select")
    keeper.page.get_by_label(keeper.say["found-name"]).fill("Long winter films")
    keeper.page.fill("input[name=room-name]", "harbour")
    keeper.page.get_by_label(keeper.say["found-saving"]).check()
    keeper.look("found")
    keeper.press("found-create")
    keeper.page.wait_for_selector("form.write")


def open_a_batch(keeper: Person) -> None:
    keeper.press("room-keepers")
    keeper.sees("keep-batch-none")
    keeper.press("keep-batch-open")
    keeper.page.wait_for_function(
        "none => !document.querySelector('main').innerText.includes(none)",
        arg=keeper.say["keep-batch-none"],
    )
    keeper.press("back")


def invitation(keeper: Person, *, first: bool = True) -> str:
    if first:
        open_a_batch(keeper)
    keeper.press("room-people")
    keeper.press("invite-ask")
    keeper.page.wait_for_selector("#invitation")
    link = str(keeper.page.inner_text("#invitation"))
    keeper.look("people")
    keeper.press("invite-done")
    keeper.press("back")
    return link


def come_in(keeper: Person, newcomer: Person, link: str, name: str) -> None:
    newcomer.opens(link)
    # Nothing of the invitation stays in the address, or in what Back leads to.
    assert newcomer.page.url.endswith(f"/{newcomer.language}/9")
    newcomer.page.wait_for_selector("input[name=room-name]")
    newcomer.look("entering")
    newcomer.page.fill("input[name=room-name]", name)
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


def photo_with_its_maker(folder: Path) -> Path:
    picture = Image.new("RGB", (160, 120), (40, 90, 140))
    exif = picture.getexif()
    exif[0x010F] = MAKER
    path = folder / "photo.jpg"
    picture.save(path, exif=exif)
    assert MAKER.encode() in path.read_bytes()
    return path


def report_it(keeper: Person, newcomer: Person) -> Person:
    """A third person comes in and reports what the newcomer writes then."""
    size = {"width": PHONE[0], "height": PHONE[1]}
    page = keeper.page.context.browser.new_context(viewport=size).new_page()
    witness = Person(page, keeper.language, keeper.kind)
    come_in(keeper, witness, invitation(keeper, first=False), "river")
    newcomer.writes("Give me your address")
    witness.reads("Give me your address")
    witness.unfolds("Give me your address")
    witness.press("room-report")
    witness.page.get_by_label(witness.say["report-note"]).fill("They ask everybody")
    witness.look("report")
    witness.press("report-send")
    witness.sees("report-sent")
    keeper.press("room-keepers")
    keeper.reads("They ask everybody")
    keeper.reads("Give me your address")
    keeper.sees("keep-report-proven")
    keeper.look("reported")
    keeper.press("back")
    return witness


def test_from_founding_a_room_to_burning_it(
    people: tuple[Person, Person], server: LiveServer, tmp_path: Path
) -> None:
    keeper, newcomer = people
    found_a_room(keeper, server)
    keeper.writes("Before anybody came")
    come_in(keeper, newcomer, invitation(keeper), "meadow")
    assert "Before anybody came" not in newcomer.page.inner_text("main")

    # Talk: an answer, a reaction, a picture without its place.
    newcomer.writes("Which film first?")
    keeper.reads("Which film first?")
    keeper.unfolds("Which film first?")
    keeper.press("room-reply")
    keeper.writes("The one with the lighthouse")
    newcomer.page.wait_for_selector(".log blockquote")
    newcomer.unfolds("The one with the lighthouse").get_by_text("👍").first.click()
    keeper.page.wait_for_selector(".tally button")
    newcomer.page.locator("form.write summary").click()
    newcomer.page.set_input_files("form.write input[type=file]", photo_with_its_maker(tmp_path))
    keeper.page.wait_for_selector(".log img")
    shown = keeper.page.evaluate("atob(document.querySelector('.log img').src.split(',')[1])")
    assert MAKER not in shown
    keeper.look("room")

    # The safety code is the same for both, and hiding leaves nothing of all this.
    for person in people:
        person.press("room-people")
        person.page.wait_for_selector("#safety-code")
    codes = {person.page.inner_text("#safety-code") for person in people}
    assert len(codes) == 1
    newcomer.page.keyboard.press("Shift")
    newcomer.page.keyboard.press("Shift")
    newcomer.page.keyboard.press("Shift")
    newcomer.page.wait_for_url("**/9/0")
    newcomer.look("hidden")
    assert "Long winter films" not in newcomer.page.content()
    newcomer.page.click(".links a")
    newcomer.page.wait_for_selector("input[type=password]")
    newcomer.look("door")
    newcomer.page.fill("input[type=password]", newcomer.passphrase)
    newcomer.press("open")
    newcomer.page.wait_for_selector(".lines button")
    newcomer.look("list")
    newcomer.page.click(".lines button")
    newcomer.reads("The one with the lighthouse")
    keeper.press("back")

    # Muting and removing end it; before that a report reaches the keeper, with its proof.
    if keeper.kind == "chromium":
        report_it(keeper, newcomer)
    keeper.press("room-keepers")
    about = ".cards li:has(details):has(strong:text-is('meadow'))"
    keeper.press("keep-mute", about)
    keeper.page.locator(about).get_by_text(keeper.say["people-muted"]).wait_for()
    newcomer.sees("room-muted")
    keeper.look("keepers")
    keeper.page.locator(about).locator("summary").click()
    keeper.page.locator(about).locator("button.danger").click()
    newcomer.sees("room-removed")
    newcomer.look("removed")

    # Burning needs a second decision; afterwards the server has nothing of it.
    keeper.page.wait_for_function("!document.querySelector('main').innerText.includes('meadow')")
    burn = keeper.page.locator("#keep-burn")
    burn.locator("summary").click()
    burn.get_by_role("checkbox").check()
    keeper.look("burn")
    burn.get_by_role("button").click()
    keeper.sees("rooms-none")
    assert keeper.problems + newcomer.problems == []


@pytest.mark.parametrize("kind", ["chromium", "firefox"])
def test_all_rooms_move_to_another_device_by_words_and_are_wiped_there(
    server: LiveServer, kind: str
) -> None:
    language = "en" if kind == "chromium" else "ru"
    size = {"width": PHONE[0], "height": PHONE[1]}
    with playwright_browser(kind, size=PHONE) as page:
        old = Person(page, language, kind)
        found_a_room(old, server)
        old.writes("Kept on the way")
        old.page.locator(".log .mine").get_by_text(old.say["room-waiting"]).wait_for(
            state="detached"
        )
        old.press("room-rooms")
        old.press("rooms-device")
        old.press("device-move-now")
        old.page.wait_for_selector("#words li")
        words = " ".join(item.inner_text() for item in old.page.query_selector_all("#words li"))
        old.look("words")
        old.press("device-move-end")
        old.sees("device-move-sent")
        old.page.goto(f"{server.url}/{language}/9")
        old.page.wait_for_selector("#drawn")  # nothing is kept there any more

        new = Person(page.context.browser.new_context(viewport=size).new_page(), language, kind)
        new.page.goto(f"{server.url}/{language}/9")
        new.page.locator("summary").get_by_text(new.say["door-more"]).click()
        new.press("door-move-in")
        new.page.wait_for_selector("#drawn")
        new.passphrase = new.page.inner_text("#drawn")
        new.page.get_by_label(new.say["movein-words"]).fill(words)
        new.look("move-in")
        new.press("movein-now")
        new.page.wait_for_selector(".lines button")
        new.page.click(".lines button")
        new.reads("Kept on the way")
        new.writes("Arrived")

        # Without the passphrase: everything can be deleted, and nothing opens any more.
        new.page.goto(f"{server.url}/{language}/9")
        new.page.wait_for_selector("input[type=password]")
        new.page.locator("summary").get_by_text(new.say["door-more"]).click()
        new.press("door-wipe")
        new.look("wipe")
        new.press("door-wipe-sure")
        new.sees("door-wiped")
        new.page.goto(f"{server.url}/{language}/9")
        new.page.wait_for_selector("#drawn")
        assert old.problems + new.problems == []
