from __future__ import annotations

import numpy as np
import pytest

from safelight.undercount.heterogeneity import common_cause, known_answers
from safelight.undercount.loglinear import fit
from safelight.undercount.overlap import Overlap
from safelight.undercount.simulation import scenario, simulate
from tests.undercount.test_loglinear import published


def expected_table(name: str, times: int) -> Overlap:
    """Counts as they would be on average, rounded, so that nothing is left to chance."""
    chance = scenario(name).patterns
    counts = np.rint(times * chance).astype(np.int64)
    counts[0] = 0
    return Overlap(tuple("abcde"[: chance.size.bit_length() - 1]), counts)


def test_a_common_cause_is_found_where_visibility_varies_and_only_there() -> None:
    hidden = expected_table("continuous", 100_000)
    cause = common_cause(hidden, fit(hidden, frozenset()), level=0.95)
    assert cause is not None
    assert cause.z > 50
    open_ = expected_table("independence", 100_000)
    cause = common_cause(open_, fit(open_, frozenset()), level=0.95)
    assert cause is not None
    assert abs(cause.z) < 0.1
    assert cause.estimate == pytest.approx(100_000, rel=1e-3)


def test_a_common_cause_beside_all_pairs_of_three_lists_cannot_be_told() -> None:
    overlap = published("spina_ny")
    every = fit(overlap, frozenset({0b011, 0b101, 0b110}))
    assert common_cause(overlap, every, level=0.95) is None


def test_lists_taken_as_populations_are_known_exactly_where_lists_are_independent() -> None:
    for one in known_answers(expected_table("independence", 100_000), level=0.95):
        assert one.predicted == pytest.approx(one.truth, rel=0.002)
        assert not one.too_low
        assert not one.too_high


def test_where_visibility_varies_other_lists_answer_too_few() -> None:
    overlap = simulate(scenario("continuous"), rng=np.random.default_rng(3))
    known = known_answers(overlap, level=0.95)
    assert [one.on_list for one in known] == ["A", "B", "C", "D"]
    assert sum(one.too_low for one in known) >= 3


def test_inside_one_of_three_lists_the_answer_is_chapmans() -> None:
    overlap = Overlap(("a", "b", "c"), np.array([0, 300, 220, 90, 160, 70, 50, 22]))
    inside_a = known_answers(overlap, level=0.95)[0]
    # On list a: 300 alone, 90 also on b, 70 also on c, 22 on all.
    assert inside_a.truth == 300 + 90 + 70 + 22
    assert inside_a.predicted == pytest.approx((112 + 1) * (92 + 1) / (22 + 1) - 1)
