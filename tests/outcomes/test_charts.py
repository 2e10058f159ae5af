from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from safelight.outcomes.curves import NotEstimable
from safelight.outcomes.facts import CaseFacts
from safelight.outcomes.funnel import ALL_STAGES, Funnel, funnel
from safelight.outcomes.funnel_chart import funnel_svg
from safelight.outcomes.incidence_chart import from_start_svg
from safelight.outcomes.words import Words
from safelight.vocabulary.schema import VocabularyError
from tests.outcomes.test_following import AS_OF, case
from tests.outcomes.test_funnel import ACCEPTED, FIVE, RULES

SVG = "{http://www.w3.org/2000/svg}"
DRAWN = (funnel_svg, from_start_svg)


def found(cases: list[CaseFacts] = FIVE) -> Funnel | NotEstimable:
    return funnel(cases, as_of=AS_OF, rules=RULES, stages=ALL_STAGES)


def description(svg: str) -> str:
    return ElementTree.fromstring(svg).findtext(f"{SVG}desc") or ""


@pytest.mark.parametrize("draw", DRAWN)
@pytest.mark.parametrize("language", ["en", "ru"])
def test_a_chart_is_one_picture_with_a_title_and_its_contents_in_words(
    draw: type(funnel_svg), language: str
) -> None:
    svg = draw(found(), language=language)
    picture = ElementTree.fromstring(svg)
    assert picture.get("role") == "img"
    assert picture.get("lang") == language
    assert picture[0].tag == f"{SVG}title"
    assert len(description(svg)) > 100
    assert not re.search(r"<script|\son\w+=|style=|href=|https?://(?!www\.w3\.org/2000/svg)", svg)
    assert "{" not in svg  # no placeholder was left unfilled


@pytest.mark.parametrize("draw", DRAWN)
def test_a_chart_uses_black_white_and_greys_only(draw: type(funnel_svg)) -> None:
    for colour in re.findall(r"#[0-9a-f]{3,6}", draw(found(), language="en")):
        digits = colour[1:] if len(colour) == 7 else "".join(2 * c for c in colour[1:])
        assert digits[:2] == digits[2:4] == digits[4:], colour


def test_the_funnel_in_words_tells_counts_shares_reasons_and_who_waits() -> None:
    told = description(funnel_svg(found(), language="en")).replace("\N{NO-BREAK SPACE}", " ")
    assert "As known on 30 June 2026. Cases: 5." in told
    assert (
        "criminal case opened: 1 (33 % to 67 % of those before; 20 % of all). "
        "Stopped: 1 (refused: 1). Not known yet: 1." in told
    )
    assert "not cleared for publication" in told


def test_the_russian_chart_has_no_english_in_it_nor_the_other_way_round() -> None:
    for draw in DRAWN:
        texts = re.sub(r"<[^>]*>", " ", draw(found(), language="ru"))
        assert re.findall(r"[A-Za-z]+", texts) == []
        texts = re.sub(r"<[^>]*>", " ", draw(found(), language="en"))
        assert re.findall(r"[а-яё]+", texts, re.IGNORECASE) == []


def test_bars_are_as_long_as_their_counts_and_none_is_longer_than_the_black_before_it() -> None:
    svg = funnel_svg(found(), language="en")
    widths = [
        (float(width), fill)
        for width, fill in re.findall(r'width="([\d.]+)" height="24" fill="([^"]+)"', svg)
    ]
    unit = 300 / 5
    assert [round(width / unit) for width, _ in widths[:9]] == [5, 4, 1, 3, 1, 1, 1, 1, 1]
    black, white = "#1a1a1a", "#fff"
    assert [fill for _, fill in widths[:6]] == [black, black, white, black, white, black]


def test_a_title_of_ones_own_is_text_and_never_markup() -> None:
    title = "<script>alert(1)</script> & 'Volga'"
    for draw in DRAWN:
        svg = draw(found(), language="en", title=title)
        assert "<script" not in svg
        assert ElementTree.fromstring(svg).findtext(f"{SVG}title") == title


@pytest.mark.parametrize("draw", DRAWN)
def test_a_refusal_is_drawn_as_a_sentence(draw: type(funnel_svg)) -> None:
    svg = draw(found([]), language="en")
    assert "There is nothing to show." in description(svg)


def test_the_finer_reasons_stand_in_place_of_not_to_report() -> None:
    facts = tuple(replace(fact, reasons=("NO_HOPE",)) for fact in FIVE[4].facts)
    silent = [replace(FIVE[4], facts=facts)]
    told = description(funnel_svg(found([*FIVE, *silent]), language="en"))
    assert "Stopped: 2 (no hope that it helps: 1)" in told


def test_the_curves_say_how_soon_and_that_half_never_came() -> None:
    cases = [case(ACCEPTED, occurred="2026-01-01") for _ in range(30)]
    late = [case("F1 NOT_REPORT 2026-01-09", occurred="2026-01-01") for _ in range(31)]
    told = description(from_start_svg(found([*cases, *late]), language="en"))
    told = told.replace("\N{NO-BREAK SPACE}", " ")
    assert "police accepted the report: 49 % after 180 days (38 % to 62 %); not reached" in told
    sooner = description(from_start_svg(found([*cases, *late[:29]]), language="en"))
    assert "half by day 2" in sooner


def test_a_share_is_never_rounded_to_none_or_all() -> None:
    words = Words("en")
    shares = (0.0, 0.001, 0.5, 0.999, 1.0, None)
    parts = [words.part(share).replace("\N{NO-BREAK SPACE}", " ") for share in shares]
    assert parts == ["0 %", "< 1 %", "50 %", "> 99 %", "100 %", "–"]


def test_a_language_we_do_not_have_is_refused() -> None:
    with pytest.raises(VocabularyError):
        funnel_svg(found(), language="xx")
