"""The roster's form: what is signed well and is still no roster."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from safelight.sealing.opening import HybridIdentity
from safelight.sealing.roster import (
    MOST_DESKS,
    PAYLOAD_TYPE,
    Roster,
    RosterDesk,
    RosterError,
    fingerprint,
    sign_roster,
    verified_roster,
)
from safelight.sealing.statement import sign_statement

ROOT = Ed25519PrivateKey.from_private_bytes(bytes(32))
FIRST, LAST = date(2026, 11, 1), date(2027, 5, 1)


def desk(number: int, first: date = FIRST) -> RosterDesk:
    recipient = HybridIdentity(number.to_bytes(32, "big")).recipient().encode()
    return RosterDesk(f"desk-{number}", recipient, f"{number:064x}", first, LAST)


def payload(**changes: Any) -> dict[str, Any]:
    one = desk(1)
    entry = {
        "name": one.name,
        "recipient": one.recipient,
        "verify_key": one.verify_key_hex,
        "valid_from": "2026-11-01",
        "valid_until": "2027-05-01",
    }
    whole = {"version": 1, "issued": "2026-11-01", "expires": "2027-05-01", "desks": [entry]}
    desk_changes = {key: changes.pop(key) for key in list(changes) if key in entry}
    return {**whole, "desks": [{**entry, **desk_changes}], **changes}


def verified(content: dict[str, Any]) -> Roster:
    signed = sign_statement(json.dumps(content).encode(), PAYLOAD_TYPE, ROOT)
    return verified_roster(
        signed, root=ROOT.public_key(), today=date(2026, 11, 22), last_seen_version=None
    )


def test_a_roster_is_signed_and_read_back() -> None:
    roster = Roster(7, FIRST, LAST, (desk(1), desk(2)))
    signed = sign_roster(roster, ROOT)
    read = verified_roster(signed, root=ROOT.public_key(), today=LAST, last_seen_version=7)
    assert read == roster
    assert [r.encode() for r in read.recipients(LAST)] == [d.recipient for d in roster.desks]
    assert verified(payload()).desks == (desk(1),)


def test_keys_that_a_later_version_may_add_are_ignored() -> None:
    assert verified(payload(colour="green")).version == 1


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"version": True}, "version: expected a whole number"),
        ({"version": 1.0}, "version: expected a whole number"),
        ({"version": "1"}, "version: expected a whole number"),
        ({"version": 0}, "expected a whole number from 1"),
        ({"issued": "20261101"}, "issued: expected a day"),
        ({"expires": "2027-W01-1"}, "expires: expected a day"),
        ({"expires": "2027-02-30"}, "expires: expected a day"),
        ({"expires": "2027-05-01T00:00"}, "expires: expected a day"),
        ({"expires": None}, "expires: expected a day"),
        ({"desks": {}}, "desks: expected a list"),
        ({"desks": ["desk-1"]}, "desks: expected an object"),
        # Counted before any key is parsed, or a signed mistake costs every reporter seconds.
        ({"desks": [{}] * (MOST_DESKS + 1)}, "expected a list of 0 to 64"),
        ({"name": "Desk 1"}, "a desk's name is"),
        ({"name": "-desk"}, "a desk's name is"),
        ({"name": "d" * 33}, "a desk's name is"),
        ({"name": "desk-1\n"}, "a desk's name is"),
        ({"verify_key": "AB" * 32}, "64 lower-case hex digits"),
        ({"verify_key": "ab" * 31}, "64 lower-case hex digits"),
        ({"recipient": "age1pq1"}, "desk desk-1: not a recipient"),
        ({"valid_from": "2027-05-02"}, "valid_until lies before valid_from"),
    ],
)
def test_what_is_signed_and_still_no_roster(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(RosterError, match=reason):
        verified(payload(**changes))


def test_as_many_desks_may_be_usable_as_an_envelope_has_room_for() -> None:
    later = date(2027, 1, 1)
    sixteen = tuple(desk(number) for number in range(1, 17))
    roster = Roster(1, FIRST, LAST, (*sixteen, desk(17, first=later)))
    assert len(roster.recipients(FIRST)) == 16
    with pytest.raises(RosterError, match="17 usable desks on 2027-01-01; an envelope has room"):
        roster.recipients(later)


def test_a_roster_lists_at_most_64_desks() -> None:
    one = desk(1)
    with pytest.raises(RosterError, match="at most 64 desks; got 65"):
        Roster(1, FIRST, LAST, (one,) * (MOST_DESKS + 1))


def test_the_fingerprint_is_eight_groups_of_four() -> None:
    # sha256sum of 3b6a27bc…59da29, the well-known public key of the all-zero seed.
    assert fingerprint(ROOT.public_key()) == "139e 3940 e64b 5491 7220 88d9 a0d7 4162"
