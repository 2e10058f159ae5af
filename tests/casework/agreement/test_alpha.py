"""Krippendorff's alpha against the published examples, a readable twin and a peer's numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safelight.casework.agreement.alpha import (
    JACCARD,
    MASI,
    NOMINAL,
    AgreementError,
    Alpha,
    Metric,
    NoAlpha,
    Unit,
    krippendorff_alpha,
    ordinal,
    reading,
)

SCALE = ordinal("1", "2", "3", "4", "5")


def coders(*lines: str) -> list[Unit]:
    """One line a coder, one character a unit, * for nothing; returned unit by unit."""
    return list(zip(*[[None if c == "*" else c for c in line] for line in lines], strict=True))


# Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability": examples A, B, C and D.
BINARY = coders("0100000010", "1110010000")
TWO_CODERS = coders("aabbdcccedda", "babbbccceddd")
MISSING = coders("123321412***", "1233224125*3", "*3332342251*", "12332441251*")


def alpha(units: Sequence[Unit], metric: Metric, draws: int = 0, seed: int = 1) -> Any:
    rng = np.random.default_rng(seed)
    return krippendorff_alpha(units, metric, min_units=2, level=0.95, draws=draws, rng=rng)


@pytest.mark.parametrize(
    ("units", "metric", "published"),
    [
        (BINARY, NOMINAL, 0.095),
        (TWO_CODERS, NOMINAL, 0.692),
        (MISSING, NOMINAL, 0.743),
        (MISSING, SCALE, 0.815),
    ],
)
def test_the_published_worked_examples_come_out(
    units: list[Unit], metric: Metric, published: float
) -> None:
    assert round(alpha(units, metric).value, 3) == published


def test_the_missing_values_of_the_example_are_where_the_paper_has_them() -> None:
    assert len(MISSING) == 12
    assert alpha(MISSING, NOMINAL).units == 11, "the last unit has one value and pairs with none"
    assert Counter(v for unit in MISSING for v in unit)[None] == 7


# A peer's numbers for the same sets (nltk 3.10.4, AnnotationTask.alpha with jaccard_distance).
SETS = [
    ("e", "e"), ("b", "bd"), ("bd", "bd"), ("bcd", "bcd"), ("bd", "b"), ("abde", "abde"),
    ("c", "a"), ("b", "ab"), ("bcde", "bcde"), ("abd", "ad"), ("abe", "abe"), ("ce", "bce"),
    ("ce", "ce"), ("bcd", "bcde"),
]  # fmt: skip


def test_sets_agree_with_a_peer() -> None:
    units = [(frozenset(a), frozenset(b)) for a, b in SETS]
    assert alpha(units, JACCARD).value == pytest.approx(0.6289717120257408, abs=1e-12)
    # The peer writes 2/3 and 1/3 as 0.67 and 0.33.
    assert alpha(units, MASI).value == pytest.approx(0.5781885258244239, abs=0.003)


def test_masi_and_jaccard_are_what_their_papers_say() -> None:
    small, large, other = frozenset("ab"), frozenset("abcd"), frozenset("bx")
    assert JACCARD.difference(small, large) == pytest.approx(1 / 2)
    assert MASI.difference(small, large) == pytest.approx(1 - 1 / 2 * 2 / 3)
    assert MASI.difference(small, other) == pytest.approx(1 - 1 / 3 * 1 / 3)
    assert MASI.difference(small, frozenset("x")) == 1
    for metric in (JACCARD, MASI):
        # Nothing ticked on both sides is agreement; the peer divides by zero here.
        assert metric.difference(frozenset(), frozenset()) == 0
        assert metric.difference(frozenset(), small) == 1
        with pytest.raises(AgreementError, match="frozensets"):
            metric.difference("ab", small)


def twin(units: Sequence[Unit], difference: Callable[[Any, Any], float]) -> float:
    """The definition, pair by pair, without matrices."""
    kept = [[v for v in unit if v is not None] for unit in units]
    kept = [unit for unit in kept if len(unit) > 1]
    everything = [v for unit in kept for v in unit]
    observed = sum(
        difference(a, b) / (len(unit) - 1) for unit in kept for a, b in permutations(unit, 2)
    )
    expected = sum(difference(a, b) for a, b in permutations(everything, 2))
    return 1 - (observed / len(everything)) / (expected / (len(everything) * (len(everything) - 1)))


def rank_difference(units: Sequence[Unit]) -> Callable[[Any, Any], float]:
    kept = [[v for v in unit if v is not None] for unit in units]
    counts = Counter(v for unit in kept if len(unit) > 1 for v in unit)

    def difference(one: str, other: str) -> float:
        low, high = sorted((one, other))
        between = sum(counts[str(g)] for g in range(int(low), int(high) + 1))
        return (between - (counts[low] + counts[high]) / 2) ** 2 if low != high else 0.0

    return difference


@settings(max_examples=60)
@given(
    st.lists(
        st.lists(st.sampled_from(["1", "2", "3", "5", None]), min_size=3, max_size=3),
        min_size=3,
        max_size=12,
    )
)
def test_alpha_equals_its_definition_pair_by_pair(units: list[list[str | None]]) -> None:
    for metric, difference in (
        (NOMINAL, NOMINAL.difference),
        (SCALE, rank_difference(units)),
    ):
        found = alpha(units, metric)
        if isinstance(found, Alpha):
            assert found.value == pytest.approx(twin(units, difference), abs=1e-9)


def test_full_agreement_is_one_and_systematic_disagreement_is_below_zero() -> None:
    assert alpha(coders("1212345", "1212345"), SCALE).value == 1
    assert alpha(coders("ababab", "bababa"), NOMINAL).value < 0


def test_where_nothing_varies_or_too_little_is_there_no_number_is_given() -> None:
    found = alpha(coders("aaaa", "aaaa"), NOMINAL)
    assert found == NoAlpha("no-variation", units=4, same=1.0, metric="nominal")
    rng = np.random.default_rng(1)
    few = krippendorff_alpha(TWO_CODERS, NOMINAL, min_units=13, level=0.9, draws=9, rng=rng)
    assert few == NoAlpha("too-few-units", units=12, same=0.75, metric="nominal")
    assert alpha([], NOMINAL) == NoAlpha("too-few-units", 0, 0.0, "nominal")
    assert reading(found) == reading(few) == "unknown"


def test_the_interval_is_the_same_for_the_same_seed_and_holds_the_value() -> None:
    one, again = (alpha(TWO_CODERS * 4, NOMINAL, draws=400, seed=7) for _ in range(2))
    other = alpha(TWO_CODERS * 4, NOMINAL, draws=400, seed=8)
    assert one == again != other
    assert one.low < one.value < one.high <= 1
    narrower = alpha(TWO_CODERS * 16, NOMINAL, draws=400)
    assert narrower.high - narrower.low < one.high - one.low


def test_full_agreement_in_a_small_sample_promises_no_certainty() -> None:
    """Every draw of it gives 1; that would be an interval of no width, from ten cases."""
    lows = [alpha(coders("ab" * n, "ab" * n), NOMINAL, draws=50).low for n in (5, 15, 60)]
    assert [round(low, 2) for low in lows] == [0.41, 0.77, 0.94]
    assert reading(alpha(coders("ab" * 5, "ab" * 5), NOMINAL, draws=50)) == "unreliable"
    assert reading(alpha(coders("ab" * 60, "ab" * 60), NOMINAL, draws=50)) == "reliable"


def test_an_interval_of_draws_in_which_hardly_anything_varies_is_refused() -> None:
    units = coders("a" * 30 + "b", "a" * 30 + "b")
    found = alpha(units, NOMINAL, draws=200)
    assert (found.value, found.low, found.no_interval) == (1.0, None, "hardly-varies")
    assert reading(found) == "unknown"


def test_a_value_outside_the_scale_is_refused_without_repeating_it() -> None:
    with pytest.raises(AgreementError, match="values of the scale") as refused:
        alpha(coders("1a", "12"), SCALE)
    assert "a1" not in str(refused.value)


def test_what_may_be_built_on_it_goes_by_the_lower_end() -> None:
    def at(low: float) -> Alpha:
        return Alpha(0.95, low, 0.99, 0.95, 30, 0.9, "nominal", 1000)

    assert [reading(at(low)) for low in (0.8, 0.79, 0.667, 0.6)] == [
        "reliable", "tentative", "tentative", "unreliable",
    ]  # fmt: skip


@pytest.mark.parametrize(("right", "cases"), [(0.92, 100), (0.995, 30)])
def test_about_nineteen_of_twenty_intervals_hold_the_truth(right: float, cases: int) -> None:
    """Two coders who each get a binary code right with the same chance; α follows from it."""
    base, trials, hits, refused = 0.4, 80, 0, 0
    agree = right**2 + (1 - right) ** 2
    share = base * right + (1 - base) * (1 - right)
    truth = 1 - (1 - agree) / (2 * share * (1 - share))
    rng = np.random.default_rng(20261122)
    for _trial in range(trials):
        real = rng.random(cases) < base
        given = [real ^ (rng.random(cases) >= right) for _coder in range(2)]
        units = list(zip(*[line.tolist() for line in given], strict=True))
        found = krippendorff_alpha(units, NOMINAL, min_units=2, level=0.95, draws=200, rng=rng)
        assert isinstance(found, Alpha)
        if found.low is None or found.high is None:
            refused += 1  # two of thirty have the code: the draws can say nothing
            continue
        hits += found.low <= truth <= found.high
    assert refused <= 2
    assert hits / (trials - refused) >= 0.88
