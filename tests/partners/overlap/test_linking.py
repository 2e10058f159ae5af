"""Linking fully blinded bundles: the fast one, and a readable twin."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from safelight.partners.overlap.bundles import Bundles, padded_number
from safelight.partners.overlap.linking import clusters_of_tokens, pattern_counts

_LISTS = st.lists(st.sets(st.integers(0, 40), min_size=1, max_size=20), min_size=2, max_size=4)


def _point(number: int) -> bytes:
    return number.to_bytes(32, "big")


def _readable_counts(lists: list[set[int]]) -> list[int]:
    counts = [0] * (1 << len(lists))
    for key in set().union(*lists):
        counts[sum(1 << number for number, one in enumerate(lists) if key in one)] += 1
    return counts


@settings(max_examples=60)
@given(_LISTS)
def test_counts_of_single_tokens_are_those_of_sets(lists: list[set[int]]) -> None:
    bundles = [Bundles(1, b"".join(map(_point, one))) for one in lists]
    assert pattern_counts(bundles, shared=1).tolist() == _readable_counts(lists)


@settings(max_examples=60)
@given(_LISTS)
def test_several_tokens_that_agree_together_count_as_one_would(lists: list[set[int]]) -> None:
    bundles = [
        Bundles(2, b"".join(_point(key) + _point(1_000 + key) for key in one)) for one in lists
    ]
    assert pattern_counts(bundles, shared=1).tolist() == _readable_counts(lists)


def test_the_pair_that_shares_more_goes_first_and_nobody_is_in_two_clusters() -> None:
    one = [[b"a", b"b", b"c"], [b"d", b"e", b"x"]]
    other = [[b"a", b"y", b"z"], [b"b", b"c", b"w"]]
    clusters = clusters_of_tokens([one, other], shared=1)
    assert frozenset({(0, 0), (1, 1)}) in clusters
    assert frozenset({(1, 0)}) in clusters
    assert sum(len(cluster) for cluster in clusters) == 4


def test_too_little_in_common_links_nobody() -> None:
    one, other = [[b"a", b"b", b"c"]], [[b"a", b"b", b"x"]]
    assert len(clusters_of_tokens([one, other], shared=2)) == 1
    assert len(clusters_of_tokens([one, other], shared=3)) == 2


def test_a_chain_of_agreement_takes_one_record_of_each_list() -> None:
    lists = [[[b"a"], [b"q"]], [[b"a"]], [[b"q"]]]
    lists = [[[*tokens, b"%d" % number] for tokens in one] for number, one in enumerate(lists)]
    lists[1][0].append(b"s")
    lists[2][0].append(b"s")
    clusters = clusters_of_tokens(lists, shared=1)
    assert all(len({number for number, _ in one}) == len(one) for one in clusters)
    assert sum(len(one) for one in clusters) == 4


def test_a_length_says_little() -> None:
    assert padded_number(2) == padded_number(1_000) == 1_024
    assert padded_number(100_000) == 100_352
    for number in range(1_000, 60_000, 37):
        assert number <= padded_number(number) <= 1.063 * max(number, 1_024)
        assert padded_number(padded_number(number)) == padded_number(number)
