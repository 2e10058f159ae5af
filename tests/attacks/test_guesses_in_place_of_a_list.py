"""Threat: guesses-in-place-of-a-list: The relay and an organisation together have another raise
guesses of keys instead of a list that passes; they get as many as that list was committed to be
long, once, and not one more.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from safelight.partners.overlap.group import (
    SIZE,
    HashToGroup,
    inverse,
    product,
    raised,
    raised_one,
    random_point,
)
from safelight.partners.overlap.message import Message, written
from safelight.partners.overlap.organisation import DST, join
from safelight.partners.overlap.problems import MessageError
from safelight.partners.overlap.scheme import list_tokens
from tests.partners.overlap.session import ONE_KEY, Session, keyed


def _points(keys: range, session: Session) -> list[bytes]:
    to_group = HashToGroup(DST)
    tokens = [one[0] or b"" for one in list_tokens(keyed(*keys), ONE_KEY)]
    return [to_group(session.terms.session + token) for token in tokens]


def _says(session: Session, message: Message, points: bytes) -> bytes:
    header = replace(
        message.header,
        commits=hashlib.sha256(points).hexdigest(),
        bundles=len(points) // SIZE,
    )
    return written(header, points, session.relay_keys, session.terms).encode()


def test_one_list_of_guesses_is_raised_and_neither_a_longer_one_nor_a_second() -> None:
    session = Session([keyed(*range(20)), keyed(*range(10, 30))])
    commitments = session.offered()
    theirs = session.parts["centre"]
    known = session.parts["helpline"].secret
    messages = session.carried(session.joined(session.carried(commitments)))
    (to_victim,) = [one for one in messages if one.header.reader == "centre"]
    (to_helper,) = [one for one in messages if one.header.reader == "helpline"]
    # Every point differs, so a list cannot be filled up with one guess in many copies either.
    guesses = _points(range(25, 45), session)
    filled = guesses + [random_point() for _ in range(to_victim.header.bundles - len(guesses))]
    longer = b"".join([*filled, random_point()])
    part = session.parts["centre"]
    with pytest.raises(MessageError) as refusal:
        join(part, _says(session, to_victim, longer))
    assert refusal.value.code == "wrong-size"
    after, answer = join(part, _says(session, to_victim, b"".join(filled)))
    for again in (b"".join(filled), b"".join(reversed(filled))):
        with pytest.raises(MessageError) as refusal:
            join(after, _says(session, to_victim, again))
        assert refusal.value.code in ("replayed", "out-of-order")
    # What they get: the guesses under the victim's secret, beside the victim's list under
    # it, once both conspirators have divided by what they know. 25 to 29 stand there.
    content = session.relay_keys.open(answer.body, session=session.terms.session)
    got = {content[place : place + SIZE] for place in range(0, len(content), SIZE)}
    victims = session.keys["helpline"].open(to_helper.body, session=session.terms.session)
    divided = raised(victims, inverse(theirs.own))
    hits = got & {divided[place : place + SIZE] for place in range(0, len(divided), SIZE)}
    assert len(hits) == 5
    # And no key that they did not guess: without the victim's secret nothing compares.
    unguessed = _points(range(10, 25), session)
    for secret in (known, theirs.own, product(known, theirs.own)):
        assert not {raised_one(point, secret) for point in unguessed} & got
