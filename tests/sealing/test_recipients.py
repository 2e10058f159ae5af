"""Recipients: read strictly, derived exactly, refused when nothing may be sealed to them."""

from __future__ import annotations

import pytest

from safelight.sealing import bech32
from safelight.sealing.opening import HybridIdentity, X25519Identity
from safelight.sealing.recipients import (
    HybridRecipient,
    RecipientError,
    X25519Recipient,
    parse_recipient,
)

HYBRID = HybridIdentity(bytes(range(32))).recipient()
CLASSIC = X25519Identity(bytes(range(32))).recipient()


@pytest.mark.parametrize("recipient", [HYBRID, CLASSIC], ids=["hybrid", "classic"])
def test_recipients_are_written_and_read_back(recipient: HybridRecipient) -> None:
    text = recipient.encode()
    assert text == text.lower()
    assert parse_recipient(text) == recipient
    assert type(parse_recipient(text)) is type(recipient)


def test_the_server_derives_the_same_recipient_as_the_identity() -> None:
    assert HybridRecipient.from_seed(bytes(range(32))) == HYBRID
    with pytest.raises(RecipientError, match="32 bytes; got 31"):
        HybridRecipient.from_seed(bytes(31))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not a recipient"),
        ("age1", "not a recipient"),
        (HYBRID.encode().upper(), "lower case"),
        (HYBRID.encode()[:-1] + "q", "checksum"),
        (" " + CLASSIC.encode(), "not a recipient"),
        (CLASSIC.encode() + "\n", "not a recipient"),
        (bech32.encode("age", bytes(31)), "32 bytes; got 31"),
        (bech32.encode("age1pq", bytes(32)), "1216 bytes; got 32"),
        (bech32.encode("age1tag", bytes(33)), "another type"),
        (bech32.encode("age-secret-key-", bytes(32)), "another type"),
        ("ssh-ed25519 AAAA", "lower case|not a recipient"),
    ],
)
def test_what_is_no_recipient_is_refused(text: str, reason: str) -> None:
    with pytest.raises(RecipientError, match=reason):
        parse_recipient(text)


def test_keys_that_give_everyone_the_same_secret_are_refused() -> None:
    low_order = (1).to_bytes(32, "little")
    with pytest.raises(RecipientError, match="low order"):
        X25519Recipient(low_order)
    with pytest.raises(RecipientError, match="low order"):
        HybridRecipient(HYBRID.public[:-32] + low_order)


def test_an_ml_kem_key_with_coefficients_out_of_range_is_refused() -> None:
    with pytest.raises(RecipientError, match="ML-KEM-768 key is not valid"):
        HybridRecipient(b"\xff" * 1184 + HYBRID.public[-32:])
