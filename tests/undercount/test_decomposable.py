from __future__ import annotations

from itertools import combinations
from math import exp, lgamma, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safelight.undercount.decomposable import Posterior, PriorOnN, average_graphs
from safelight.undercount.decomposable_graphs import (
    GraphError,
    decomposable_graphs,
    decomposed,
    graph_name,
)
from safelight.undercount.overlap import Overlap
from tests.undercount.test_loglinear import published
from tests.undercount.test_overlap import overlaps


def averaged(overlap: Overlap, *, saturated: bool = False, prior: PriorOnN = "1/N") -> Posterior:
    return average_graphs(
        overlap,
        delta=2.0 ** -len(overlap.lists),
        prior=prior,
        saturated=saturated,
        level=0.95,
    )


def readable_mean(overlap: Overlap, graphs: list[list[set[int]]], farthest: int) -> float:
    """Madigan & York's formula as it stands in the paper, one graph and one N at a time.

    Each graph is [cliques..., separators...] of a chain, given as (cliques, separators).
    """
    k = len(overlap.lists)
    delta = 2.0**-k

    def factor(subset: set[int], missing: int) -> float:
        margin: dict[tuple[int, ...], int] = {}
        for pattern in range(1 << k):
            key = tuple(pattern >> number & 1 for number in sorted(subset))
            count = missing if pattern == 0 else int(overlap.counts[pattern])
            margin[key] = margin.get(key, 0) + count
        pseudo = delta * 2.0 ** (k - len(subset))
        total = sum(margin.values())
        return (
            lgamma(delta * 2**k)
            - lgamma(delta * 2**k + total)
            + sum(lgamma(pseudo + count) - lgamma(pseudo) for count in margin.values())
        )

    logs, totals = [], []
    for cliques, separators in graphs:  # type: ignore[misc]
        for missing in range(farthest):
            total = overlap.observed + missing
            value = lgamma(total + 1) - lgamma(missing + 1) - log(total)
            value += sum(factor(clique, missing) for clique in cliques)
            value -= sum(factor(separator, missing) for separator in separators)
            logs.append(value)
            totals.append(total)
    top = max(logs)
    weights = [exp(value - top) for value in logs]
    return sum(w * t for w, t in zip(weights, totals, strict=True)) / sum(weights)


def test_there_are_as_many_decomposable_graphs_as_are_known() -> None:
    # OEIS A058862: labelled chordal graphs.
    assert [len(decomposable_graphs(k)) for k in (2, 3, 4, 5, 6)] == [2, 8, 61, 822, 18154]
    with pytest.raises(GraphError, match="2 to 6 lists; got 7"):
        decomposable_graphs(7)


def test_a_square_without_a_chord_is_not_decomposable_and_with_one_is() -> None:
    square = [0b1010, 0b0101, 0b1010, 0b0101]
    assert decomposed(square) is None
    with_chord = [0b1110, 0b0101, 0b1011, 0b0101]
    graph = decomposed(with_chord)
    assert graph is not None
    assert sorted(graph.cliques) == [0b0111, 0b1101]
    assert graph.separators == (0b0101,)
    assert graph_name(graph, "abcd") == "[a b c][a c d]"


@pytest.mark.parametrize("lists", [3, 4, 5])
def test_cliques_and_separators_count_every_list_once(lists: int) -> None:
    for graph in decomposable_graphs(lists):
        for number in range(lists):
            among = sum(clique >> number & 1 for clique in graph.cliques)
            between = sum(separator >> number & 1 for separator in graph.separators)
            assert among - between == 1


def test_averaging_equals_the_formula_of_the_paper() -> None:
    overlap = Overlap(("a", "b", "c"), np.array([0, 14, 11, 6, 9, 5, 4, 3]))
    singles = [{0}, {1}, {2}]
    graphs = [(singles, [set()] * 2)]
    for a, b in combinations(range(3), 2):
        (rest,) = {0, 1, 2} - {a, b}
        graphs.append(([{a, b}, {rest}], [set()]))
        graphs.append(([{a, rest}, {b, rest}], [{rest}]))
    expected = readable_mean(overlap, graphs, 3000)  # type: ignore[arg-type]
    assert averaged(overlap).mean == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize(
    ("name", "mean"),
    [("kosovo", 12749), ("hiv_rome", 11357), ("uk5", 21282), ("lesbian_allegheny", 5147)],
)
def test_posterior_means_equal_the_r_package(name: str, mean: float) -> None:
    assert averaged(published(name), saturated=True).mean == pytest.approx(mean, rel=1e-3)


def test_kosovo_with_the_saturated_graph_gives_the_published_interval() -> None:
    found = averaged(published("kosovo"), saturated=True)
    ends = (found.median, found.interval.low, found.interval.high)
    # The peer's grid has steps of some 130 incidents; ours has fewer.
    assert ends == pytest.approx((12591, 9819, 16551), rel=2e-3)


def test_the_saturated_graph_would_answer_with_the_observed_number_and_is_left_out() -> None:
    # A table on which it wins: with it the interval begins at n itself.
    overlap = published("korea")
    assert averaged(overlap, saturated=True).interval.low <= overlap.observed + 1
    assert averaged(overlap).interval.low > overlap.observed + 5


def test_a_large_undercount_is_not_cut_off() -> None:
    # 1,500 observed of 100,000: three independent lists of 0.5 % each.
    true, chance = 100_000, 0.005
    counts = np.array(
        [
            round(true * chance**seen * (1 - chance) ** (3 - seen))
            for seen in (bin(pattern).count("1") for pattern in range(8))
        ]
    )
    counts[0] = 0
    found = averaged(Overlap(("a", "b", "c"), counts))
    assert not found.tail_cut
    assert found.interval.low < true < found.interval.high


@settings(max_examples=15)
@given(overlaps().filter(lambda o: len(o.lists) <= 4), st.randoms(use_true_random=False))
def test_order_of_lists_changes_no_posterior(overlap: Overlap, random: object) -> None:
    order = list(range(len(overlap.lists)))
    random.shuffle(order)  # type: ignore[attr-defined]
    assert averaged(overlap.permuted(order)).mean == pytest.approx(averaged(overlap).mean, rel=1e-6)


@settings(max_examples=15)
@given(overlaps().filter(lambda o: len(o.lists) <= 4))
def test_a_flat_prior_on_the_total_never_gives_a_smaller_median(overlap: Overlap) -> None:
    assert averaged(overlap, prior="flat").median >= averaged(overlap, prior="1/N").median
