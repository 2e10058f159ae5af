"""Threat: records-dropped-on-the-way: The relay or an organisation replaces the records of a list
with random ones, or the relay invents counts; the masks that should have matched are missing, or
the counts do not add up.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from safelight.partners.overlap import saved
from safelight.partners.overlap.group import random_point
from safelight.partners.overlap.masks import mask_counts
from safelight.partners.overlap.message import Header, Message, verified_header, written
from safelight.partners.overlap.organisation import count
from safelight.partners.overlap.problems import MessageError, ResultError
from safelight.partners.overlap.result import check_transcript, result_content, table_digest
from safelight.sealing.strict_json import parse_object
from tests.partners.overlap.session import Session, keyed

LISTS = (keyed(*range(20)), keyed(*range(10, 30)))


class _Ended:
    def __init__(self) -> None:
        self.session = Session(LISTS, rules={"masks": 60})
        self.results = self.session.results()
        (self.mine,) = [one for one in self.results if one.header.reader == "helpline"]
        content = self.session.keys["helpline"].open(
            self.mine.body, session=self.session.terms.session
        )
        facts = parse_object(content, largest=2**22)
        self.counts: list[int] = facts["counts"]
        self.statements = [saved.from_text(one) for one in facts["statements"]]

    def says(self, counts: list[int], statements: list[bytes]) -> bytes:
        header = replace(self.mine.header, commits=table_digest(counts))
        content = result_content(counts, statements)
        return written(header, content, self.session.relay_keys, self.session.terms).encode()


@pytest.fixture(scope="module")
def ended() -> _Ended:
    return _Ended()


def test_invented_counts_do_not_add_up(ended: _Ended) -> None:
    part = ended.session.parts["helpline"]
    _, found = count(part, ended.says(ended.counts, ended.statements))
    assert found.patterns() == {(1, 0): 10, (0, 1): 10, (1, 1): 10}
    for cell, by in ((1, 1), (2, -1), (3, 5)):
        wrong = list(ended.counts)
        wrong[cell] += by
        with pytest.raises(ResultError, match="records, the counts say"):
            count(part, ended.says(wrong, ended.statements))
    with pytest.raises(ResultError, match="dropped or replaced"):
        count(part, ended.says([0, *(5_000, 5_000, -1)], ended.statements))


def test_a_transcript_with_a_step_missing_or_changed_is_refused(ended: _Ended) -> None:
    part, session = ended.session.parts["helpline"], ended.session
    with pytest.raises(MessageError, match="every list once"):
        count(part, ended.says(ended.counts, ended.statements[1:]))
    resigned = [
        written(
            _header(one, session), b"x", session.keys[_header(one, session).sender], session.terms
        )
        for one in ended.statements
    ]
    with pytest.raises(MessageError, match="another stands in its place"):
        count(part, ended.says(ended.counts, [one.statement for one in resigned]))
    _, found = count(part, ended.mine.encode())
    assert len(check_transcript(found.transcript, session.terms)) == 2
    changed = found.transcript.replace(b'"counts": [\n  0', b'"counts": [\n  1')
    with pytest.raises(MessageError, match="not those that the relay signed"):
        check_transcript(changed, session.terms)


def _header(statement: bytes, session: Session) -> Header:
    return verified_header(statement, session.terms)


def test_a_list_replaced_by_random_records_is_noticed_by_its_missing_masks() -> None:
    session = Session(LISTS, rules={"masks": 60})
    # One session in 61 has no mask on both lists, and then nothing is missing.
    while not mask_counts(session.terms.seed(session.keys["centre"]), session.terms)[0b11]:
        session = Session(LISTS, rules={"masks": 60})

    def replaced(message: Message) -> bytes:
        header = message.header
        # An organisation that blinds nothing and hands on random points of the same number.
        if (header.kind, header.reader, header.round) == ("list", "relay", 1):
            points = b"".join(random_point() for _ in range(header.bundles))
            changed = replace(header, commits=hashlib.sha256(points).hexdigest())
            lie = written(changed, points, session.keys[header.sender], session.terms)
            part = session.parts[header.sender]
            session.parts[header.sender] = replace(part, sent=(*part.sent[:-1], lie.digest))
            return lie.encode()
        return message.encode()

    session.on_its_way = replaced
    with pytest.raises(ResultError, match="dropped or replaced"):
        session.run()
