"""Threat: roster-expired: An attacker who freezes a site at an old roster would keep a stolen desk
key useful; after its last day a roster is refused.
"""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from safelight.sealing.opening import HybridIdentity
from safelight.sealing.roster import Roster, RosterDesk, RosterError, sign_roster, verified_roster

ROOT = Ed25519PrivateKey.generate()
FIRST, LAST = date(2026, 1, 1), date(2026, 6, 30)
DAY = timedelta(days=1)


def desk(number: int, valid_from: date, valid_until: date) -> RosterDesk:
    recipient = HybridIdentity(bytes([number]) * 32).recipient().encode()
    return RosterDesk(f"desk-{number}", recipient, f"{number:064x}", valid_from, valid_until)


def verified(today: date, *desks: RosterDesk) -> Roster:
    signed = sign_roster(Roster(1, FIRST, LAST, desks), ROOT)
    return verified_roster(signed, root=ROOT.public_key(), today=today, last_seen_version=None)


def test_a_roster_works_on_its_last_day_and_not_the_day_after() -> None:
    long_lived = desk(1, FIRST, LAST + 100 * DAY)
    assert len(verified(LAST, long_lived).recipients(LAST)) == 1
    with pytest.raises(RosterError, match="expired on 2026-06-30, today is 2026-07-01"):
        verified(LAST + DAY, long_lived)


def test_an_expired_roster_gives_no_recipients_even_when_it_was_accepted_before() -> None:
    # A page or process that stays open past midnight.
    roster = verified(LAST, desk(1, FIRST, LAST + 100 * DAY))
    with pytest.raises(RosterError, match="expired on"):
        roster.recipients(LAST + DAY)


def test_only_desks_valid_today_are_sealed_to() -> None:
    today = date(2026, 3, 1)
    left, here, coming = (
        desk(1, FIRST, today - DAY),
        desk(2, today, today),
        desk(3, today + DAY, LAST),
    )
    roster = verified(today, left, here, coming)
    assert roster.usable_desks(today) == (here,)
    assert [r.encode() for r in roster.recipients(today)] == [here.recipient]
    with pytest.raises(RosterError, match="no usable desk"):
        verified(today, left, coming)


def test_days_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(RosterError, match="valid_until lies before"):
        desk(1, LAST, FIRST)
    with pytest.raises(RosterError, match="expires before it was issued"):
        Roster(1, LAST, FIRST, ())
