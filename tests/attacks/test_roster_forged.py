"""Threat: roster-forged: A seized server that serves its own roster would have reports sealed to
the attacker, so only the root key's signature counts.
"""

from __future__ import annotations

import base64
import json
from datetime import date

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from safelight.sealing.opening import HybridIdentity
from safelight.sealing.roster import (
    PAYLOAD_TYPE,
    Roster,
    RosterDesk,
    RosterError,
    fingerprint,
    sign_roster,
    verified_roster,
)
from safelight.sealing.statement import sign_statement

ROOT, ATTACKER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
TODAY, LAST = date(2026, 11, 22), date(2027, 5, 1)


def desk(seed: bytes, key: str, name: str = "desk-1") -> RosterDesk:
    recipient = HybridIdentity(seed).recipient().encode()
    return RosterDesk(name, recipient, key, TODAY, LAST)


OURS, THEIRS = desk(bytes(32), "11" * 32), desk(b"\1" * 32, "22" * 32)
GOOD = sign_roster(Roster(1, TODAY, LAST, (OURS,)), ROOT)


def verified(roster: bytes) -> Roster:
    return verified_roster(roster, root=ROOT.public_key(), today=TODAY, last_seen_version=None)


def test_only_the_root_keys_roster_is_accepted() -> None:
    assert verified(GOOD).desks == (OURS,)
    forged = sign_roster(Roster(2, TODAY, LAST, (THEIRS,)), ATTACKER)
    with pytest.raises(RosterError, match="bad signature"):
        verified(forged)
    assert fingerprint(ROOT.public_key()) != fingerprint(ATTACKER.public_key())


def test_a_good_signature_does_not_carry_another_payload() -> None:
    statement = json.loads(GOOD)
    forged = json.loads(sign_roster(Roster(2, TODAY, LAST, (THEIRS,)), ATTACKER))
    for mixed in (
        {**statement, "payload": forged["payload"]},
        {**forged, "signatures": statement["signatures"]},
        {**forged, "signatures": forged["signatures"] + statement["signatures"]},
    ):
        with pytest.raises(RosterError, match="bad signature"):
            verified(json.dumps(mixed).encode())


def test_an_attackers_key_id_is_not_believed() -> None:
    forged = json.loads(sign_roster(Roster(2, TODAY, LAST, (THEIRS,)), ATTACKER))
    forged["signatures"][0]["keyid"] = json.loads(GOOD)["signatures"][0]["keyid"]
    with pytest.raises(RosterError, match="bad signature"):
        verified(json.dumps(forged).encode())


def test_another_statement_of_the_root_key_is_not_a_roster() -> None:
    payload = base64.b64decode(json.loads(GOOD)["payload"])
    assert verified(sign_statement(payload, PAYLOAD_TYPE, ROOT)).desks == (OURS,)
    other = sign_statement(payload, "application/vnd.safelight.publication+json", ROOT)
    with pytest.raises(RosterError, match="this is of another"):
        verified(other)
    renamed = {**json.loads(other), "payloadType": PAYLOAD_TYPE}
    with pytest.raises(RosterError, match="bad signature"):
        verified(json.dumps(renamed).encode())


def test_every_byte_of_a_signed_roster_matters() -> None:
    accepted = []
    for at in range(0, len(GOOD), 13):
        changed = bytearray(GOOD)
        changed[at] ^= 1
        try:
            verified(bytes(changed))
        except RosterError:
            continue
        accepted.append(at)
    # The key id is a hint that no program reads; nothing else may change.
    hint = range(GOOD.index(b'"keyid":'), GOOD.index(b'"sig":'))
    assert [at for at in accepted if at not in hint] == []


@pytest.mark.parametrize(
    ("what", "second"),
    [
        ("name", desk(b"\1" * 32, "22" * 32, name="desk-1")),
        ("recipient", desk(bytes(32), "22" * 32, name="desk-2")),
        ("verify_key", desk(b"\1" * 32, "11" * 32, name="desk-2")),
    ],
)
def test_two_desks_never_share_what_tells_them_apart(what: str, second: RosterDesk) -> None:
    with pytest.raises(RosterError, match=f"two desks share one {what}"):
        Roster(1, TODAY, LAST, (OURS, second))


@pytest.mark.parametrize(
    "untrusted",
    [b"", b"{}", b"[]", b"\xff", b"[" * 100_000, b'{"payload":1}', b'{"a":NaN}', b"9" * 5000],
    ids=["empty", "no keys", "list", "not utf-8", "deep", "numbers", "NaN", "huge number"],
)
def test_rubbish_is_refused_with_our_error(untrusted: bytes) -> None:
    with pytest.raises(RosterError, match="not a roster of this root key"):
        verified(untrusted)


def test_a_key_that_stands_twice_is_refused_even_when_signed() -> None:
    payload = base64.b64decode(json.loads(GOOD)["payload"])
    twice = payload.replace(b'{"version":1,', b'{"version":9,"version":1,', 1)
    with pytest.raises(RosterError, match="stands twice"):
        verified(sign_statement(twice, PAYLOAD_TYPE, ROOT))
