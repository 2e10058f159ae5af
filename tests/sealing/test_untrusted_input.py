"""Whatever comes from outside, nothing but our own errors comes out."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from safelight.errors import SafelightError
from safelight.sealing.armor import ArmorError, dearmored
from safelight.sealing.desk_request import DeskRequestError, SeenRequests, verified_desk
from safelight.sealing.envelope import Envelope, EnvelopeError
from safelight.sealing.opening import parse_identity
from safelight.sealing.receipt import Receipt, ReceiptError
from safelight.sealing.recipients import parse_recipient
from safelight.sealing.roster import (
    PAYLOAD_TYPE,
    Roster,
    RosterError,
    sign_roster,
    signed_roster,
    verified_roster,
)
from safelight.sealing.statement import sign_statement
from safelight.sealing.strict_json import parse_object

ROOT = Ed25519PrivateKey.from_private_bytes(bytes(32))
TODAY = date(2026, 11, 22)
GOOD = json.loads(sign_roster(Roster(1, TODAY, TODAY, ()), ROOT))

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)


def refused_or_returned(error: type[SafelightError], act: Any, *arguments: Any) -> bool:
    try:
        act(*arguments)
    except error:
        return True
    return False


def test_json_is_measured_before_it_is_read() -> None:
    assert parse_object(b'{"a":[]}', largest=8) == {"a": []}
    with pytest.raises(ValueError, match="8 bytes, at most 7 are read"):
        parse_object(b'{"a":[]}', largest=7)


@settings(max_examples=60)
@given(st.text(max_size=300))
def test_recipients_identities_and_receipts(text: str) -> None:
    assert refused_or_returned(SafelightError, parse_recipient, text)
    assert refused_or_returned(SafelightError, parse_recipient, "age1" + text)
    assert refused_or_returned(SafelightError, parse_identity, "AGE-SECRET-KEY-1" + text)
    assert refused_or_returned(ReceiptError, Receipt.parse, text)


@settings(max_examples=60)
@given(st.lists(st.sampled_from(["abandon", "zoo", "about", "aban", "abanx", "ё"]), max_size=14))
def test_receipts_of_listed_words(typed: list[str]) -> None:
    refused_or_returned(ReceiptError, Receipt.parse, " ".join(typed))


@settings(max_examples=60)
@given(st.sampled_from(sorted(GOOD)), JSON)
def test_statements_with_any_value_anywhere(key: str, value: Any) -> None:
    statement = json.dumps({**GOOD, key: value}).encode()
    assert (
        refused_or_returned(RosterError, lambda: signed_roster(statement, root=ROOT.public_key()))
        or value == GOOD[key]
    )


DESK_KEYS = ["name", "recipient", "verify_key", "valid_from", "valid_until"]


@settings(max_examples=60)
@given(
    st.sampled_from(["version", "issued", "expires", "desks"]),
    JSON
    | st.lists(
        st.dictionaries(st.sampled_from(DESK_KEYS), JSON | st.just("2026-11-22"), max_size=5),
        max_size=3,
    ),
)
def test_rosters_with_any_value_anywhere_even_when_signed(key: str, value: Any) -> None:
    payload = {"version": 1, "issued": "2026-11-22", "expires": "2026-11-22", "desks": []}
    signed = sign_statement(json.dumps({**payload, key: value}).encode(), PAYLOAD_TYPE, ROOT)
    assert refused_or_returned(
        RosterError,
        lambda: verified_roster(
            signed, root=ROOT.public_key(), today=TODAY, last_seen_version=None
        ),
    )


@settings(max_examples=60)
@given(st.binary(max_size=200))
def test_envelopes_of_the_right_length(start: bytes) -> None:
    for untrusted in (start, b"age-encryption.org/v1\n" + start):
        padded = untrusted.ljust(32 * 1024, b"\0")
        assert refused_or_returned(EnvelopeError, Envelope.parse, padded)


@settings(max_examples=60)
@given(st.binary(max_size=200))
def test_armor(inner: bytes) -> None:
    begin, end = b"-----BEGIN AGE ENCRYPTED FILE-----\n", b"\n-----END AGE ENCRYPTED FILE-----"
    refused_or_returned(ArmorError, dearmored, inner)
    refused_or_returned(ArmorError, dearmored, begin + inner + end)


@settings(max_examples=60)
@given(st.text(max_size=250), st.text(max_size=20), st.text(max_size=70))
def test_desk_request_headers(header: str, path: str, digest: str) -> None:
    roster = Roster(1, TODAY, TODAY, ())
    now = datetime(2026, 11, 22, tzinfo=UTC)
    well_formed = f"Safelight-Desk desk-1 {int(now.timestamp())} {'0' * 32} {'0' * 128}"
    for given_header, given_digest in ((header, digest), (well_formed, "0" * 64)):
        assert refused_or_returned(
            DeskRequestError,
            lambda h=given_header, d=given_digest: verified_desk(
                h,
                "GET",
                path,
                d,
                roster,
                now=now,
                max_skew=timedelta(minutes=5),
                seen=SeenRequests(),
            ),
        )
