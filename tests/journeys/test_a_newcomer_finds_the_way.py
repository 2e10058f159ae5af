"""Somebody who read nothing opens the demo's desk, refers a case and sees where cases stop.

Only what a page shows is pressed; each page leads to the next. Pictures of every screen, as a
phone and as a desk shows it, go to $SAFELIGHT_SCREENSHOTS if that is set, for people to look at.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.browsers import DESKTOP, PHONE, playwright_browser
from tests.support.live_demo import running_demo

pytestmark = [pytest.mark.browser, pytest.mark.live]

_SCREENSHOTS = os.environ.get("SAFELIGHT_SCREENSHOTS")
# What a page says about where one is: heading, and nothing beyond the right edge.
_FACTS = """() => ({
  heading: document.querySelector("h1").innerText,
  wider: document.documentElement.scrollWidth - innerWidth,
  language: document.documentElement.lang,
})"""


@pytest.fixture(scope="module")
def desk_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_demo(tmp_path_factory.mktemp("newcomer")) as demo:
        yield demo.desk


@pytest.fixture(scope="module")
def page(desk_address: str) -> Iterator[Any]:
    with playwright_browser("chromium", size=DESKTOP) as page:
        page.goto(desk_address)
        yield page


def look(page: Any, name: str, language: str) -> None:
    """See the page as a phone and as a desk shows it."""
    page.wait_for_load_state("load")
    for size in (PHONE, DESKTOP):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        facts = page.evaluate(_FACTS)
        assert facts["wider"] <= 0, (name, size)
        assert facts["language"] == language, name
        if _SCREENSHOTS:
            path = Path(_SCREENSHOTS) / f"newcomer-{name}-{language}-{size[0]}.png"
            page.screenshot(path=str(path), full_page=True)


def speak(page: Any, language: str) -> None:
    other = page.query_selector(f".tools button[lang={language}]")
    if other is not None:
        other.click()
        page.wait_for_selector(f"html[lang={language}]")


def step(page: Any, number: int) -> None:
    """Press the link of one step of the guide."""
    page.click(".frame nav li:first-child a")
    page.click(f"ol.steps > li:nth-child({number}) a.go")


def enter_the_case(page: Any) -> None:
    """Say what for, with the key that the page offers."""
    page.wait_for_load_state("load")
    if page.query_selector(".purposes"):
        page.wait_for_selector("button.main[autofocus]")
        page.focus("button.main")
        page.keyboard.press("Enter")
        page.wait_for_selector("nav.lanes")


@pytest.mark.parametrize("language", ["en", "ru"])
def test_from_the_inbox_to_a_referral_and_the_funnel(page: Any, language: str) -> None:
    step(page, 1)
    speak(page, language)
    page.click('form[action$="/fetch"] button')
    page.wait_for_selector(".result")
    look(page, "inbox", language)
    page.click("ul.cases a")
    enter_the_case(page)
    look(page, "case", language)

    # "Refer it" leads to a case whose person agreed.
    step(page, 3)
    enter_the_case(page)
    look(page, "refer-whom", language)
    page.click("#new ~ form button")
    page.wait_for_selector("#named")
    look(page, "refer-what", language)
    page.check("#named")
    page.check('.parts input[type="checkbox"]')
    page.click("form:has(.parts) button.main")
    page.wait_for_selector("pre.sheet")
    look(page, "sheet", language)
    page.click('button[value="printed"]')
    page.wait_for_selector('a[href$="#conversation"]')
    page.select_option("#outcome", "ACCEPTED")
    page.click('form[action$="/outcome"] button')
    page.wait_for_selector("ul.cases .mark")
    look(page, "referrals", language)

    # Who has it, and a reminder that comes up on Today.
    page.click('nav.lanes a[href$="/follow-up"]')
    take = page.query_selector('#who ~ form[action$="/assign"] button.main')
    if take is not None:  # the second time it is theirs already
        take.click()
    page.wait_for_selector("#who + p strong")
    page.select_option("#kind", "check")
    page.fill("#due", "2026-01-15")
    page.click("form:has(#kind) button")
    page.wait_for_selector("#tasks ~ ul li")
    look(page, "follow-up", language)
    page.click('.frame nav a[href="/today/"]')
    page.wait_for_selector("ul.cases .urgent")
    look(page, "today", language)
    page.click('form[action$="/done"] button')
    page.wait_for_selector(".empty")

    # How far it got, and where cases stop.
    step(page, 4)
    enter_the_case(page)
    if language == "en":
        page.select_option("#id_what", "F2_REPORT:REFUSED_TO_ACCEPT")
        page.click('form[action$="/facts"] button:last-of-type')
        page.wait_for_selector(".facts-known li")
        step(page, 4)
    page.wait_for_selector(".chart svg")
    look(page, "outcomes", language)

    page.click('.frame nav a[href="/search/"]')
    look(page, "search", language)
    page.goto(page.url.replace("/search/", "/places/"))
    look(page, "places", language)
    done = page.goto(page.url.replace("/places/", "/guide"))
    assert done.status == 200
    look(page, "guide", language)
    ticked = page.query_selector_all("ol.steps > li.done")
    assert len(ticked) >= 3, "the guide saw what was done"
