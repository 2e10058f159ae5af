"""Threat: overlap-message-games: A message of a private overlap is cut, changed, replayed, sent
to another, moved to another step or session, or repeats a record; each is named, and nothing of
it is taken in.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

import pytest

from safelight.partners.overlap.group import SIZE
from safelight.partners.overlap.message import Message, written
from safelight.partners.overlap.organisation import count, join
from safelight.partners.overlap.problems import MessageError
from safelight.partners.overlap.relay import carry
from tests.partners.overlap.session import Session, keyed

LISTS = (keyed(*range(20)), keyed(*range(10, 30)))


class _Stopped:
    """A session that stopped before an organisation and the relay take their next message."""

    def __init__(self) -> None:
        self.session = Session(LISTS)
        self.commitments = self.session.carried(self.session.offered())
        first = self.session.joined(self.commitments)
        self.passed_on = self.session.carried(first)
        self.answers = self.session.joined(self.passed_on[:1])
        self.to_organisation = self.passed_on[1]
        self.name = self.to_organisation.header.reader
        self.to_relay = self.answers[0]
        self.other = Session(LISTS)

    def relay_says(self, message: Message, **changed: object) -> bytes:
        """What the relay itself would sign: a dishonest relay, not a stranger."""
        session = self.session
        content = session.keys[self.name].open(message.body, session=session.terms.session)
        body = changed.pop("content", content)
        assert isinstance(body, bytes)
        header = replace(message.header, **changed)  # type: ignore[arg-type]
        return written(header, body, session.relay_keys, session.terms).encode()

    def content(self) -> bytes:
        return self.session.keys[self.name].open(
            self.to_organisation.body, session=self.session.terms.session
        )


@pytest.fixture(scope="module")
def stopped() -> _Stopped:
    return _Stopped()


def _cut(message: bytes) -> bytes:
    return message[:-1]


def _cut_in_the_header(message: bytes) -> bytes:
    return message[:300]


def _changed(message: bytes) -> bytes:
    return message[:-1] + bytes([message[-1] ^ 1])


def _longer(message: bytes) -> bytes:
    return message + b"\x00"


def _signed_otherwise(message: bytes) -> bytes:
    place = message.index(b'"sig":"') + 12
    other = b"A" if message[place : place + 1] != b"A" else b"B"
    return message[:place] + other + message[place + 1 :]


DAMAGE: list[tuple[Callable[[bytes], bytes], str]] = [
    (_cut, "truncated"),
    (_cut_in_the_header, "truncated"),
    (_longer, "truncated"),
    (_changed, "altered"),
    (_signed_otherwise, "forged"),
    (lambda _: b"", "not-a-message"),
    (lambda _: b"SLO1", "truncated"),
    (lambda _: b"SLO1\x00\x00\x00\x02{}", "not-a-message"),
    (lambda message: b"SLO2" + message[4:], "not-a-message"),
]


@pytest.mark.parametrize(("damage", "code"), DAMAGE)
def test_a_damaged_message_is_named_at_both_ends(
    stopped: _Stopped, damage: Callable[[bytes], bytes], code: str
) -> None:
    session = stopped.session
    with pytest.raises(MessageError) as refusal:
        join(session.parts[stopped.name], damage(stopped.to_organisation.encode()))
    assert refusal.value.code == code
    with pytest.raises(MessageError) as refusal:
        carry(session.relay, damage(stopped.to_relay.encode()))
    assert refusal.value.code == code


def test_a_replayed_message_is_named_and_an_undamaged_one_still_passes(stopped: _Stopped) -> None:
    session = stopped.session
    part = session.parts[stopped.name]
    for old in session.seen:
        if old.header.reader == stopped.name:
            with pytest.raises(MessageError, match="taken in before") as refusal:
                join(part, old.encode())
            assert refusal.value.code == "replayed"
    after, answer = join(part, stopped.to_organisation.encode())
    assert after.waits_for == "result"
    assert part.waits_for == "list"  # the state that was handed in is as it was
    taken, _ = carry(session.relay, stopped.to_relay.encode())
    with pytest.raises(MessageError) as refusal:
        carry(taken, stopped.to_relay.encode())
    assert refusal.value.code == "replayed"
    _, results = carry(taken, answer.encode())
    assert len(results) == 2


def test_the_same_list_signed_anew_is_not_taken_twice(stopped: _Stopped) -> None:
    session = stopped.session
    taken, _ = carry(session.relay, stopped.to_relay.encode())
    sender = stopped.to_relay.header.sender
    content = session.relay_keys.open(stopped.to_relay.body, session=session.terms.session)
    again = written(stopped.to_relay.header, content, session.keys[sender], session.terms)
    with pytest.raises(MessageError) as refusal:
        carry(taken, again.encode())
    assert refusal.value.code == "duplicated"


def test_messages_of_another_session_reader_or_step_are_named(stopped: _Stopped) -> None:
    session, part = stopped.session, stopped.session.parts[stopped.name]
    foreign = stopped.other.carried(stopped.other.offered())[0]
    for wrong, code in [
        (foreign.encode(), "other-session"),
        (stopped.to_relay.encode(), "not-for-us"),
        (stopped.passed_on[0].encode(), "not-for-us"),
        (stopped.relay_says(stopped.to_organisation, kind="result"), "out-of-order"),
        (stopped.relay_says(stopped.to_organisation, round=2), "out-of-order"),
        (stopped.relay_says(stopped.to_organisation, owner=stopped.name), "out-of-order"),
        (stopped.relay_says(stopped.to_organisation, agreed="0" * 64), "other-commitments"),
        (stopped.relay_says(stopped.to_organisation, bundles=1_000), "wrong-size"),
    ]:
        with pytest.raises(MessageError) as refusal:
            join(part, wrong)
        assert refusal.value.code == code
    with pytest.raises(MessageError) as refusal:
        count(part, stopped.to_organisation.encode())
    assert refusal.value.code == "out-of-order"
    with pytest.raises(MessageError) as refusal:
        carry(session.relay, session.seen[0].encode())
    assert refusal.value.code == "replayed"


def test_a_list_with_a_record_twice_too_few_or_no_point_is_named(stopped: _Stopped) -> None:
    part, content = stopped.session.parts[stopped.name], stopped.content()
    for wrong, code in [
        (content[SIZE:] + content[-SIZE:], "duplicated"),
        (content[SIZE:], "wrong-size"),
        (content + content[:SIZE], "wrong-size"),
        (content[:-1], "wrong-size"),
        (bytes(SIZE) + content[SIZE:], "not-a-point"),
        (b"\xff" * SIZE + content[SIZE:], "not-a-point"),
    ]:
        digest = hashlib.sha256(wrong).hexdigest()
        with pytest.raises(MessageError) as refusal:
            join(part, stopped.relay_says(stopped.to_organisation, content=wrong, commits=digest))
        assert refusal.value.code == code


def test_a_stranger_who_signs_as_the_relay_is_forged(stopped: _Stopped) -> None:
    session = stopped.session
    stranger = replace(stopped.other.relay_keys, name="relay")
    forged = written(stopped.to_organisation.header, b"", session.relay_keys, session.terms)
    assert forged.header.sender == "relay"
    with pytest.raises(MessageError) as refusal:
        written(stopped.to_organisation.header, b"", stranger, session.terms)
    assert refusal.value.code == "forged"
