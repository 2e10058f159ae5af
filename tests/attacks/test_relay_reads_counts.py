"""Threat: relay-reads-counts: The relay, who links the blinded lists, wants to know how long they
are and how much they share; it sees padded lengths and counts with masks that it cannot take off.
"""

from __future__ import annotations

import re

from safelight.partners.overlap.message import Message
from safelight.sealing.strict_json import parse_object
from tests.partners.overlap.session import Session, keyed

LISTS = (keyed(*range(90)), keyed(*range(60, 200)))


def _relays_counts(session: Session, results: list[Message]) -> list[int]:
    reader = results[0].header.reader
    content = session.keys[reader].open(results[0].body, session=session.terms.session)
    counts: list[int] = parse_object(content, largest=2**20)["counts"]
    return counts


def test_lists_of_90_and_of_140_records_look_alike_to_the_relay() -> None:
    session = Session(LISTS, rules={"masks": 200})
    messages = session.offered()
    sizes = {(one.header.bundles, len(one.encode()) // 64) for one in messages}
    assert len(sizes) == 1
    told = session.carried(messages)
    lists = session.joined(told)
    assert len({one.header.body_size for one in lists}) == 1
    signed = b"".join(one.statement for one in (*messages, *lists))
    assert not re.search(rb'"records"|"masks"', signed)


def test_the_relays_counts_are_off_by_masks_that_change_each_session() -> None:
    seen = set()
    for _ in range(3):
        session = Session(LISTS, rules={"masks": 200})
        results = session.results()
        counts = _relays_counts(session, results)
        seen.add(counts[0b11])
        assert 30 <= counts[0b11] <= 230
        assert sum(counts) > 230
        found = [session.parts[one.header.reader] for one in results]
        assert all(part.waits_for == "result" for part in found)
    assert len(seen) > 1


def test_the_relay_forgets_lists_and_secrets_when_it_has_counted() -> None:
    session = Session(LISTS)
    session.results()
    assert (session.relay.arrived, session.relay.owns) == ({}, {})
    assert all(part.secret == b"" and part.own == b"" for part in session.parts.values())
    assert all(part.bundles.data == b"" for part in session.parts.values())
