"""What the settings reach on public lists, without a label and without a hint."""

from __future__ import annotations

from dataclasses import replace

import pytest

from safelight.linkage.field_kinds import Kind
from safelight.linkage.linking import Options, link
from tests.linkage.febrl import SOCIAL_SECURITY, f1, febrl, true_clusters


@pytest.mark.parametrize(
    ("names", "without", "least"),
    [
        (("dataset4a", "dataset4b"), (), 0.9995),
        (("dataset4a", "dataset4b"), (SOCIAL_SECURITY,), 0.999),
        (("dataset3",), (SOCIAL_SECURITY,), 0.995),
    ],
)
def test_public_lists_are_linked_without_labels(
    names: tuple[str, ...], without: tuple[str, ...], least: float
) -> None:
    lists = [febrl(name, without=without) for name in names]
    linked = link(lists, options=Options(seed=1))
    assert f1(linked, true_clusters(linked)) >= least


def test_the_measure_can_fail() -> None:
    # Names alone do not tell 5,000 people apart.
    kept = ("given_name", "surname")
    one = febrl("dataset3")
    linked = link(
        [febrl("dataset3", without=tuple(title for title in one.columns if title not in kept))],
        options=Options(seed=1),
    )
    assert 0.1 < f1(linked, true_clusters(linked)) < 0.95


def test_a_text_is_compared_like_any_other_column() -> None:
    """Names alone leave much open; what is told of the same people says the rest."""
    one = febrl("dataset1")
    names = ("given_name", "surname")
    told = tuple(
        " ".join(filter(None, cells))
        for cells in zip(
            *(one.columns[title] for title in one.columns if title not in names), strict=True
        )
    )
    alone = replace(one, columns={title: one.columns[title] for title in names})
    with_text = replace(one, columns={**alone.columns, "narrative": told})
    found = [link([each], options=Options(seed=1)) for each in (alone, with_text)]
    assert [kind.kind for kind in found[1].fields][-1] is Kind.NARRATIVE
    before, after = (f1(each, true_clusters(each)) for each in found)
    assert after > max(0.95, before + 0.1)
