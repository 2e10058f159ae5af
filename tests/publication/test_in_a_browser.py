"""The published pages in real browsers, opened from a folder as from a stick."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import pytest

from safelight.publication.document import Publication
from safelight.publication.noisy_document import NoisyPublication
from safelight.publication.site import noisy_site_files, site_files
from safelight.release.noise.document import noisy_document
from tests.publication.outward_parts import LONG, SHORT, outward
from tests.publication.releases import TRUTH, release
from tests.publication.test_undercount import VERDICTS
from tests.publication.test_undercount import document as estimated
from tests.release.test_noisy_release import _draft
from tests.support.browsers import DESKTOP, PHONE, playwright_browser
from tests.support.live_server import Keeper

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
    # Letters, who helps, where to find us.
    "ru/letters.html",
    f"ru/letter-{LONG.id}.html",
    f"en/letter-{SHORT.id}.html",
    "ru/help.html",
    "ru/addresses.html",
    # A release with noise.
    "noisy/ru/index.html",
    f"noisy/ru/{NUMBERS}",
    "noisy/en/method.html",
    # What no list saw: a number, a bound, a refusal.
    "estimate/ru/undercount.html",
    "lower-bound/en/undercount.html",
    "refused/ru/undercount.html",
]
NARROWEST = (320, 568)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    parts = outward(Keeper.with_desks())
    noisy = noisy_site_files(NoisyPublication.parse(noisy_document(_draft())), outward=parts)
    files = dict(site_files(release(simulated=True), truth=TRUTH, outward=parts))
    files |= {f"noisy/{path}": content for path, content in noisy.items()}
    for verdict in VERDICTS:
        found = Publication.parse(estimated(verdict, simulated=True))
        files |= {
            f"{verdict}/{path}": page for path, page in site_files(found, truth=TRUTH).items()
        }
    for path, content in files.items():
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
    ("kind", "size"),
    [("chromium", NARROWEST), ("chromium", DESKTOP), ("firefox", PHONE)],
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


def test_letters_helpers_and_addresses_are_whole_on_paper(site: Path) -> None:
    with playwright_browser("chromium") as page:
        page.emulate_media(media="print")
        for path, words in (
            (f"ru/letter-{LONG.id}.html", "Абзац 3."),
            ("ru/help.html", "Телефон 112"),
            ("ru/addresses.html", "https://mirror.example/site/"),
        ):
            page.goto((site / path).as_uri())
            assert not page.is_visible("header"), path
            assert page.get_by_text(words).first.is_visible(), path
            assert not page.is_visible(".take"), path
