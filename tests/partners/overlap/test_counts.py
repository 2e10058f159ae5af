"""Whole sessions: the counts are those of plain linkage on the same keys."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

from safelight.partners.overlap import bundles
from safelight.partners.overlap.commitments import masks_on
from safelight.partners.overlap.linking import clusters_of_tokens
from safelight.partners.overlap.masks import mask_counts
from safelight.partners.overlap.noise import with_noise
from safelight.partners.overlap.result import check_transcript
from safelight.partners.overlap.scheme import Scheme, list_tokens
from safelight.undercount.overlap import Overlap
from tests.partners.overlap.session import EPSILON, Session, keyed, plain_counts

NAMES = ("anna", "boris", "vera", "gleb", "daria", "egor", "zoya", "ilya", "kira", "lev")


@pytest.mark.parametrize("lists", [2, 3, 4])
def test_counts_equal_plain_linkage_on_the_same_keys_exactly(
    lists: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundles, "LEAST_PADDED", 64)  # quicker; nobody is hidden here
    drawn = random.Random(lists)
    offered = [
        keyed(*(drawn.sample(range(400), drawn.randrange(50, 300))), "", "") for _ in range(lists)
    ]
    session = Session(offered)
    found = session.run()
    expected = plain_counts(offered)
    for counts in found.values():
        assert {key: value for key, value in counts.patterns().items() if value} == expected
        assert counts.sizes == tuple(len(one) for one in offered)
        check_transcript(counts.transcript, session.terms)


def test_lists_without_anything_in_common_and_equal_lists_count_right() -> None:
    apart = Session([keyed(1, 2, 3), keyed(4, 5)], rules={"masks": 0}).run()["helpline"]
    assert apart.patterns() == {(1, 0): 3, (0, 1): 2, (1, 1): 0}
    same = Session([keyed(1, 2, 3), keyed(3, 2, 1)]).run()["centre"]
    assert same.patterns() == {(1, 0): 0, (0, 1): 0, (1, 1): 3}


def test_the_table_goes_into_undercount_as_it_is() -> None:
    lists = [keyed(*range(40)), keyed(*range(20, 60)), keyed(*range(0, 60, 2))]
    found = Session(lists).run()["shelter"]
    overlap = found.overlap()
    assert overlap == Overlap.from_csv(found.to_csv())
    assert overlap.totals == (40, 40, 30)
    assert overlap.observed == 60


def test_similar_records_count_as_plain_linkage_of_the_same_tokens_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bundles, "LEAST_PADDED", 64)
    scheme = Scheme("banded", (("name",), ("day",)), bands=12, rows=3, grams=2, shared=2)
    drawn = random.Random(5)
    one = [
        {"name": f"{drawn.choice(NAMES)} {drawn.choice(NAMES)}ova {place}", "day": f"19{place:02}"}
        for place in range(60)
    ]
    other = [{**row, "name": row["name"].replace("a", "aa", 1)} for row in one[20:]]
    plainly = clusters_of_tokens([list_tokens(rows, scheme) for rows in (one, other)], shared=2)
    both = sum(len(cluster) == 2 for cluster in plainly)
    found = Session([one, other], rules={"scheme": scheme}).run()["helpline"]
    assert both > 30
    assert found.patterns() == {(1, 0): 60 - both, (0, 1): 40 - both, (1, 1): both}


def test_noise_is_on_every_count_and_undercount_is_told_its_scale() -> None:
    lists = [keyed(*range(100)), keyed(*range(50, 150))]
    session = Session(lists, rules={"epsilon": EPSILON})
    found = session.run()
    assert session.terms.noise_scale == 8
    assert found["helpline"].patterns() == found["centre"].patterns()
    noisy = found["helpline"]
    assert noisy.overlap().noise_scale == 8.0
    off = [abs(noisy.patterns()[key] - 50) for key in noisy.patterns()]
    assert max(off) < 8 * 30


def test_noise_has_the_agreed_scale_and_leaves_the_empty_pattern_alone() -> None:
    zeros = mask_counts(bytes(32), Session([keyed(1, 2), keyed(1, 2)]).terms) * 0
    drawn = [with_noise(zeros, scale=Fraction(8)) for _ in range(700)]
    assert all(one[0] == 0 for one in drawn)
    mean_size = sum(abs(value) for one in drawn for value in one[1:]) / (700 * 3)
    assert 7 < mean_size < 9  # E|z| is 2r/(1 - r^2) = 7.98 with r = exp(-1/8); 8 sd is 1.4
    assert with_noise(zeros + 3, scale=Fraction(0)) == [3, 3, 3, 3]


def test_masks_are_the_same_for_all_organisations_and_unlike_for_another_seed() -> None:
    session = Session([keyed(1, 2), keyed(1, 2), keyed(1, 2)], rules={"masks": 200})
    seeds = {session.terms.seed(keys) for keys in session.keys.values()}
    assert len(seeds) == 1
    masks = mask_counts(seeds.pop(), session.terms)
    assert masks[0] == 0
    assert ((masks >= 0) & (masks <= 200)).all()
    assert masks.tolist() != mask_counts(bytes(32), session.terms).tolist()
    assert masks_on(masks, 2) == masks[4:].sum()
