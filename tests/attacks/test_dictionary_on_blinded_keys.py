"""Threat: dictionary-on-blinded-keys: Who knows every key there could be tries them all on the
blinded lists of a private overlap; it fails as long as one organisation's secret is missing.
"""

from __future__ import annotations

import itertools

import pytest

from safelight.partners.overlap.group import SIZE, HashToGroup, inverse, product, raised_one
from safelight.partners.overlap.message import Message
from safelight.partners.overlap.organisation import DST
from safelight.partners.overlap.scheme import list_tokens
from tests.partners.overlap.session import ONE_KEY, Session, keyed

# Low entropy: a district and a day would be some thousands; ten are enough to show it.
DICTIONARY = keyed(*range(10))
LISTS = (keyed(1, 3, 5, 7), keyed(2, 3, 5), keyed(3, 4, 5))


class _Seen:
    """A session whose secrets and messages a test collects, as if their owners gave them up."""

    def __init__(self) -> None:
        self.session = Session(LISTS)
        commitments = self.session.offered()
        self.secret = {name: part.secret for name, part in self.session.parts.items()}
        self.own = {name: part.own for name, part in self.session.parts.items()}
        messages = self.session.carried(commitments)
        for _ in LISTS:
            messages = self.session.carried(self.session.joined(messages))

    def lists(self, owner: str) -> list[tuple[tuple[str, ...], set[bytes]]]:
        """For each round the list as the relay got it: under whose secrets, and its points."""
        names = self.session.terms.names
        found = []
        for message in self.session.seen:
            header = message.header
            if header.kind == "list" and header.reader == "relay" and header.owner == owner:
                first = names.index(owner)
                under = tuple(names[(first + turn) % 3] for turn in range(header.round + 1))
                found.append((under, self._points(message)))
        return found

    def _points(self, message: Message) -> set[bytes]:
        content = self.session.relay_keys.open(message.body, session=self.session.terms.session)
        points = content[SIZE:] if message.header.round == 0 else content
        return {points[place : place + SIZE] for place in range(0, len(points), SIZE)}


@pytest.fixture(scope="module")
def seen() -> _Seen:
    return _Seen()


def _found(seen: _Seen, points: set[bytes], secrets: list[bytes]) -> set[str]:
    """The keys of the dictionary whose blinding under these secrets stands in a list."""
    to_group = HashToGroup(DST)
    hits = set()
    for record, tokens in zip(DICTIONARY, list_tokens(DICTIONARY, ONE_KEY), strict=True):
        (token,) = tokens
        assert token is not None
        point = to_group(seen.session.terms.session + token)
        for secret in secrets:
            point = raised_one(point, secret)
        if point in points:
            hits.add(record["key"])
    return hits


def test_every_secret_together_reads_a_list_and_any_one_missing_reads_nothing(
    seen: _Seen,
) -> None:
    for under, points in seen.lists("shelter"):
        secrets = [seen.secret[name] for name in under] + [seen.own["shelter"]]
        assert _found(seen, points, secrets) == {"3", "4", "5"}
        for known in itertools.combinations(secrets, len(secrets) - 1):
            assert _found(seen, points, list(known)) == set()


def test_everybody_but_the_owner_together_with_the_relay_reads_nothing(seen: _Seen) -> None:
    # The relay knows the owner's own secret and the two others theirs; they also have every
    # list, and may divide by what they know. What they have not is the owner's secret.
    known = [seen.secret["helpline"], seen.secret["centre"], seen.own["shelter"]]
    for _, points in seen.lists("shelter"):
        for number in range(len(known) + 1):
            for some in itertools.combinations(known, number):
                assert _found(seen, points, list(some)) == set()
                divided = product(inverse(known[0]), inverse(known[1]))
                assert _found(seen, points, [*some, divided]) == set()


def test_another_session_of_the_same_lists_shows_other_points(seen: _Seen) -> None:
    again = _Seen()
    for (_, one), (_, other) in zip(seen.lists("centre"), again.lists("centre"), strict=True):
        assert not one & other
