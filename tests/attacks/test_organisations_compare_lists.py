"""Threat: organisations-compare-lists: All organisations but one put together what they saw, to
find which of their records stand on the last one's list; without the relay nothing compares.
"""

from __future__ import annotations

from safelight.partners.overlap.bundles import Bundles
from safelight.partners.overlap.group import SIZE, inverse, product, raised
from safelight.partners.overlap.linking import pattern_counts
from tests.partners.overlap.session import Session, keyed

LISTS = (keyed(*range(0, 30)), keyed(*range(10, 40)), keyed(*range(20, 50)))


def _flat(points: bytes) -> set[bytes]:
    return {points[place : place + SIZE] for place in range(0, len(points), SIZE)}


def test_fully_raised_lists_compare_only_once_the_relay_takes_the_own_secrets_off() -> None:
    session = Session(LISTS)
    commitments = session.offered()
    own = {name: part.own for name, part in session.parts.items()}
    secret = {name: part.secret for name, part in session.parts.items()}
    messages = session.carried(commitments)
    for _ in LISTS:
        messages = session.carried(session.joined(messages))
    last = {}
    for message in session.seen:
        header = message.header
        if (header.kind, header.round, header.reader) == ("list", 2, "relay"):
            content = session.relay_keys.open(message.body, session=session.terms.session)
            last[header.owner] = content
    # helpline saw centre's list leave its hands, centre saw shelter's: both fully raised.
    assert not _flat(last["centre"]) & _flat(last["shelter"])
    # What the two can still do is divide by all that they know. It does not help: shelter's own
    # secret is missing.
    known = [own["centre"], own["helpline"], secret["centre"], secret["helpline"]]
    for one in known:
        assert not _flat(raised(last["centre"], inverse(one))) & _flat(last["shelter"])
    # With it (the relay has it) the same lists do compare: that is what the count is made of.
    ratio = product(inverse(own["centre"]), own["shelter"])
    shared = _flat(raised(last["centre"], ratio)) & _flat(last["shelter"])
    assert len(shared) >= 20
    plain = [Bundles(1, raised(last[name], inverse(own[name]))) for name in session.terms.names]
    assert pattern_counts(plain, shared=1)[0b111] >= 10
