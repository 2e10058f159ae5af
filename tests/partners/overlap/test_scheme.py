"""Tokens: what agrees, what is left out, what is refused."""

from __future__ import annotations

import hashlib

import pytest

from safelight.partners.overlap.linking import clusters_of_tokens
from safelight.partners.overlap.problems import OwnListError, TermsError
from safelight.partners.overlap.scheme import Scheme, list_tokens, plain
from tests.partners.overlap.session import ONE_KEY, keyed

BANDED = Scheme("banded", (("name",), ("day",)), bands=40, rows=4, grams=2)


def test_a_key_is_compared_without_case_width_and_punctuation() -> None:
    one, other, third = list_tokens(keyed("Ул. Ленина, 5", "x", "y"), ONE_KEY)
    assert list_tokens(keyed("УЛ ЛЕНИНА  ５"), ONE_KEY)[0] == one
    assert len({one[0], other[0], third[0]}) == 3
    assert plain(" Ёлка-2 ") == "ёлка 2"


def test_what_is_missing_agrees_with_nothing() -> None:
    assert list_tokens(keyed("", "a", " - "), ONE_KEY)[0::2] == [[None], [None]]
    with pytest.raises(OwnListError, match="no row") as refusal:
        list_tokens(keyed("", ""), ONE_KEY)
    assert refusal.value.code == "no-key"


@pytest.mark.parametrize(
    ("keys", "code", "rows"),
    [(("a", "b", "A"), "duplicates", "2, 4"), (("a", "b", "a", "a"), "too-common", "2, 4, 5")],
)
def test_a_key_on_several_rows_is_refused_with_the_rows_and_not_the_key(
    keys: tuple[str, ...], code: str, rows: str
) -> None:
    with pytest.raises(OwnListError, match=rf"rows {rows}\)") as refusal:
        list_tokens(keyed(*keys), ONE_KEY)
    assert refusal.value.code == code


def test_of_several_keys_a_repeated_one_is_left_out_and_too_many_are_refused() -> None:
    scheme = Scheme("any-key", (("name",), ("day",)))
    rows = [
        {"name": "a", "day": "1"},
        {"name": "b", "day": "2"},
        {"name": "c", "day": "3"},
        {"name": "d", "day": "3"},
    ]
    tokens = list_tokens(rows, scheme)
    assert [one[1] is None for one in tokens] == [False, False, True, True]
    assert all(one[0] for one in tokens)
    with pytest.raises(OwnListError, match="5 of 8 tokens") as refusal:
        list_tokens([{**row, "day": "3"} for row in rows[:3]] + [{"name": "a", "day": "9"}], scheme)
    assert refusal.value.code == "too-common"


def test_similar_records_share_a_band_and_others_do_not() -> None:
    one = [{"name": "michaela neumann", "day": "19151111"}, {"name": "ivan petrov", "day": "1980"}]
    other = [{"name": "michaella neuman", "day": "19151111"}, {"name": "olga sy", "day": "2001"}]
    tokens = [list_tokens(rows, BANDED) for rows in (one, other)]
    assert frozenset({(0, 0), (1, 0)}) in clusters_of_tokens(tokens, shared=3)
    assert len(clusters_of_tokens(tokens, shared=3)) == 3


def test_bands_are_the_same_on_every_machine_and_version() -> None:
    tokens = list_tokens([{"name": "michaela", "day": "1915"}, {"name": "", "day": ""}], BANDED)
    assert tokens[1] == [None] * 40
    digest = hashlib.sha256(b"".join(token or b"" for token in tokens[0])).hexdigest()
    assert digest[:16] == "a15eed208f49e677"


@pytest.mark.parametrize(
    ("kind", "keys", "numbers", "reason"),
    [
        ("one-key", (("a",), ("b",)), {}, "one key"),
        ("any-key", (), {}, "1 to 30 columns"),
        ("any-key", ((),), {}, "1 to 30 columns"),
        ("banded", (("a",),), {"bands": 65, "rows": 4, "grams": 2}, "1 to 64 tokens"),
        ("banded", (("a",),), {"bands": 4, "rows": 0, "grams": 2}, "1 to 8 rows"),
        ("any-key", (("a",),), {"bands": 4}, "only the scheme banded"),
        ("any-key", (("a",),), {"shared": 2}, "only the scheme banded"),
        ("banded", (("a",),), {"bands": 4, "rows": 4, "grams": 2, "shared": 5}, "1 to 4 tokens"),
        ("bloom", (("a",),), {}, "another"),
    ],
)
def test_a_scheme_that_cannot_be_is_refused(
    kind: str, keys: tuple[tuple[str, ...], ...], numbers: dict[str, int], reason: str
) -> None:
    with pytest.raises(TermsError, match=reason):
        Scheme(kind, keys, **numbers)  # type: ignore[arg-type]
