"""The published pages in real browsers, opened from a folder as from a stick."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import pytest

from safelight.publication.site import site_files
from tests.publication.releases import TRUTH, release
from tests.support.browsers import DESKTOP, PHONE, playwright_browser

pytestmark = pytest.mark.browser
AXE = Path(__file__).resolve().parents[2] / "browser" / "node_modules" / "axe-core" / "axe.min.js"
NUMBERS = "own-act-group-by-year.html"
PAGES = [
    "index.html",
    "ru/index.html",
    f"ru/{NUMBERS}",
    f"en/{NUMBERS}",
    "ru/truth.html",
    "ru/method.html",
    "en/claims.html",
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    for path, content in site_files(release(simulated=True), truth=TRUTH).items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    return folder


def test_axe_finds_nothing(site: Path) -> None:
    if not AXE.exists():
        pytest.skip("axe-core is not installed; `make browser-setup` installs it")
    with playwright_browser("chromium", size=PHONE) as page:
        for path, colours in product(PAGES, ("light", "dark")):
            page.emulate_media(color_scheme=colours)
            page.goto((site / path).as_uri())
            page.evaluate(AXE.read_text(encoding="utf-8"))
            found = page.evaluate("async () => (await axe.run()).violations")
            told = [(item["id"], [node["target"] for node in item["nodes"]]) for item in found]
            assert told == [], (path, colours, json.dumps(told))


@pytest.mark.parametrize(
    ("kind", "size"), [("chromium", PHONE), ("chromium", DESKTOP), ("firefox", PHONE)]
)
def test_no_page_is_wider_than_the_screen(site: Path, kind: str, size: tuple[int, int]) -> None:
    with playwright_browser(kind, size=size) as page:
        for path in PAGES if kind == "chromium" else PAGES[:3]:
            page.goto((site / path).as_uri())
            widths = page.evaluate(
                "() => [document.documentElement.scrollWidth, innerWidth,"
                " getComputedStyle(document.body).maxWidth]"
            )
            assert widths[0] <= widths[1], path
            assert widths[2] != "none", "the style sheet was not applied"


def test_a_page_asks_for_its_style_sheet_and_for_nothing_else(site: Path) -> None:
    with playwright_browser("chromium") as page:
        asked: list[str] = []
        said: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.goto((site / "ru" / NUMBERS).as_uri())
        page.wait_for_load_state("networkidle")
        files = {url.rsplit("/", 1)[-1] for url in asked if url.startswith("file:")}
        assert files == {NUMBERS, "style.css"}
        assert all(url.startswith(("file:", "data:")) for url in asked)
        assert said == []  # a broken policy or a missing file would speak here


def test_pictures_take_their_colours_from_the_page(site: Path) -> None:
    fills = []
    with playwright_browser("chromium") as page:
        page.goto((site / "en" / NUMBERS).as_uri())
        for colours in ("light", "dark"):
            page.emulate_media(color_scheme=colours)
            fills.append(
                page.evaluate("() => getComputedStyle(document.querySelector('svg .b')).fill")
            )
            words = page.evaluate(
                "() => getComputedStyle(document.querySelector('svg text')).fill"
                " === getComputedStyle(document.body).color"
            )
            assert words
    assert fills[0] != fills[1]


def test_on_paper_there_is_no_navigation_and_all_numbers(site: Path) -> None:
    with playwright_browser("chromium") as page:
        page.emulate_media(media="print")
        page.goto((site / "ru" / NUMBERS).as_uri())
        assert not page.is_visible("header")
        assert not page.is_visible(".take")
        assert page.is_visible("table")
        assert page.is_visible(".sim")
        assert page.is_visible("dl")
