"""Plausible linkages: the chain draws what its score says, and the score says what it should."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from math import exp, log
from random import Random

import numpy as np
import pytest

from safelight.demo.linkable import linkable_lists
from safelight.demo.simulation import simulate
from safelight.linkage.cluster_evidence import OpenGroup, evidence_of_cluster
from safelight.linkage.linking import Linked, Options, link
from safelight.linkage.partition_moves import Partition, Score
from safelight.linkage.partition_prior import PartitionPrior, draw_prior, independent
from safelight.linkage.posterior import sample_linkages


def group_of(size: int, apart: tuple[int, ...] | None = None) -> OpenGroup:
    """Everybody near everybody; nothing compared."""
    return OpenGroup(
        records=[(unit,) for unit in range(size)],
        lists=[(1,)] * size,
        near=[[other for other in range(size) if other != unit] for unit in range(size)],
        edges=list(combinations(range(size), 2)),
        apart=apart or (0,) * size,
        row={},
    )


def partitions(units: list[int]) -> Iterator[list[int]]:
    """All partitions, clusters as bits."""
    if not units:
        yield []
        return
    bit = 1 << units[0]
    for rest in partitions(units[1:]):
        yield [bit, *rest]
        for place, cluster in enumerate(rest):
            yield [*rest[:place], cluster | bit, *rest[place + 1 :]]


def drawn(group: OpenGroup, score: Score, *, times: int) -> Counter[frozenset[int]]:
    chain = Partition(group, [1 << unit for unit in range(len(group.records))])
    chance = Random(1)
    found: Counter[frozenset[int]] = Counter()
    for _ in range(times):
        chain.sweep(score, chance)
        found[frozenset(chain.clusters())] += 1
    return found


def shares(size: int, score: Score) -> dict[frozenset[int], float]:
    odds = {
        frozenset(each): exp(sum(score(cluster) for cluster in each))
        for each in partitions(list(range(size)))
    }
    return {each: one / sum(odds.values()) for each, one in odds.items()}


def test_partitions_are_drawn_as_often_as_their_score_says() -> None:
    generator = np.random.default_rng(3)
    scores = {cluster: float(generator.normal(0, 1.5)) for cluster in range(1, 32)}
    expected = shares(5, scores.__getitem__)
    assert len(expected) == 52  # the fifth Bell number
    times = 20_000
    found = drawn(group_of(5), scores.__getitem__, times=times)
    # Draws follow each other, so they count for less than they are: a third is generous.
    for each, share in expected.items():
        assert abs(found[each] / times - share) < 5 * (share * 3 / times) ** 0.5 + 1e-3
    # The test can fail: of another score it is not true.
    other = shares(5, lambda cluster: scores[cluster] + 0.5 * cluster.bit_count() ** 2)
    assert max(abs(found[each] / times - share) for each, share in other.items()) > 0.05


def test_two_and_two_become_four_although_no_way_leads_one_by_one() -> None:
    pairs = {0b0011, 0b1100}

    def score(cluster: int) -> float:
        if cluster == 0b1111:
            return 30.0
        return 15.0 if cluster in pairs else 0.0 if cluster.bit_count() == 1 else -15.0

    expected = shares(4, score)
    found = drawn(group_of(4), score, times=4_000)
    for each in (frozenset({0b1111}), frozenset(pairs)):
        assert expected[each] == pytest.approx(0.5, abs=0.01)
        assert found[each] / 4_000 == pytest.approx(0.5, abs=0.1)


def test_what_people_said_is_different_never_meets() -> None:
    group = group_of(4, apart=(0b0010, 0b0001, 0, 0))
    nothing = np.zeros((0, 1))
    found = drawn(
        group, lambda one: group.evidence(one, nothing) + 10 * (one.bit_count() - 1), times=300
    )
    assert not any(cluster & 0b11 == 0b11 for each in found for cluster in each)
    assert any(cluster & 0b1110 == 0b1110 for each in found for cluster in each)


def slow_evidence(ratios: np.ndarray) -> float:
    total = 0.0
    for field in range(ratios.shape[2]):
        stars = []
        for source in range(len(ratios)):
            said = [r for r in ratios[source, :, field] if np.isfinite(r)]
            if said:
                stars.append(exp(sum(said)))
        if stars:
            total += log(sum(stars) / len(stars))
    return total


def test_evidence_of_a_cluster_equals_the_readable_one() -> None:
    generator = np.random.default_rng(2)
    for size in (2, 3, 5):
        ratios = generator.normal(0, 2, (size, size, 4))
        ratios += ratios.transpose(1, 0, 2)
        holds = generator.random((size, 4)) < 0.6
        there = holds[:, None] & holds[None] & ~np.eye(size, dtype=bool)[..., None]
        ratios = np.where(there, ratios, np.nan)
        assert evidence_of_cluster(ratios) == pytest.approx(slow_evidence(ratios))
        if size == 2:
            assert evidence_of_cluster(ratios) == pytest.approx(np.nansum(ratios[0, 1]))


def test_a_phone_that_one_record_lacks_counts_in_full() -> None:
    ratios = np.full((3, 3, 2), np.nan)
    for one, other in ((0, 1), (0, 2), (1, 2)):
        ratios[one, other, 0] = ratios[other, one, 0] = 1.0
    ratios[0, 1, 1] = ratios[1, 0, 1] = 9.0  # the third record has no phone
    assert evidence_of_cluster(ratios) == pytest.approx(2 * 1.0 + 9.0)


def test_three_records_of_one_source_are_weighed_nearly_as_their_truth_is_likely() -> None:
    """A value of a hundred is copied right by nine in ten: against the sum over what is true."""
    right, values = 0.9, 100
    wrong = (1 - right) / (values - 1)

    def exact(cells: tuple[int, ...]) -> float:
        each = [
            np.prod([right if cell == true else wrong for cell in cells])
            for true in range(values)
        ]  # fmt: skip
        return log(sum(each) / values) + len(cells) * log(values)

    for cells in ((1, 1, 1), (1, 1, 2), (1, 2, 3)):
        ratios = np.full((3, 3, 1), np.nan)
        for one, other in combinations(range(3), 2):
            ratios[one, other] = ratios[other, one] = exact((cells[one], cells[other]))
        assert evidence_of_cluster(ratios) == pytest.approx(exact(cells), abs=0.4)


def test_without_knowing_how_lists_depend_the_odds_are_one_over_the_unseen() -> None:
    # 1,000 incidents, three independent lists of 300, 400 and 500.
    share = np.array([0.3, 0.4, 0.5])
    on = (np.arange(8)[:, None] >> np.arange(3)) & 1 == 1
    expected = 1000 * np.where(on, share, 1 - share).prod(axis=1)
    unseen, expected[0] = expected[0], 0.0
    found = independent(expected)
    assert found == pytest.approx(expected, rel=1e-6)
    for one, other in ((0b001, 0b010), (0b001, 0b110)):
        odds = found[one | other] / (found[one] * found[other])
        assert odds == pytest.approx(1 / unseen)


def test_the_prior_follows_lists_that_depend_on_each_other() -> None:
    counts = np.array([0.0, 10, 10, 500])  # one list feeds the other
    generator = np.random.default_rng(1)
    priors = [draw_prior(counts, np.zeros(2), generator=generator) for _ in range(200)]
    both = np.mean([np.exp(one.intensity[3]) for one in priors])
    assert both == pytest.approx(500, rel=0.02)


def test_a_record_that_comes_once_more_is_counted_with_its_list() -> None:
    prior = PartitionPrior(np.log([1.0, 50, 40, 8]), np.log([0.1, 0.2]), np.log([0.9, 0.8]))
    assert prior.of((1, 1)) == pytest.approx(log(8 * 0.9 * 0.8))
    assert prior.of((3, 0)) == pytest.approx(log(50 * 0.9 * 0.1**2 * 6))


@pytest.fixture(scope="module")
def linked() -> Linked:
    lists = linkable_lists(simulate(1, "small"), only=("own", "helpline", "legalaid"))
    return link(lists.lists, options=Options(seed=1, threads=1))


def test_where_the_chain_begins_makes_no_difference(linked: Linked) -> None:
    starts = (None, np.arange(len(linked.label)), linked.component)
    clusters = []
    for seed, start in enumerate(starts):
        draws = sample_linkages(
            linked, draws=15, generator=np.random.default_rng(seed), start=start
        )
        clusters.append([len(np.unique(label)) for label in draws])
    # It could: where they begin they are far apart.
    begun = [len(np.unique(one)) for one in (linked.label, *starts[1:]) if one is not None]
    spread = float(np.mean([np.std(one) for one in clusters]))
    assert max(begun) - min(begun) > 20 * spread
    means = [float(np.mean(one)) for one in clusters]
    assert max(means) - min(means) < 1.5 * spread
