"""Threat: roster-rollback: Whoever serves an old, well-signed roster would bring back a desk that
was put off the team.
"""

from __future__ import annotations

from datetime import date

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from safelight.sealing.opening import HybridIdentity
from safelight.sealing.roster import Roster, RosterDesk, RosterError, sign_roster, verified_roster

ROOT = Ed25519PrivateKey.generate()
TODAY = date(2026, 11, 22)
LAST = date(2027, 5, 1)


def signed(version: int) -> bytes:
    desk = RosterDesk(
        name="desk-1",
        recipient=HybridIdentity(bytes(32)).recipient().encode(),
        verify_key_hex="11" * 32,
        valid_from=TODAY,
        valid_until=LAST,
    )
    return sign_roster(Roster(version, TODAY, LAST, (desk,)), ROOT)


def version_of(roster: bytes, last_seen: int | None) -> int:
    return verified_roster(
        roster, root=ROOT.public_key(), today=TODAY, last_seen_version=last_seen
    ).version


@pytest.mark.parametrize(
    ("last_seen", "accepted"), [(None, True), (4, True), (5, True), (6, False)]
)
def test_a_roster_older_than_the_last_seen_is_refused(
    last_seen: int | None, accepted: bool
) -> None:
    if accepted:
        assert version_of(signed(5), last_seen) == 5
    else:
        with pytest.raises(RosterError, match="roster 5 is older than 6, which was seen before"):
            version_of(signed(5), last_seen)


@pytest.mark.parametrize("version", [0, -1, 2**53])
def test_versions_that_could_wrap_or_lose_their_order_do_not_exist(version: int) -> None:
    with pytest.raises(RosterError, match="version"):
        signed(version)
    assert version_of(signed(2**53 - 1), 2**53 - 1) == 2**53 - 1
