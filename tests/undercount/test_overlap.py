from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.undercount.overlap import Overlap, OverlapError
from tests.support.open_data import open_data

SMALL = "a,b,c,count\n1,0,0,40\n0,1,0,30\n0,0,1,20\n1,1,0,6\n"


@st.composite
def overlaps(draw: st.DrawFn) -> Overlap:
    k = draw(st.integers(2, 5))
    counts = draw(st.lists(st.integers(0, 50), min_size=1 << k, max_size=1 << k))
    counts[0] = 0
    for number in range(k):  # nobody's list is refused, so put somebody on each
        counts[1 << number] += 1
    return Overlap(tuple("abcde"[:k]), np.array(counts))


def test_a_table_is_read_as_it_was_written() -> None:
    overlap = Overlap.from_csv(SMALL)
    assert overlap.lists == ("a", "b", "c")
    assert overlap.counts.tolist() == [0, 40, 30, 6, 20, 0, 0, 0]
    assert overlap.observed == 96
    assert overlap.totals == (46, 36, 20)
    assert overlap.shared(0, 1) == 6
    assert overlap.shared(1, 2) == 0
    assert overlap.seen_times().tolist() == [0, 90, 6, 0]


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ("", "empty table"),
        ("a,count\n1,3\n", "two or more lists"),
        ("a,b,n\n1,0,3\n", "got 3 columns, 0 of them 'count'"),
        ("count,a,b,count\n1,0,3,1\n", "got 4 columns, 2 of them 'count'"),
        ("a;b\tcount\n1;0\t3\n", "semicolons and tabs"),
        ("a;b,count\n1;0,3\n", "two or more lists"),
        ("a,b,count\n1;0;3\n", "line 2 has 1 cells; expected 3"),
        ("a;b;count\n1,0,3\n", "line 2 has 1 cells; expected 3"),
        ("a,b,count\n1,0\n", "line 2 has 2 cells; expected 3"),
        ("a,b,count\n1,2,3\n", "line 2: a list's column holds 0 or 1"),
        ("a,b,count\n1,0,-3\n", "line 2: the count is a whole number"),
        ("a,b,count\n1,0,3.5\n", "line 2: the count is a whole number"),
        ("a,b,count\n1,0,٣\n0,1,1\n", "line 2: the count is a whole number"),
        ("a,b,count\n1,0,3\n1,0,4\n0,1,1\n", "line 3 repeats a pattern"),
        ("a,b,count\n0,0,7\n1,0,3\n0,1,1\n", "nobody can have counted"),
        ("a,b,count\n1,0,3\n", "nobody stands on list number 2"),
        ("a,a,count\n1,0,3\n0,1,1\n", "a name of its own"),
        ("a\x1b[2J,b,count\n1,0,3\n0,1,1\n", "a list's name is up to 100"),
        ("a\u202e,b,count\n1,0,3\n0,1,1\n", "a list's name is up to 100"),
        ("a" * 101 + ",b,count\n1,0,3\n0,1,1\n", "a list's name is up to 100"),
        ("," * 13 + "count\n", "2 to 12 lists"),
    ],
)
def test_a_table_that_cannot_be_is_refused_with_its_reason(table: str, reason: str) -> None:
    with pytest.raises(OverlapError, match=reason):
        Overlap.from_csv(table)


@pytest.mark.parametrize(
    "table",
    [
        "\ufeff" + SMALL,
        SMALL.replace(",", ";"),
        SMALL.replace(",", "\t"),
        SMALL.replace("\n", "\r\n"),
        "count,a,b,c\n40,1,0,0\n30,0,1,0\n20,0,0,1\n6,1,1,0\n",
        "a;count;b;c\n1;40;0;0\n0;30;1;0\n0;20;0;1\n1;6;1;0\n",
    ],
)
def test_what_spreadsheets_write_is_read_where_it_can_mean_one_thing_only(table: str) -> None:
    assert Overlap.from_csv(table) == Overlap.from_csv(SMALL)


def test_refusal_does_not_repeat_what_stood_in_the_table() -> None:
    with pytest.raises(OverlapError) as refused:
        Overlap.from_csv("a,b,count\nmarker,0,3\n")
    assert "marker" not in str(refused.value)


@given(overlaps())
def test_csv_comes_back_as_it_went(overlap: Overlap) -> None:
    assert Overlap.from_csv(overlap.to_csv()) == overlap


@given(overlaps(), st.randoms(use_true_random=False))
def test_order_of_lists_changes_no_total(overlap: Overlap, random: object) -> None:
    order = list(range(len(overlap.lists)))
    random.shuffle(order)  # type: ignore[attr-defined]
    permuted = overlap.permuted(order)
    assert permuted.observed == overlap.observed
    assert dict(zip(permuted.lists, permuted.totals, strict=True)) == dict(
        zip(overlap.lists, overlap.totals, strict=True)
    )
    back = [order.index(k) for k in range(len(order))]
    assert permuted.permuted(back) == overlap


@given(overlaps().filter(lambda overlap: len(overlap.lists) > 2))
def test_dropping_a_list_forgets_those_on_it_alone(overlap: Overlap) -> None:
    without = overlap.without(0)
    assert without.observed == overlap.observed - int(overlap.counts[1])
    assert without.totals == overlap.totals[1:]


@given(overlaps().filter(lambda overlap: len(overlap.lists) > 2))
def test_merging_two_lists_loses_nobody(overlap: Overlap) -> None:
    rest = {overlap.lists[k]: [k] for k in range(2, len(overlap.lists))}
    merged = overlap.collapsed({"both": [0, 1], **rest})
    assert merged.observed == overlap.observed
    assert merged.totals[0] == sum(overlap.totals[:2]) - overlap.shared(0, 1)


@given(overlaps())
def test_records_and_patterns_make_the_same_table(overlap: Overlap) -> None:
    incidents = [
        [name for k, name in enumerate(overlap.lists) if pattern >> k & 1]
        for pattern in range(1, overlap.counts.size)
        for _ in range(int(overlap.counts[pattern]))
    ]
    assert Overlap.from_records(overlap.lists, incidents) == overlap


def test_counts_cannot_be_changed_afterwards() -> None:
    with pytest.raises(ValueError, match="read-only"):
        Overlap.from_csv(SMALL).counts[1] = 0


@pytest.mark.parametrize(
    ("name", "lists", "observed"),
    [("kosovo", 4, 4400), ("uk5", 5, 2744), ("neworleans8_sparsemse", 8, 185)],
)
def test_published_tables_are_read_whole(name: str, lists: int, observed: int) -> None:
    overlap = Overlap.from_csv(open_data(f"overlap/{name}.csv").read_text(encoding="utf-8"))
    assert (len(overlap.lists), overlap.observed) == (lists, observed)


def test_private_counts_carry_their_noise_and_negative_ones_become_none() -> None:
    counts = {(1, 0, 0): 40, (0, 1, 0): 31, (0, 0, 1): 22, (1, 1, 0): 9, (1, 0, 1): -3}
    noisy = Overlap.from_private_counts(["a", "b", "c"], counts, noise_scale=2.0)
    assert noisy.counts.tolist() == [0, 40, 31, 9, 22, 0, 0, 0]
    assert noisy.noise_scale == 2.0
    assert noisy.permuted([2, 0, 1]).noise_scale == 2.0
    # A cell of two lists is the sum of two cells of three.
    assert noisy.without(2).noise_scale == pytest.approx(2 * 2**0.5)
    true = Overlap.from_private_counts(["a", "b", "c"], {**counts, (1, 0, 1): 0}, noise_scale=0)
    assert true.noise_scale == 0
    assert true != noisy
    with pytest.raises(OverlapError, match="below zero"):
        Overlap.from_private_counts(["a", "b", "c"], counts, noise_scale=0)


@pytest.mark.parametrize("count", [3.5, "3", None, 10**15])
def test_a_count_that_is_no_whole_number_is_not_rounded(count: object) -> None:
    with pytest.raises(OverlapError, match="whole numbers"):
        Overlap.from_patterns(["a", "b"], {(1, 0): count, (0, 1): 2})  # type: ignore[dict-item]


@pytest.mark.parametrize("scale", [-1.0, float("nan"), float("inf")])
def test_a_noise_that_cannot_be_is_refused(scale: float) -> None:
    with pytest.raises(OverlapError, match="scale of noise"):
        Overlap(("a", "b"), np.array([0, 1, 1, 1]), scale)
