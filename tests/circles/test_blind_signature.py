"""Blind signatures: RFC 9474's own vectors, and what must be refused."""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateNumbers,
    RSAPublicNumbers,
    generate_private_key,
)

from safelight.circles.blind_signature import (
    BlindSignatureError,
    PublicKey,
    blind,
    blind_sign,
    finalize,
    pss_encoded,
    verify,
)

VECTORS = Path(__file__).resolve().parents[2] / "vectors" / "blind-signatures"
FOUND = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(VECTORS.glob("*.json"))}
DETERMINISTIC = "rfc9474-pss-deterministic"


def keys_of(vector: dict[str, Any]) -> tuple[PublicKey, RSAPrivateNumbers]:
    p, q, n, e, d = (int(vector[name], 16) for name in ("p", "q", "n", "e", "d"))
    numbers = RSAPrivateNumbers(
        p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), RSAPublicNumbers(e, n)
    )
    return PublicKey(n, e), numbers


@pytest.fixture(scope="module")
def private() -> RSAPrivateNumbers:
    return generate_private_key(65537, 2048).private_numbers()


def test_all_four_variants_of_the_rfc_are_here() -> None:
    assert len(FOUND) == 4
    assert DETERMINISTIC in FOUND


@pytest.mark.parametrize("name", FOUND)
def test_each_value_of_the_rfcs_vectors_comes_out(name: str) -> None:
    vector = FOUND[name]
    key, private = keys_of(vector)
    # Preparing with a random prefix is what tells the randomized variants apart.
    prepared = bytes.fromhex(vector.get("msg_prefix", "") + vector["msg"])
    assert prepared.hex() == vector["prepared_msg"]
    salt, inverse = bytes.fromhex(vector["salt"]), int(vector["inv"], 16)
    assert (name == DETERMINISTIC) <= (len(salt) == 48)
    encoded = pss_encoded(prepared, key.n.bit_length() - 1, salt)
    assert encoded.hex() == vector["encoded_msg"]
    factor = pow(inverse, -1, key.n)
    blinded = blind(key, prepared, salt=salt, factor=factor)
    assert (blinded.message.hex(), blinded.inverse) == (vector["blinded_msg"], inverse)
    signed = blind_sign(private, blinded.message)
    assert signed.hex() == vector["blind_sig"]
    found = finalize(key, prepared, signed, inverse, salt_length=len(salt))
    assert found.hex() == vector["sig"]
    verify(key, prepared, found, salt_length=len(salt))
    with pytest.raises(BlindSignatureError, match="signature by this key"):
        verify(key, prepared + b"x", found, salt_length=len(salt))


def test_what_a_keeper_sees_says_nothing_of_what_comes_out(private: RSAPrivateNumbers) -> None:
    key = PublicKey(private.public_numbers.n)
    message = secrets.token_bytes(32)
    twice = [blind(key, message) for _ in range(2)]
    assert twice[0].message != twice[1].message
    signatures = [finalize(key, message, blind_sign(private, b.message), b.inverse) for b in twice]
    # Any signature fits to any blinded message: for each pair there is a factor that leads
    # from one to the other, so a keeper who kept everything cannot tell which was which.
    for blinded in twice:
        for signature in signatures:
            encoded = pow(int.from_bytes(signature, "big"), key.e, key.n)
            signed = int.from_bytes(blind_sign(private, blinded.message), "big")
            factor = signed * pow(int.from_bytes(signature, "big"), -1, key.n) % key.n
            seen = int.from_bytes(blinded.message, "big")
            assert encoded * pow(factor, key.e, key.n) % key.n == seen


def test_a_signature_by_another_key_or_of_another_length_is_refused(
    private: RSAPrivateNumbers,
) -> None:
    key, other = keys_of(FOUND[DETERMINISTIC])
    mine = PublicKey(private.public_numbers.n)
    blinded = blind(mine, b"message")
    with pytest.raises(BlindSignatureError, match="blinded message of 512 bytes"):
        blind_sign(other, blinded.message)
    for wrong in (bytes(256), b"\xff" * 256):
        with pytest.raises(BlindSignatureError, match="below the modulus"):
            blind_sign(private, wrong)
    with pytest.raises(BlindSignatureError, match="256 bytes from the keeper"):
        finalize(mine, b"message", b"short", blinded.inverse)
    with pytest.raises(BlindSignatureError, match="signature by this key"):
        finalize(mine, b"message", secrets.token_bytes(256), blinded.inverse)
    for wrong in (b"", bytes(256), b"\xff" * 256, bytes(10_000)):
        with pytest.raises(BlindSignatureError, match="signature by this key"):
            verify(key, b"message", wrong)


def test_a_damaged_private_key_gives_no_signature_away(private: RSAPrivateNumbers) -> None:
    damaged = RSAPrivateNumbers(
        private.p,
        private.q,
        private.d,
        private.dmp1 ^ 2,
        private.dmq1,
        private.iqmp,
        private.public_numbers,
    )
    blinded = blind(PublicKey(private.public_numbers.n), b"message")
    with pytest.raises(BlindSignatureError, match="damaged"):
        blind_sign(damaged, blinded.message)
    assert blind_sign(private, blinded.message)


def test_only_a_modulus_of_2048_bits_is_a_key(private: RSAPrivateNumbers) -> None:
    n = private.public_numbers.n
    assert PublicKey.parse(n.to_bytes(256, "big")) == PublicKey(n)
    for wrong in (b"", bytes(256), n.to_bytes(257, "big"), (n >> 1).to_bytes(256, "big")):
        with pytest.raises(BlindSignatureError, match="2048 bits"):
            PublicKey.parse(wrong)
    with pytest.raises(BlindSignatureError, match="small factors"):
        PublicKey.parse((n - n % 251).to_bytes(256, "big"))
