"""Every page people see, in both languages, held against WCAG 2.2 AA and a small phone.

One demo of a tiny country brings the server, a desk with work on it and a published site;
one browser walks all pages once, and the tests below ask about what it saw.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from safelight.demo.keys import PASSPHRASE, REVIEWER_PASSPHRASE
from safelight.intake.addresses import address
from tests.support.browsers import PHONE, playwright_browser
from tests.support.live_demo import Demo, running_demo
from tests.support.wcag import AXE, against_wcag

pytestmark = [pytest.mark.browser, pytest.mark.live]

LANGUAGES = ("ru", "en")
UNKNOWN_WORDS = "abandon " * 11 + "about"  # the published example of twelve words of zeros
STORY = "A sample."
FINGER = 44  # CSS pixels
# Milliseconds that one step may take on a busy machine; nothing waits longer than it must.
PATIENCE = 180_000

_CONTRAST = """async () => {
  const found = await axe.run(document, {
    runOnly: {type: "rule", values: ["color-contrast"]},
    resultTypes: ["violations"], preload: false, iframes: false,
  })
  return found.violations.flatMap(v => v.nodes.map(n => `dark ${v.id}: ${n.target.join(" ")}`))
}"""
_FACTS = """() => ({
  language: document.documentElement.lang,
  title: document.title,
  headings: [...document.querySelectorAll("h1")].filter(h => h.checkVisibility()).length,
  wider: document.documentElement.scrollWidth - innerWidth,
})"""
# Text twice as large, as a browser's own setting makes it: what has been cut off or lies outside?
_LARGE_TEXT = """() => {
  const root = document.documentElement
  root.style.fontSize = "200%"
  const lost = [...document.querySelectorAll("main *, header *")].filter(e => {
    const style = getComputedStyle(e)
    const cuts = ["hidden", "clip"].includes(style.overflowX) && e.scrollWidth > e.clientWidth + 1
    const spoken = style.clipPath !== "none"
    return e.checkVisibility() && cuts && !spoken && e.clientWidth > 1
  }).map(e => e.outerHTML.slice(0, 60))
  const wider = root.scrollWidth - innerWidth
  root.style.fontSize = ""
  return wider > 0 ? [...lost, `${wider} pixels to the right`] : lost
}"""
_SMALL = """least => [...document.querySelectorAll(
    "button, .leave, header a, .option, select, textarea, summary, .links a, .doors a")]
  .filter(e => e.checkVisibility() && e.getBoundingClientRect().height < least)
  .map(e => e.outerHTML.slice(0, 60))"""


@dataclass(frozen=True)
class Seen:
    """What one page was like at the size of a phone, and twice as large on a desk."""

    name: str
    problems: list[str]
    language: str
    title: str
    headings: int
    wider: int
    lost_when_large: list[str]
    small: list[str]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    with running_demo(tmp_path_factory.mktemp("everybody")) as running:
        yield running


class Walk:
    """One browser on its way over the pages; it notes what each was like."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.seen: list[Seen] = []

    def look(self, name: str, *, also_dark: bool = False) -> None:
        page = self.page
        page.wait_for_load_state("load")  # with its style sheet: sizes mean nothing before
        problems = against_wcag(page)
        if also_dark:
            page.emulate_media(color_scheme="dark")
            problems += page.evaluate(_CONTRAST)
            page.emulate_media(color_scheme="light")
        facts = page.evaluate(_FACTS)
        small = page.evaluate(_SMALL, FINGER)
        page.set_viewport_size({"width": 1280, "height": 900})
        lost = page.evaluate(_LARGE_TEXT)
        page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        self.seen.append(Seen(name, problems, lost_when_large=lost, small=small, **facts))


def _reporter(walk: Walk, server: str, language: str) -> None:
    page = walk.page
    page.goto(f"{server}/{language}/")
    walk.look(f"doors {language}", also_dark=True)
    page.goto(f"{server}{address(language, 'help')}")
    walk.look(f"help {language}", also_dark=True)
    for door in ("smear", "letter", "report"):
        page.goto(f"{server}{address(language, door)}")
        page.wait_for_selector("[data-needs-script]", state="visible")
        walk.look(f"form {door} {language}", also_dark=door == "report")
    # As a browser without scripts sends it: past the script's own handler.
    page.evaluate(
        "language => { const form = document.getElementById('report');"
        " form.action = `/${language}/1`; HTMLFormElement.prototype.submit.call(form) }",
        language,
    )
    page.wait_for_selector("#errors")
    walk.look(f"form with a problem {language}")
    page.goto(f"{server}{address(language, 'report')}")
    page.fill("#story", STORY)
    page.click("[data-needs-script]")
    page.wait_for_selector("#receipt-words li")
    walk.look(f"receipt {language}", also_dark=True)
    words = " ".join(item.inner_text() for item in page.query_selector_all("#receipt-words li"))
    page.goto(f"{server}{address(language, 'receipt')}")
    page.wait_for_selector("#ask [data-needs-script]", state="visible")
    walk.look(f"status {language}")
    asked = (("found", words, "#answer"), ("unknown", UNKNOWN_WORDS, "#answer"))
    for name, typed, answer in (*asked, ("mistyped", words.replace(" ", " x", 1), "#problem")):
        page.goto(f"{server}{address(language, 'receipt')}")
        page.wait_for_selector("#ask [data-needs-script]", state="visible")
        page.fill("#words", typed)
        page.click("#ask [data-needs-script]")
        page.wait_for_selector(answer, state="visible")
        walk.look(f"status {name} {language}")
    page.goto(f"{server}/{language}/nothing")
    walk.look(f"refusal {language}")


def _speak(page: Any, language: str) -> None:
    other = page.query_selector(f".tools button[lang={language}]")
    if other is not None:
        other.click()
        page.wait_for_selector(f"html[lang={language}]")


def _first(page: Any, url: str, selector: str) -> str:
    page.goto(url)
    return str(page.get_attribute(selector, "href"))


def _posting(page: Any, case: str) -> None:
    """Put a file beside a case and read it as a posting, so that its campaign has a course."""
    page.goto(f"{case}evidence")
    page.set_input_files(
        "#files-chosen", {"name": "post.txt", "mimeType": "text/plain", "buffer": b"A sample."}
    )
    page.click("form[action$='/evidence/file'] button")
    page.wait_for_selector("section[aria-labelledby=files] li")
    page.goto(f"{case}campaign")
    page.click("details.posting summary")
    page.select_option("details.posting select", "TELEGRAM")
    page.click("details.posting form[action$='/posting'] button")
    page.wait_for_selector("img.chart")


def _desk(walk: Walk, desk: str) -> None:
    page, here = walk.page, desk.split("/open/", maxsplit=1)[0]
    page.goto(desk)
    cases = {
        lane: _first(page, f"{here}/cases/?lane={lane}", "ul.cases a")
        for lane in ("new", "coded", "set-aside")
    }
    release = _first(page, f"{here}/numbers/", "ul.cases a")
    page.goto(here + cases["new"])
    walk.look("opening a case")
    for path in cases.values():
        page.goto(here + path)
        # The focus is given by `autofocus`, which a busy Chromium may leave out; that it is asked
        # for is what the page can do. A case that is open already asks for nothing.
        page.wait_for_selector("button.main[autofocus], #said")
        if page.query_selector("#said") is None:
            page.focus("button.main")
            page.keyboard.press("Enter")
        page.wait_for_selector("#said")
    _posting(page, f"{here}{cases['new']}")
    pages = {
        "guide": "/guide",
        **{f"lane {lane}": f"/cases/?lane={lane}" for lane in cases},
        **{f"case {lane}": path for lane, path in cases.items()},
        "follow up": f"{cases['new']}follow-up",
        "refer": f"{cases['new']}referrals",
        "evidence": f"{cases['new']}evidence",
        "emergency": f"{cases['new']}emergency?write=platform-other",
        "campaign": f"{cases['new']}campaign",
        "notices": f"{cases['new']}notices",
        "today": "/today/",
        "search": "/search/",
        "places": "/places/",
        "lists": "/lists/",
        "list": _first(page, f"{here}/lists/", "table.lists a"),
        "numbers": "/numbers/",
        "release published": release,
        "ledger": "/numbers/ledger",
        "all incidents": "/numbers/all-incidents",
        "estimate": "/numbers/estimate",
        "cost of an estimate": _cost(page, here),
        "row exchange": "/lists/exchange/",
        "row exchange with a partner": _partner(page, here),
        "journal": "/journal/?verify=1",
        "refused": "/nothing",
    }
    for language in LANGUAGES:
        page.goto(f"{here}/lists/")
        _speak(page, language)
        for name, path in pages.items():
            page.goto(here + path)
            walk.look(f"{name} {language}", also_dark=name in ("case new", "numbers"))
        # A new case may be of somebody who did not agree to be counted: it has no codes.
        _case_with_errors(walk, here, cases["coded"], language)
    _proposal(walk, here)
    _locked(walk, here)


def _cost(page: Any, here: str) -> str:
    """All incidents looked at once, and the address that shows what an estimate would cost."""
    page.goto(f"{here}/numbers/all-incidents")
    page.click('form[action$="/look"] button')
    page.wait_for_selector("progress", state="detached")
    page.goto(f"{here}/numbers/estimate")
    page.click('form[action$="/estimate"] button')
    page.wait_for_selector("#estimate_loss")
    return str(page.url.removeprefix(here))


def _partner(page: Any, here: str) -> str:
    page.goto(f"{here}/lists/exchange/")
    page.fill("#name", "helpline")
    page.click('form[action$="/begin"] button')
    page.wait_for_selector("#cards")
    return str(page.url.removeprefix(here))


def _case_with_errors(walk: Walk, here: str, case: str, language: str) -> None:
    walk.page.goto(here + case)
    walk.page.click("summary:has(#coding)")  # folded once a case is coded
    walk.page.evaluate(
        "() => { for (const box of document.querySelectorAll('.coding [type=checkbox]'))"
        " box.checked = false }"
    )
    walk.page.click("form.coding button.main")
    walk.page.wait_for_selector("form.coding .problem")
    walk.look(f"case with errors {language}", also_dark=True)


def _proposal(walk: Walk, here: str) -> None:
    """A release as it goes: proposed, not approved by a wrong passphrase, approved."""
    page = walk.page
    page.goto(f"{here}/numbers/")
    page.click('form[action$="/propose"] button')
    page.wait_for_selector("#passphrase")
    address = page.url

    def approve(passphrase: str) -> None:
        page.fill("#passphrase", passphrase)
        page.click('form[action$="/approve"] button')

    for language in LANGUAGES:
        page.goto(address)
        _speak(page, language)
        walk.look(f"release proposed {language}")
        approve("not the passphrase of anybody")
        page.wait_for_selector(".problem")
        walk.look(f"release not approved {language}")
    # From an answer to a form, too, the other language is one press away.
    _speak(page, LANGUAGES[0])
    approve(REVIEWER_PASSPHRASE)
    page.wait_for_selector('form[action$="/publish"]')
    for language in LANGUAGES:
        _speak(page, language)
        walk.look(f"release approved {language}")


def _locked(walk: Walk, here: str) -> None:
    page = walk.page
    page.goto(f"{here}/lists/")
    page.click('form[action$="/lock"] button')
    page.wait_for_selector("#passphrase")
    for language in LANGUAGES:
        _speak(page, language)
        walk.look(f"unlock {language}", also_dark=True)
        page.fill("#passphrase", "not the passphrase of this desk")
        page.click("main button")
        page.wait_for_selector("#problem")
        walk.look(f"not unlocked {language}")
    page.fill("#passphrase", PASSPHRASE)
    page.click("main button")
    page.wait_for_selector(".frame nav")


def _published(walk: Walk, site: Path) -> None:
    tables = sorted(path.name for path in (site / "ru").glob("own-*.html"))
    names = ["index.html", "method.html", "claims.html", "truth.html", *tables]
    files = [f"{language}/{name}" for language in LANGUAGES for name in names]
    for file in ("index.html", *files, "../truth.ru.html", "../truth.en.html"):
        walk.page.goto((site / file).resolve().as_uri())
        walk.look(f"published {file}", also_dark="own" in file)


# One fault of every kind, so that a walk that sees nothing is noticed.
_FAULTY = """<!doctype html><html><title>t</title><main><h1>a</h1><h1>b</h1>
<p style="color: #bbb">pale</p><button style="height: 12px">go</button><input>
<div style="width: 180px; overflow: hidden; white-space: nowrap">cut off when large</div>
<div style="width: 500px">wide</div></main></html>"""


@pytest.fixture(scope="module")
def walk(demo: Demo) -> Walk:
    if not AXE.exists():
        pytest.skip("axe-core is not installed; `make browser-setup` installs it")
    with playwright_browser("chromium", size=PHONE) as page:
        page.context.set_default_timeout(PATIENCE)
        walk = Walk(page)
        for language in LANGUAGES:
            _reporter(walk, demo.server, language)
        _desk(walk, demo.desk)
        _published(walk, demo.site)
        page.set_content(_FAULTY)
        walk.look("faulty")
    return walk


@pytest.fixture(scope="module")
def seen(walk: Walk) -> list[Seen]:
    return walk.seen[:-1]


def told(seen: list[Seen], what: Callable[[Seen], object]) -> dict[str, object]:
    """Only the pages with something to tell."""
    return {page.name: found for page in seen if (found := what(page))}


def test_the_walk_sees_what_is_wrong(walk: Walk) -> None:
    faulty = walk.seen[-1]
    kinds = {problem.partition(":")[0] for problem in faulty.problems}
    assert {"color-contrast", "html-has-lang", "label"} <= kinds
    assert faulty.headings == 2
    assert faulty.wider > 0
    assert len(faulty.lost_when_large) == 1
    assert "go" in faulty.small[0]


def test_every_kind_of_page_was_seen_in_both_languages(seen: list[Seen]) -> None:
    for of, least in (("ru", 30), ("en", 30)):
        assert len([page for page in seen if page.language == of]) >= least


def test_axe_finds_nothing_against_wcag_22_aa(seen: list[Seen]) -> None:
    assert told(seen, lambda page: page.problems) == {}


def test_no_page_scrolls_sideways_on_a_small_phone(seen: list[Seen]) -> None:
    assert told(seen, lambda page: max(page.wider, 0)) == {}


def test_text_twice_as_large_loses_nothing(seen: list[Seen]) -> None:
    assert told(seen, lambda page: page.lost_when_large) == {}


def test_every_page_says_its_language_and_has_one_heading(seen: list[Seen]) -> None:
    assert told(seen, lambda page: page.headings != 1) == {}
    assert told(seen, lambda page: page.language not in LANGUAGES) == {}
    spoken = [page for page in seen if page.name.rpartition(" ")[2] in LANGUAGES]
    assert told(spoken, lambda page: not page.name.endswith(f" {page.language}")) == {}


REPORTERS = ("doors", "help", "form", "receipt", "status", "refusal")


def test_the_titles_of_a_reporters_pages_say_nothing(seen: list[Seen]) -> None:
    titles = {(page.language, page.title) for page in seen if page.name.startswith(REPORTERS)}
    assert titles == {("ru", "Анкета"), ("en", "Form")}


def test_what_a_reporter_touches_is_as_large_as_a_finger(seen: list[Seen]) -> None:
    pages = [page for page in seen if page.name.startswith(REPORTERS)]
    assert told(pages, lambda page: page.small) == {}


# A group of radio buttons is one stop of the Tab key.
_NAMED = """e => e.type === "radio" ? `radio ${e.name}`
  : `${[...document.querySelectorAll(e.tagName)].indexOf(e)} ${e.tagName}`"""
_FOCUSED = f"""() => {{
  const named = {_NAMED}
  const e = document.activeElement
  const box = e.getBoundingClientRect()
  const header = document.querySelector("header")
  const inHeader = header.contains(e) || e.className === "skip"
  return {{
    control: named(e), id: e.id, value: e.value ?? "", name: e.name ?? "",
    send: e.matches("[data-needs-script]"),
    ring: getComputedStyle(e).outlineStyle !== "none",
    covered: !inHeader && box.top < header.getBoundingClientRect().bottom - 1,
  }}
}}"""
_CONTROLS = f"""() => {{
  const named = {_NAMED}
  const all = [...document.querySelectorAll("a, button, input, select, textarea, summary")]
  return [...new Set(all.filter(e => e.checkVisibility() && !e.disabled).map(named))]
}}"""


@pytest.mark.parametrize("kind", ["chromium", "firefox"])
def test_a_report_is_sent_with_the_keyboard_alone(demo: Demo, kind: str) -> None:
    with playwright_browser(kind, size=PHONE) as page:
        page.context.set_default_timeout(PATIENCE)
        page.goto(f"{demo.server}{address('en', 'report')}")
        page.wait_for_selector("[data-needs-script]", state="visible")
        expected = page.evaluate(_CONTROLS)
        reached, bare, covered = [], [], []
        for _ in range(len(expected)):
            page.keyboard.press("Tab")
            focused = page.evaluate(_FOCUSED)
            reached.append(focused["control"])
            if not focused["ring"]:
                bare.append(focused)
            if focused["covered"]:
                covered.append(focused)
            if (focused["name"], focused["value"]) in (("acts", "THR"), ("consent", "STAT")):
                page.keyboard.press("Space")
            if focused["id"] == "story":
                page.keyboard.type(STORY)
        assert reached == expected  # each control, in the order in which one reads
        assert (bare, covered) == ([], [])
        assert focused["send"]
        page.keyboard.press("Enter")
        page.wait_for_selector("#receipt-words li")
        assert len(page.query_selector_all("#receipt-words li")) == 12
        assert page.evaluate("document.activeElement.id") == "receipt-title"
        assert page.evaluate("scrollY") == 0
        assert page.is_visible("#receipt-title")
        assert not page.query_selector_all("#before, form")
