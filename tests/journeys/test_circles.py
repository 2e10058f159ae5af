"""Two people in a circle, in real browsers: from founding it to burning it, and to another device.

Each journey goes through one browser, for all of its people, in one language; both browsers see
both languages. In the first, people in Chromium have no pointer.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.support.browsers import playwright_browser
from tests.support.circle_people import (
    People,
    Person,
    come_in,
    found_a_room,
    move_away,
    move_in,
    open_a_batch,
    people,
)
from tests.support.live_server import LiveServer, live_server

pytestmark = [pytest.mark.browser, pytest.mark.live]

MAKER = "Camera works of the north"
ROOM = "Long winter films"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    folder = tmp_path_factory.mktemp("circles")
    with live_server(folder, arguments=("--circles", "--look", "recipes")) as running:
        yield running


@pytest.fixture(scope="module", params=["chromium", "firefox"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def browser(kind: str) -> Iterator[Any]:
    """One of each kind for all journeys: starting one costs seconds."""
    with playwright_browser(kind) as page:
        yield page.context.browser


def photo_with_its_maker(folder: Path) -> Path:
    picture = Image.new("RGB", (160, 120), (40, 90, 140))
    exif = picture.getexif()
    exif[0x010F] = MAKER
    path = folder / "photo.jpg"
    picture.save(path, exif=exif)
    assert MAKER.encode() in path.read_bytes()
    return path


def hear_each_other(keeper: Person, newcomer: Person) -> None:
    """What is written is there without a press, by a stream: looks begin after three failures."""
    newcomer.writes("Which film first?")
    keeper.reads("Which film first?")
    keeper.unfolds("Which film first?")
    keeper.press("room-reply")
    keeper.writes("The one with the lighthouse")
    newcomer.page.wait_for_selector(".log blockquote")
    answer = newcomer.unfolds("The one with the lighthouse")
    newcomer.presses(answer.get_by_text("👍").first)
    keeper.page.wait_for_selector(".tally button")
    for person in (keeper, newcomer):
        assert 200 in person.streams, person.streams


def send_a_picture(keeper: Person, newcomer: Person, photo: Path) -> None:
    newcomer.presses(newcomer.page.locator("form.write summary"))
    newcomer.page.set_input_files("form.write input[type=file]", photo)
    keeper.page.wait_for_selector(".log img")
    shown = keeper.page.evaluate("atob(document.querySelector('.log img').src.split(',')[1])")
    assert MAKER not in shown
    keeper.look("room")


def hide_and_come_back(keeper: Person, newcomer: Person) -> None:
    """The safety code is the same for both, and hiding leaves nothing of all this."""
    for person in (keeper, newcomer):
        person.press("room-people")
        person.page.wait_for_selector("#safety-code")
    codes = {person.page.inner_text("#safety-code") for person in (keeper, newcomer)}
    assert len(codes) == 1
    keeper.press("back")
    for _ in range(3):
        newcomer.page.keyboard.press("Shift")
    newcomer.page.wait_for_url("**/9/0")
    newcomer.look("hidden")
    newcomer.shows_nothing_of(ROOM, *codes)
    newcomer.presses(newcomer.page.locator(".links a"))
    newcomer.page.wait_for_selector("input[type=password]")
    newcomer.look("door")
    newcomer.unlocks()
    newcomer.look("list")
    newcomer.presses(newcomer.page.locator(".lines button"))
    newcomer.reads("The one with the lighthouse")


def report(keeper: Person, newcomer: Person, witness: Person) -> None:
    """A third person reports what the newcomer writes; a keeper who waits gets it, proven."""
    keeper.press("room-keepers")
    keeper.sees("keep-reports-none")
    newcomer.writes("Give me your address")
    witness.reads("Give me your address")
    witness.unfolds("Give me your address")
    witness.press("room-report")
    note = witness.page.get_by_label(witness.say["report-note"])
    witness.fills(note, "They ask everybody")
    witness.look("report")
    witness.press("report-send")
    witness.sees("report-sent")
    keeper.reads("They ask everybody")
    keeper.reads("Give me your address")
    keeper.sees("keep-report-proven")
    keeper.look("reported")


def test_from_founding_a_room_to_burning_it(
    browser: Any, kind: str, server: LiveServer, tmp_path: Path
) -> None:
    language = "ru" if kind == "chromium" else "en"
    with people(browser, language, kind, keyboard=kind == "chromium") as all_of_them:
        keeper, newcomer, witness = (all_of_them.person() for _ in range(3))
        found_a_room(keeper, server)
        open_a_batch(keeper)
        keeper.writes("Before anybody came")
        come_in(keeper, newcomer, "meadow")
        newcomer.shows_nothing_of("Before anybody came")
        come_in(keeper, witness, "river")
        hear_each_other(keeper, newcomer)
        send_a_picture(keeper, newcomer, photo_with_its_maker(tmp_path))
        hide_and_come_back(keeper, newcomer)
        report(keeper, newcomer, witness)

        # Muting and removing end it. The keeper's page is open still.
        about = ".cards li:has(details):has(strong:text-is('meadow'))"
        keeper.press("keep-mute", about)
        keeper.page.locator(about).get_by_text(keeper.say["people-muted"]).wait_for()
        newcomer.sees("room-muted")
        keeper.presses(keeper.page.locator(about).locator("summary"))
        keeper.presses(keeper.page.locator(about).locator("button.danger"))
        newcomer.sees("room-removed")
        newcomer.look("removed")

        # Burning needs a second decision; afterwards the server has nothing of it.
        keeper.page.locator(about).wait_for(state="detached")
        keeper.confirms("keep-burn")
        keeper.sees("rooms-none")
        witness.sees("room-burned")
        all_of_them.had_no_problems()


def looks_away_and_back(person: Person, server: LiveServer, said: str) -> None:
    """Another page of the same window, then Back: the door, whatever the browser kept."""
    person.page.goto(f"{server.url}/{person.language}/5")
    person.page.go_back()
    person.page.wait_for_selector("input[type=password]")
    person.shows_nothing_of(ROOM, said)
    person.unlocks()
    person.page.reload()
    person.page.wait_for_selector("input[type=password]")


def wipe(person: Person, server: LiveServer) -> None:
    """Without the passphrase: everything can be deleted, and nothing opens any more."""
    person.presses(person.page.locator("summary").get_by_text(person.say["door-more"]))
    person.press("door-wipe")
    person.look("wipe")
    person.press("door-wipe-sure")
    person.sees("door-wiped")
    person.page.goto(f"{server.url}/{person.language}/9")
    person.page.wait_for_selector("#drawn")


def test_all_rooms_move_to_another_device_by_words_and_are_wiped_there(
    browser: Any, kind: str, server: LiveServer
) -> None:
    language = "en" if kind == "chromium" else "ru"
    with people(browser, language, kind) as devices:
        old, new = devices.person(), devices.person()
        found_a_room(old, server)
        old.writes("Kept on the way")
        waiting = old.page.locator(".log .mine").get_by_text(old.say["room-waiting"])
        waiting.wait_for(state="detached")
        words = move_away(old)
        old.page.goto(f"{server.url}/{language}/9")
        old.page.wait_for_selector("#drawn")  # nothing is kept there any more

        move_in(new, server, words)
        new.presses(new.page.locator(".lines button"))
        new.reads("Kept on the way")
        new.writes("Arrived")
        looks_away_and_back(new, server, "Arrived")
        wipe(new, server)
        devices.had_no_problems()
        if kind == "chromium":
            without_scripts_a_letter_is_left(devices, server)


def without_scripts_a_letter_is_left(devices: People, server: LiveServer) -> None:
    for language in ("ru", "en"):
        person = devices.person(java_script_enabled=False)
        person.page.goto(f"{server.url}/{language}/9")
        assert "JavaScript" in person.page.inner_text("noscript")
        person.page.click("noscript a")
        person.page.wait_for_url(f"**/{language}/3")
        assert person.page.locator("form").count() == 1
        person.page.goto(f"{server.url}/{language}/9")
        person.page.click("#hide")
        person.page.wait_for_url(f"**/{language}/9/0")
