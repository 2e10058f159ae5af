from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import numpy as np

from safelight.undercount.answer import Options
from safelight.undercount.overlap import Overlap
from safelight.undercount.plots import families_svg, leave_one_out_svg, posterior_svg
from safelight.undercount.simulation import scenario, simulate
from safelight.undercount.verdict import judge

DRAWN = simulate(scenario("independence"), rng=np.random.default_rng(1))
ANSWER = judge(DRAWN, Options(seed=1), families=("loglinear", "decomposable", "chao"))
SVG = "{http://www.w3.org/2000/svg}"


def test_pictures_are_svg_without_script_and_told_in_words() -> None:
    draws = np.random.default_rng(2).lognormal(7, 0.2, size=4000) + 500
    pictures = (
        families_svg(ANSWER),
        leave_one_out_svg(ANSWER),
        posterior_svg(draws, observed=500),
    )
    for picture in pictures:
        tree = ElementTree.fromstring(picture)
        assert tree.get("role") == "img"
        assert tree.find(f"{SVG}title") is not None
        assert len(tree.findtext(f"{SVG}desc") or "") > 20
        assert not any("script" in element.tag or element.get("onload") for element in tree.iter())


def test_families_stand_with_their_numbers_and_a_bound_is_open() -> None:
    picture = families_svg(ANSWER)
    told = ElementTree.fromstring(picture).findtext(f"{SVG}desc") or ""
    assert f"loglinear: {ANSWER.estimate:,.0f}" in told
    assert "or more" in told
    assert picture.count("stroke-dasharray") == 1


def test_a_refusal_is_a_picture_that_says_so() -> None:
    nothing = judge(Overlap(("a", "b"), np.array([0, 9, 9, 1])), Options(seed=1))
    assert "There is no number to show." in families_svg(nothing)


def test_names_of_lists_cannot_break_out_of_the_picture() -> None:
    hostile = replace(
        ANSWER, diagnostics={"leave_one_out": [{"without": "<script>x</script>", "estimate": 2e3}]}
    )
    picture = leave_one_out_svg(hostile)
    assert "<script>" not in picture
    assert "&lt;script&gt;" in picture
