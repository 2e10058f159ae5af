"""Threat: marked-records: A dishonest organisation puts records into its list that it can
recognise again (multiples of one another), to learn which of its own matched; no list comes back
to it on which it could look for its marks, only counts.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from safelight.partners.overlap.bundles import Bundles
from safelight.partners.overlap.group import SIZE, inverse, raised, raised_one, random_point
from safelight.partners.overlap.message import Message, verified_header, written
from safelight.partners.overlap.organisation import Organisation
from tests.partners.overlap.session import Session, keyed

MARK = (7).to_bytes(32, "little")


def _marks(points: bytes) -> int:
    """How many points are the seventh multiple of another: shuffling does not hide that."""
    flat = {points[place : place + SIZE] for place in range(0, len(points), SIZE)}
    return len(flat & {raised_one(point, MARK) for point in flat})


def test_marks_come_back_to_nobody_but_the_relay() -> None:
    session = Session([keyed(*range(30)), keyed(*range(10, 40))])
    session.offered()
    dishonest = session.parts["helpline"]
    pairs = b"".join(
        point + raised_one(point, MARK) for point in (random_point() for _ in range(512))
    )
    session.parts["helpline"], commitment = _with_list(session, Bundles(1, pairs))
    commitments = [commitment, _commitment_of(session, "centre")]
    for _ in range(2):
        commitments = session.joined(session.carried(commitments))
    session.carried(commitments)
    to_organisations = []
    for message in session.seen:
        header = message.header
        if header.kind != "list":
            continue
        if header.reader == "relay":
            if (header.owner, header.round) == ("helpline", 1):
                # The relay, were it to help: the marks are there, after every shuffle.
                content = session.relay_keys.open(message.body, session=session.terms.session)
                assert _marks(raised(content, inverse(dishonest.own))) == 512
            continue
        keys = session.keys[header.reader]
        content = keys.open(message.body, session=session.terms.session)
        to_organisations.append((header.reader, header.owner, _marks(content)))
    # The other organisation could see marks, and to it they say nothing; the dishonest one
    # gets the other's list, never its own.
    assert sorted(to_organisations) == [("centre", "helpline", 512), ("helpline", "centre", 0)]


def _with_list(session: Session, bundles: Bundles) -> tuple[Organisation, Message]:
    part = session.parts["helpline"]
    header = verified_header(part.commitment, session.terms)
    changed = replace(header, commits=hashlib.sha256(bundles.data).hexdigest())
    message = written(changed, b"", part.keys, session.terms)
    return replace(
        part, bundles=bundles, commitment=message.statement, sent=(message.digest,)
    ), message


def _commitment_of(session: Session, name: str) -> Message:
    statement = session.parts[name].commitment
    return Message(verified_header(statement, session.terms), statement, b"")
