from __future__ import annotations

import json

import pytest
from hypothesis import given, settings

from safelight.undercount.existence import ExistenceCode, existence, existence_of_all
from safelight.undercount.model_terms import (
    ModelError,
    hierarchical_models,
    is_hierarchical,
    model_name,
    pairwise_models,
    parse_model,
)
from safelight.undercount.overlap import Overlap
from tests.support.open_data import open_data
from tests.undercount.test_overlap import SMALL, overlaps

# Chan, Silverman & Vincent 2021, Table 2 and §3: three lists, only one pair shares anybody.
EXPECTED = {
    "": 0,
    "a:b": 1,
    "a:c": 0,
    "b:c": 0,
    "a:b,a:c": 1,
    "a:b,b:c": 1,
    "a:c,b:c": 0,
    "a:b,a:c,b:c": 2,
}


@pytest.mark.parametrize(("added", "code"), EXPECTED.items())
def test_codes_of_the_artificial_table_are_the_published_ones(added: str, code: int) -> None:
    overlap = Overlap.from_csv(SMALL)
    model = parse_model("a,b,c" + ("," + added if added else ""), overlap.lists)
    assert existence(overlap, model) == ExistenceCode(code)


def test_codes_beside_the_published_table_file() -> None:
    expected = json.loads(open_data("overlap/tables.json").read_text(encoding="utf-8"))
    found = expected["artificial3"]["expected_codes"]
    assert sorted(found.values()) == sorted(EXPECTED.values())


@settings(max_examples=30)
@given(overlaps().filter(lambda overlap: len(overlap.lists) <= 4))
def test_many_models_at_once_get_the_codes_each_gets_alone(overlap: Overlap) -> None:
    models = pairwise_models(len(overlap.lists))
    assert existence_of_all(overlap, models) == [existence(overlap, model) for model in models]


def test_a_table_without_zeros_has_every_pairwise_estimate() -> None:
    overlap = Overlap.from_patterns(
        "abc", {(p >> 0 & 1, p >> 1 & 1, p >> 2 & 1): p for p in range(1, 8)}
    )
    assert set(existence_of_all(overlap, pairwise_models(3))) == {ExistenceCode.FINE}


def test_the_sets_of_models_have_their_known_sizes() -> None:
    assert [len(pairwise_models(k)) for k in (2, 3, 4, 5)] == [2, 8, 64, 1024]
    assert [len(hierarchical_models(k)) for k in (3, 4)] == [8, 113]
    assert all(is_hierarchical(model) for model in hierarchical_models(4))
    with pytest.raises(ModelError, match="up to 5 lists"):
        pairwise_models(6)
    with pytest.raises(ModelError, match="up to 4 lists"):
        hierarchical_models(5)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("a,b,z", "term 3 is not made of lists"),
        ("a:a", "term 1 is not made of lists"),
        ("a:b:c", "joins all lists"),
    ],
)
def test_a_model_that_cannot_be_is_refused(written: str, reason: str) -> None:
    with pytest.raises(ModelError, match=reason):
        parse_model(written, ("a", "b", "c"))


def test_a_triple_without_its_pairs_is_refused_and_with_them_accepted() -> None:
    names = ("a", "b", "c", "d")
    with pytest.raises(ModelError, match="needs all its pairs"):
        parse_model("a:b:c,a:b", names)
    model = parse_model("a:b:c,a:b,b:c,a:c", names)
    assert model_name(model, names) == "a, b, c, d, a:b, a:c, b:c, a:b:c"
