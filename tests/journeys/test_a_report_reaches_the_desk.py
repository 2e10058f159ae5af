"""A person types, a caseworker reads: with and without scripts, in both languages.

Every screen of the way is kept as a picture under screenshots/ (or $SAFELIGHT_SCREENSHOTS),
to be looked at by people; nothing here judges how it looks.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from safelight.intake.addresses import address
from safelight.sealing.receipt import Receipt
from tests.support.browsers import DESKTOP, PHONE, Browser, browser, playwright_browser
from tests.support.live_desk import LiveDesk, server_and_desk
from tests.support.live_server import LiveServer
from tests.support.search_everywhere import search, spellings

pytestmark = [pytest.mark.browser, pytest.mark.live]

ROOT = Path(__file__).resolve().parents[2]
SCREENSHOTS = Path(os.environ.get("SAFELIGHT_SCREENSHOTS") or ROOT / "screenshots")

WAYS = ("chromium", "firefox", "chromium-no-script", "firefox-no-script")
STORY = {
    "ru": "Меня заманили на встречу и снимали на видео. Метка-КАНАРЕЙКА-{way}.",
    "en": "I was lured to a meeting and filmed. The mark is CANARY-{way}.",
}


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LiveServer, LiveDesk]]:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    with server_and_desk(tmp_path_factory.mktemp("journey")) as both:
        yield both


def fill_in(page: Browser, story: str) -> None:
    """Answer a few questions and skip the others, as people do."""
    page.tick('input[name="acts"][value="FDT"]')
    page.tick('input[name="acts"][value="HUM"]')
    page.tick('input[name="why"][value="GAY"]')
    page.choose('select[name="setting"]', "DATE_MEET")
    page.type_into('textarea[name="story"]', story)
    page.tick('input[name="consent"][value="STAT"]')


def send_report(page: Browser, server: LiveServer, language: str, way: str) -> list[str]:
    """Type a report, send it, and return the words of its receipt."""
    page.visit(f"{server.url}{address(language, 'report')}")
    page.screenshot(SCREENSHOTS / f"form-{language}-{way}.png")
    fill_in(page, STORY[language].format(way=way))
    page.press('form#report button[type="submit"]')
    page.wait_for("#receipt-words li")
    page.screenshot(SCREENSHOTS / f"receipt-{language}-{way}.png")
    return page.texts("#receipt-words li")


@pytest.fixture(scope="module")
def sent(places: tuple[LiveServer, LiveDesk]) -> dict[tuple[str, str], list[str]]:
    """Each way and language once; the words each of them was shown."""
    server, _ = places
    words = {}
    for way in WAYS:
        with browser(way, PHONE if way.startswith("chromium") else DESKTOP) as page:
            for language in ("ru", "en"):
                words[way, language] = send_report(page, server, language, way)
    return words


@pytest.fixture(scope="module")
def read_on_the_desk(
    places: tuple[LiveServer, LiveDesk], sent: dict[tuple[str, str], list[str]]
) -> dict[str, str]:
    """Fetch as a caseworker does; return the text of each case page by its address."""
    _, desk = places
    pages: dict[str, str] = {}
    with playwright_browser("chromium", size=DESKTOP) as page:
        page.goto(desk.url)
        page.screenshot(path=str(SCREENSHOTS / "desk-first.png"), full_page=True)
        page.click('a[href^="/cases/"]')
        page.screenshot(path=str(SCREENSHOTS / "desk-inbox-empty.png"), full_page=True)
        page.click('form[action$="/fetch"] button')
        page.wait_for_selector("ul.cases li")
        page.screenshot(path=str(SCREENSHOTS / "desk-inbox.png"), full_page=True)
        origin = page.url.split("/cases/")[0]
        addresses = []
        # Eight times nearly the same story: the last of them wait where floods do.
        for lane in ("new", "aside"):
            page.goto(f"{origin}/cases/?lane={lane}")
            links = page.query_selector_all("ul.cases li > a")
            addresses += [link.get_attribute("href") for link in links]
        for number, address in enumerate(addresses):
            page.goto(origin + address)
            # A browser gives the focus a moment after it has the page.
            page.wait_for_selector("button.main[autofocus]")
            page.focus("button.main")
            page.keyboard.press("Enter")  # the common purpose
            page.wait_for_selector("#said")
            pages[address] = page.inner_text("main")
            if number == 0:
                page.screenshot(path=str(SCREENSHOTS / "desk-case.png"), full_page=True)
    return pages


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("way", WAYS)
def test_what_a_person_typed_is_what_the_caseworker_reads(
    way: str,
    language: str,
    sent: dict[tuple[str, str], list[str]],
    read_on_the_desk: dict[str, str],
) -> None:
    story = STORY[language].format(way=way)
    assert len([text for text in read_on_the_desk.values() if story in text]) == 1


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("way", WAYS)
def test_the_receipt_is_twelve_words_that_belong_together(
    way: str, language: str, sent: dict[tuple[str, str], list[str]]
) -> None:
    words = sent[way, language]
    assert Receipt.parse(" ".join(words)).words(language) == tuple(words)  # type: ignore[arg-type]


@pytest.mark.parametrize(("way", "language"), [("chromium", "ru"), ("firefox-no-script", "en")])
def test_the_words_find_the_report_again(
    way: str,
    language: str,
    places: tuple[LiveServer, LiveDesk],
    sent: dict[tuple[str, str], list[str]],
    read_on_the_desk: dict[str, str],
) -> None:
    server, _ = places
    with browser(way, PHONE) as page:
        page.visit(f"{server.url}{address(language, 'receipt')}")
        page.type_into('textarea[name="words"]', " ".join(sent[way, language]))
        page.press('form#ask button[type="submit"]')
        page.wait_for("#answer")
        page.screenshot(SCREENSHOTS / f"status-{language}-{way}.png")
        assert page.texts("#answer") != [""]


@pytest.mark.parametrize("way", ["chromium", "firefox"])
def test_what_a_browser_sealed_is_found_nowhere_on_the_server(
    way: str,
    places: tuple[LiveServer, LiveDesk],
    sent: dict[tuple[str, str], list[str]],
) -> None:
    server, _ = places
    # The dot belongs to the mark: the same browser without scripts has another ending.
    needles = [n for mark in (f"CANARY-{way}.", f"КАНАРЕЙКА-{way}.") for n in spellings(mark)]
    mailbox = Receipt.parse(" ".join(sent[way, "ru"])).mailbox_id.hex().encode()
    found = search(server, [*needles, mailbox])
    assert any(mailbox in hits for hits in found.files.values()), "the search is blind"
    assert not found.anywhere & set(needles)


def test_each_report_says_where_it_was_sealed(
    sent: dict[tuple[str, str], list[str]], read_on_the_desk: dict[str, str]
) -> None:
    for way in WAYS:
        story = STORY["en"].format(way=way)
        page = next(text for text in read_on_the_desk.values() if story in text)
        expected = "by the server" if way.endswith("no-script") else "in the reporter's browser"
        assert expected in page, way
