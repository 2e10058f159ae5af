"""What the settings reach on public lists, without a label and without a hint."""

from __future__ import annotations

import pytest

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
