"""The truth page shows what was true beside what was published, in both languages."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

from safelight.demo.facts import ALL_LISTS
from safelight.demo.progress import _messages
from safelight.demo.simulation import Simulation, simulate
from safelight.demo.truth import years_of_truth
from safelight.demo.truth_page import TruthPage, truth_page


@pytest.fixture(scope="module")
def simulation() -> Simulation:
    return simulate(20, "small")


@pytest.fixture(scope="module")
def page(simulation: Simulation) -> TruthPage:
    years = years_of_truth(simulation.country, simulation.lists, simulation.tellings)
    published: dict[str, dict[int, int | None]] = {
        name: {year.year: year.records[name] + 1000 for year in years} for name in ALL_LISTS
    }
    published["police"][2022] = None
    return TruthPage(
        country=simulation.country,
        years=years,
        published=published,
        growth_per_year=1.08,
        weeks_of_campaign=12,
        site="site/index.html",
        file="truth.json",
    )


@pytest.mark.parametrize("language", ["ru", "en"])
def test_each_year_stands_with_its_truth_and_its_published_numbers(
    page: TruthPage, language: str
) -> None:
    html = truth_page(page, language, other="truth.other.html")
    for year in page.years:
        row = re.search(rf"<tr><th scope='row'>{year.year}[^<]*</th>(.*?)</tr>", html)
        assert row is not None
        cells = re.findall(r"<td>(.*?)</td>", row.group(1))
        assert cells[:2] == [str(year.happened), str(year.on_no_list)]
        for name, shown in zip(ALL_LISTS, cells[2:], strict=True):
            count = page.published[name][year.year]
            assert shown == f"{'–' if count is None else count} · {year.on_list[name]}"


def test_a_hidden_number_is_a_cross_in_the_chart_and_a_word_in_its_text(page: TruthPage) -> None:
    html = truth_page(page, "en", other="x")
    svg = re.search(r"<svg.*?</svg>", html, re.DOTALL)
    assert svg is not None
    root = ET.fromstring(svg.group(0))  # well-formed
    texts = [element.text for element in root.iter() if element.text]
    assert texts.count("×") == 1
    assert "police hidden" in svg.group(0)


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_page_needs_no_script_and_no_other_host(page: TruthPage, language: str) -> None:
    html = truth_page(page, language, other="truth.other.html")
    assert "<script" not in html
    assert not re.search(r"(?:src|href)='?(?:https?:)?//", html)


def test_the_claim_and_the_truth_of_the_campaign_stand_apart(
    page: TruthPage, simulation: Simulation
) -> None:
    html = truth_page(page, "en", other="x")
    campaign = simulation.country.campaign
    assert f"boasts of {campaign.claimed_dismissals} dismissals" in html
    assert f"Truly dismissed: {campaign.true_dismissals};" in html
    assert campaign.claimed_dismissals != campaign.true_dismissals


def test_every_sentence_of_the_demo_is_there_in_both_languages() -> None:
    for key, wordings in _messages().items():
        assert set(wordings) == {"ru", "en"}, key
        slots = [set(re.findall(r"{(\w+)}", wordings[language])) for language in ("ru", "en")]
        assert slots[0] == slots[1], key
