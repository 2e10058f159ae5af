"""Threat: list-chosen-late: A dishonest organisation chooses its list after it saw something of
the others', or hands in a copy of another's; it is bound by a commitment before anything is shown.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from safelight.partners.overlap.bundles import Bundles
from safelight.partners.overlap.message import Message, verified_header, written
from safelight.partners.overlap.organisation import join
from safelight.partners.overlap.problems import MessageError
from safelight.partners.overlap.relay import carry
from tests.partners.overlap.session import Session, keyed

LISTS = (keyed(*range(20)), keyed(*range(10, 30)))


def test_another_list_than_the_committed_one_is_refused() -> None:
    session = Session(LISTS)
    commitments = session.carried(session.offered())
    honest = session.joined(commitments)
    part = session.parts["centre"]
    late = Bundles(1, hashlib.shake_256(b"late").digest(32 * 1_024))
    header = replace(honest[1].header, commits=hashlib.sha256(late.data).hexdigest())
    other = written(header, bytes(32) + late.data, part.keys, session.terms)
    with pytest.raises(MessageError, match="than it committed to") as refusal:
        carry(session.relay, other.encode())
    assert refusal.value.code == "not-committed"
    mislabelled = written(honest[1].header, bytes(32) + late.data, part.keys, session.terms)
    with pytest.raises(MessageError) as refusal:
        carry(session.relay, mislabelled.encode())
    assert refusal.value.code == "altered"
    assert len(session.carried(honest)) == 2


def test_nothing_of_a_list_leaves_before_every_commitment_is_there() -> None:
    session = Session(LISTS)
    first, second = session.offered()
    assert first.body == b""
    assert session.carried([first]) == []
    with pytest.raises(MessageError, match="expected the next message to be: commitments"):
        join(session.parts["helpline"], _as_if_passed_on(session, first).encode())
    assert {one.header.kind for one in session.carried([second])} == {"commitments"}


def test_a_copied_commitment_is_refused() -> None:
    session = Session(LISTS)
    first, second = session.offered()
    stolen = replace(second.header, commits=first.header.commits)
    copy = written(stolen, b"", session.keys["centre"], session.terms)
    relay, _ = carry(session.relay, first.encode())
    with pytest.raises(MessageError, match="copied") as refusal:
        carry(relay, copy.encode())
    assert refusal.value.code == "duplicated"
    _, follows = carry(relay, second.encode())
    assert len(follows) == 2


def test_a_second_commitment_does_not_replace_the_first() -> None:
    session = Session(LISTS)
    first, _ = session.offered()
    other = session.offered()[0]
    relay, _ = carry(session.relay, first.encode())
    with pytest.raises(MessageError, match="committed already"):
        carry(relay, other.encode())


def _as_if_passed_on(session: Session, commitment: Message) -> Message:
    header = verified_header(commitment.statement, session.terms)
    listed = replace(header, kind="list", sender="relay", reader="helpline", sizes={})
    return written(listed, b"x", session.relay_keys, session.terms)
