from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from safelight.undercount import families
from safelight.undercount.answer import FAMILIES, Answer, Options
from safelight.undercount.latent_class import Chains, flat_prior_median
from safelight.undercount.overlap import Overlap
from safelight.undercount.rules import shipped_rules
from safelight.undercount.verdict import estimate
from tests.undercount.test_loglinear import published


@pytest.fixture(autouse=True)
def short_chains(monkeypatch: pytest.MonkeyPatch) -> None:
    short = Chains(chains=20, warm_up=60, draws=60, most_rhat=9.0, least_ess=1)
    shipped = shipped_rules()
    monkeypatch.setattr(
        families, "shipped_rules", lambda: replace(shipped, chains=short, attempts=1)
    )


def asked(overlap: Overlap, family: str) -> Answer:
    options = Options(seed=1, resamples=100, vary_delta=False)
    return estimate(overlap, method=family, options=options)


def table(lists: int, *, shared: dict[int, int], alone: int = 100) -> Overlap:
    """`alone` and ten more on each list by itself, and so many with each pattern shared."""
    counts = np.zeros(1 << lists, dtype=np.int64)
    for k in range(lists):
        counts[1 << k] = alone + 10 * k if alone else 0
    for pattern, count in shared.items():
        counts[pattern] = count
    return Overlap(tuple("ABCDE"[:lists]), counts)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("lists", [2, 3, 4, 5])
def test_no_family_answers_where_the_lists_share_nobody_or_one(lists: int, family: str) -> None:
    for shared in ({}, {3: 1}, {(1 << lists) - 1: 1}):
        answer = asked(table(lists, shared=shared), family)
        assert (answer.verdict, answer.estimate, answer.interval) == ("refused", None, None)
        assert answer.reason.endswith(".")


@pytest.mark.parametrize("lists", [3, 4, 5])
def test_no_prior_answers_where_there_is_no_estimate(lists: int) -> None:
    # All lists hold the same fifty incidents.
    same = table(lists, shared={(1 << lists) - 1: 50}, alone=0)
    for family in ("decomposable", "latent-class"):
        answer = asked(same, family)
        assert answer.verdict == "refused"
        assert "no estimate exists" in answer.reason


def test_an_average_that_follows_its_prior_is_refused_but_can_be_looked_at() -> None:
    answer = asked(table(3, shared={7: 60}), "decomposable")
    assert answer.verdict == "refused"
    assert answer.reason.startswith("The answer follows what was assumed about the total")
    assert answer.diagnostics["not_an_estimate"] == answer.diagnostics["median"]


@pytest.mark.parametrize("lists", [3, 4, 5])
def test_an_interval_that_is_none_is_refused(lists: int) -> None:
    # Every incident stands on two lists: the bootstrap and the average are sure of something
    # that the zeros decide.
    pairs = {1 << a | 1 << b: 20 for b in range(lists) for a in range(b)}
    for family in ("stepwise", "decomposable"):
        answer = asked(table(lists, shared=pairs, alone=0), family)
        assert answer.verdict == "refused"
        assert "interval does not hold the estimate, or has no width" in answer.reason


def test_published_tables_keep_their_answers() -> None:
    for name, family in (
        ("kosovo", "decomposable"),
        ("artificial3", "stepwise"),
    ):
        assert asked(published(name), family).verdict == "estimate"
    assert asked(published("korea"), "decomposable").verdict == "refused"


def test_the_median_under_the_other_prior_weighs_each_draw_by_its_total() -> None:
    drawn = np.array([[100.0, 100.0, 100.0], [100.0, 100.0, 600.0]])
    assert flat_prior_median(drawn) == 600.0
    near = np.random.default_rng(1).normal(1000, 10, size=(20, 100))
    assert flat_prior_median(near) == pytest.approx(float(np.median(near)), abs=1)


def test_a_latent_class_answer_shows_what_the_other_prior_would_say() -> None:
    answer = asked(published("kosovo"), "latent-class")
    assert answer.estimate is not None
    other = answer.diagnostics["sensitivity"]["prior flat"]["estimate"]
    assert answer.estimate <= other < 1.5 * answer.estimate
