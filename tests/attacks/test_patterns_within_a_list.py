"""Threat: patterns-within-a-list: Who sees the bundles of a private overlap looks for how often a
key stands in one list, and recognises rare or common ones by it; no token stands there twice.
"""

from __future__ import annotations

from collections import Counter

import pytest

from safelight.partners.overlap import bundles
from safelight.partners.overlap.group import SIZE
from safelight.partners.overlap.problems import OwnListError
from safelight.partners.overlap.scheme import Scheme, list_tokens
from tests.partners.overlap.session import Session, keyed

SCHEME = Scheme("any-key", (("name",), ("town",)))


def test_a_common_town_does_not_show_in_any_list_that_the_relay_sees(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bundles, "LEAST_PADDED", 64)
    # Half live in one town, the others each in their own.
    rows = [{"name": f"n{k}", "town": "t" if k % 2 else f"t{k}"} for k in range(40)]
    assert Counter(row["town"] for row in rows)["t"] == 20
    session = Session([rows, rows[10:]], rules={"scheme": SCHEME})
    session.results()
    looked = 0
    for message in session.seen:
        if message.header.kind == "list" and message.header.reader == "relay":
            content = session.relay_keys.open(message.body, session=session.terms.session)
            points = content[SIZE:] if message.header.round == 0 else content
            flat = [points[place : place + SIZE] for place in range(0, len(points), SIZE)]
            assert max(Counter(flat).values()) == 1
            looked += 1
    assert looked == 4


def test_left_out_tokens_leave_every_bundle_equally_long() -> None:
    rows = [{"name": f"n{k}", "town": "t" if k < 2 else ""} for k in range(6)]
    tokens = list_tokens(rows, SCHEME)
    assert {len(one) for one in tokens} == {2}
    assert all(one[1] is None for one in tokens)


def test_one_key_that_stands_twice_is_refused_rather_than_left_out() -> None:
    scheme = Scheme("one-key", (("key",),))
    assert len(list_tokens(keyed(1, 2, 3), scheme)) == 3
    with pytest.raises(OwnListError, match="each key on one row"):
        list_tokens(keyed(1, 2, 2), scheme)
