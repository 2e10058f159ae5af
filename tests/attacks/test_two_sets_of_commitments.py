"""Threat: two-sets-of-commitments: A dishonest relay shows organisations different commitments,
leaves one out, or puts its own words in somebody's mouth; an organisation notices before or after.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from safelight.partners.overlap.commitments import agreed_digest, packed_statements
from safelight.partners.overlap.message import written
from safelight.partners.overlap.organisation import join
from safelight.partners.overlap.problems import MessageError
from safelight.partners.overlap.relay import carry
from tests.partners.overlap.session import Session, keyed

LISTS = (keyed(*range(20)), keyed(*range(10, 30)))


def test_a_commitment_that_is_missing_swapped_or_not_mine_is_noticed() -> None:
    session = Session(LISTS)
    offered = session.offered()
    told = session.carried(offered)
    mine, other = (one.statement for one in offered)
    second_mine = session.offered()[0].statement  # another list, signed by me as well
    part = replace(session.parts["helpline"], commitment=mine)
    for statements in ([mine], [other, mine], [mine, mine], [second_mine, other]):
        content = packed_statements(statements)
        header = replace(told[0].header, agreed=agreed_digest(statements))
        lie = written(header, content, session.relay_keys, session.terms)
        with pytest.raises(MessageError) as refusal:
            join(part, lie.encode())
        assert refusal.value.code == "other-commitments"
    assert join(part, told[0].encode())


def test_whoever_was_shown_other_commitments_is_refused_by_name() -> None:
    session = Session(LISTS)
    told = session.carried(session.offered())
    honest = session.joined(told)
    header = replace(honest[0].header, agreed="1" * 64)
    keys = session.keys["helpline"]
    content = session.relay_keys.open(honest[0].body, session=session.terms.session)
    other = written(header, content, keys, session.terms)
    with pytest.raises(MessageError, match="other commitments"):
        carry(session.relay, other.encode())
    assert carry(session.relay, honest[0].encode())


def test_an_organisation_that_counts_other_units_is_refused() -> None:
    session = Session(LISTS)
    offered = session.offered()
    header = replace(offered[1].header, unit="victim")
    victims = written(header, b"", session.keys["centre"], session.terms)
    with pytest.raises(MessageError, match="another unit") as refusal:
        carry(session.relay, victims.encode())
    assert refusal.value.code == "other-unit"
    assert carry(session.relay, offered[1].encode())


@pytest.mark.parametrize("bundles", [1, 1_000_000])
def test_a_list_that_is_too_short_or_too_long_is_refused(bundles: int) -> None:
    session = Session(LISTS)
    offered = session.offered()
    header = replace(offered[1].header, bundles=bundles)
    wrong = written(header, b"", session.keys["centre"], session.terms)
    with pytest.raises(MessageError, match="the terms let one") as refusal:
        carry(session.relay, wrong.encode())
    assert refusal.value.code == "wrong-size"
