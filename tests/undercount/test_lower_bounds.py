from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from safelight.undercount.lower_bounds import Bound, TooFewSharedError, chao, chapman
from safelight.undercount.overlap import Overlap, OverlapError
from tests.undercount.test_overlap import overlaps


def test_chao_is_its_formula() -> None:
    # Three lists, 30 + 20 + 10 seen once, 12 twice: 72 + 2/6 * 60^2 / 12.
    overlap = Overlap(("a", "b", "c"), np.array([0, 30, 20, 6, 10, 4, 2, 0]))
    assert chao(overlap, level=0.95).value == pytest.approx(72 + (2 / 6) * 60**2 / 12)


def test_chao_refuses_when_nobody_stands_on_exactly_two() -> None:
    overlap = Overlap(("a", "b", "c"), np.array([0, 30, 20, 0, 10, 0, 0, 5]))
    with pytest.raises(TooFewSharedError, match="exactly two lists"):
        chao(overlap, level=0.95)


@pytest.mark.parametrize(("shared", "refused"), [(6, True), (7, False)])
def test_chapman_refuses_below_seven_shared_incidents(shared: int, refused: bool) -> None:
    overlap = Overlap(("a", "b"), np.array([0, 40 - shared, 30 - shared, shared]))
    if refused:
        with pytest.raises(TooFewSharedError, match="6 incidents on both lists, 7 needed"):
            chapman(overlap, min_shared=7, level=0.95)
    else:
        found = chapman(overlap, min_shared=7, level=0.95)
        assert found.value == pytest.approx(41 * 31 / 8 - 1)


def test_chapman_is_for_two_lists() -> None:
    overlap = Overlap(("a", "b", "c"), np.array([0, 3, 2, 6, 1, 4, 2, 1]))
    with pytest.raises(OverlapError, match="two lists; got 3"):
        chapman(overlap, min_shared=1, level=0.95)


@given(overlaps(), st.sampled_from([0.5, 0.9, 0.99]))
def test_a_bound_lies_in_its_interval_and_not_below_what_was_seen(
    overlap: Overlap, level: float
) -> None:
    try:
        bound = chao(overlap, level=level)
    except TooFewSharedError:
        return
    assert overlap.observed <= bound.interval.low <= bound.value <= bound.interval.high


def _coverage(chances: np.ndarray, method: object, seed: int) -> float:
    rng = np.random.default_rng(seed)
    inside = 0
    for _ in range(300):
        on_list = rng.random(chances.shape) < chances
        counts = np.bincount(on_list @ (1 << np.arange(chances.shape[1])))
        counts = np.pad(counts, (0, (1 << chances.shape[1]) - counts.size))
        counts[0] = 0
        overlap = Overlap(tuple("abcd"[: chances.shape[1]]), counts)
        found: Bound = method(overlap)  # type: ignore[operator]
        inside += found.interval.low <= len(chances) <= found.interval.high
    return inside / 300


def test_chapman_covers_when_two_lists_are_independent() -> None:
    chances = np.tile([0.3, 0.2], (1500, 1))
    assert 0.91 <= _coverage(chances, lambda o: chapman(o, min_shared=7, level=0.95), 1) <= 0.99


def test_chao_stays_below_the_truth_when_some_are_hardly_ever_seen() -> None:
    rng = np.random.default_rng(7)
    chances = np.where(rng.random(2000) < 0.5, 0.02, 0.4)[:, None] * np.ones((1, 4))
    rng = np.random.default_rng(8)
    below = 0
    for _ in range(100):
        on_list = rng.random(chances.shape) < chances
        counts = np.bincount(on_list @ (1 << np.arange(4)), minlength=16)
        counts[0] = 0
        below += chao(Overlap(tuple("abcd"), counts), level=0.95).value < 2000
    assert below == 100
