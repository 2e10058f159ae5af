"""To whom a file can be sealed: public halves only (C2SP age.md, "Native recipient types")."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from safelight.errors import SafelightError
from safelight.sealing import bech32
from safelight.sealing.header import (
    HYBRID,
    HYBRID_ENC_SIZE,
    X25519,
    Stanza,
    derived_key,
    encode_base64,
)

HYBRID_PREFIX: Final = "age1pq"
X25519_PREFIX: Final = "age"
SEED_SIZE: Final = 32
_MLKEM_PUBLIC_SIZE: Final = 1184
_X25519_PUBLIC_SIZE: Final = 32
HYBRID_PUBLIC_SIZE: Final = _MLKEM_PUBLIC_SIZE + _X25519_PUBLIC_SIZE

HYBRID_INFO: Final = b"age-encryption.org/mlkem768x25519"
X25519_INFO: Final = b"age-encryption.org/v1/X25519"
# One key wraps one file key once, so a fixed nonce is never used twice (age.md).
WRAP_NONCE: Final = bytes(12)
HYBRID_SUITE: Final = hpke.Suite(
    hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305
)


class RecipientError(SafelightError):
    """A recipient that cannot be read, or that nothing may be sealed to."""


def _checked_x25519(raw: bytes) -> X25519PublicKey:
    key = X25519PublicKey.from_public_bytes(raw)
    try:
        # A low-order point gives everyone the same shared secret, all zero: refuse it here,
        # before something is sealed to it (RFC 7748 §6.1).
        X25519PrivateKey.generate().exchange(key)
    except ValueError:
        raise RecipientError("the recipient's X25519 key is of low order") from None
    return key


@dataclass(frozen=True)
class HybridRecipient:
    """An ML-KEM-768 + X25519 recipient, `age1pq1…`; `public` is 1,216 bytes."""

    public: bytes = field(repr=False)
    _key: hpke.MLKEM768X25519PublicKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.public) != HYBRID_PUBLIC_SIZE:
            raise RecipientError(
                f"a hybrid recipient is {HYBRID_PUBLIC_SIZE} bytes; got {len(self.public)}"
            )
        try:
            mlkem = MLKEM768PublicKey.from_public_bytes(self.public[:_MLKEM_PUBLIC_SIZE])
        except UnsupportedAlgorithm:
            raise RecipientError(
                "this installation of 'cryptography' has no ML-KEM-768; install its own wheel"
            ) from None
        except ValueError:
            raise RecipientError("the recipient's ML-KEM-768 key is not valid") from None
        x25519 = _checked_x25519(self.public[_MLKEM_PUBLIC_SIZE:])
        object.__setattr__(self, "_key", hpke.MLKEM768X25519PublicKey(mlkem, x25519))

    @classmethod
    def from_seed(cls, seed: bytes) -> HybridRecipient:
        """The public half of the identity that `seed` (32 secret bytes) stands for."""
        mlkem, x25519 = expanded_seed(seed)
        return cls(mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw())

    def encode(self) -> str:
        return bech32.encode(HYBRID_PREFIX, self.public)

    def wrap(self, file_key: bytes) -> Stanza:
        sealed = HYBRID_SUITE.encrypt(file_key, self._key, info=HYBRID_INFO)
        enc, body = sealed[:HYBRID_ENC_SIZE], sealed[HYBRID_ENC_SIZE:]
        return Stanza((HYBRID, encode_base64(enc)), body)


@dataclass(frozen=True)
class X25519Recipient:
    """A classic recipient, `age1…`: readable by today's tools, and by tomorrow's quantum ones."""

    public: bytes = field(repr=False)
    _key: X25519PublicKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if len(self.public) != _X25519_PUBLIC_SIZE:
            raise RecipientError(
                f"an X25519 recipient is {_X25519_PUBLIC_SIZE} bytes; got {len(self.public)}"
            )
        object.__setattr__(self, "_key", _checked_x25519(self.public))

    def encode(self) -> str:
        return bech32.encode(X25519_PREFIX, self.public)

    def wrap(self, file_key: bytes) -> Stanza:
        ephemeral = X25519PrivateKey.generate()
        share = ephemeral.public_key().public_bytes_raw()
        wrap_key = derived_key(
            ephemeral.exchange(self._key), salt=share + self.public, info=X25519_INFO
        )
        body = ChaCha20Poly1305(wrap_key).encrypt(WRAP_NONCE, file_key, None)
        return Stanza((X25519, encode_base64(share)), body)


Recipient: TypeAlias = HybridRecipient | X25519Recipient


def expanded_seed(seed: bytes) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    """The two private keys of a hybrid seed: SHAKE256 to 96 bytes (draft-ietf-hpke-pq-03, X-Wing).

    Whoever holds a seed can open what is sealed to it. The server calls this for a
    reply recipient only, and lets go of the seed with the request.
    """
    if len(seed) != SEED_SIZE:
        raise RecipientError(f"a hybrid seed is {SEED_SIZE} bytes; got {len(seed)}")
    expanded = hashlib.shake_256(seed).digest(96)
    return (
        MLKEM768PrivateKey.from_seed_bytes(expanded[:64]),
        X25519PrivateKey.from_private_bytes(expanded[64:]),
    )


def parse_recipient(untrusted: str) -> Recipient:
    """Read `age1pq1…` or `age1…`. Raises `RecipientError` for any other type."""
    if untrusted != untrusted.lower():
        raise RecipientError("a recipient is written in lower case: age1pq1… or age1…")
    try:
        prefix, public = bech32.decode(untrusted)
    except ValueError as reason:
        raise RecipientError(f"not a recipient (age1pq1… or age1…): {reason}") from None
    if prefix == HYBRID_PREFIX:
        return HybridRecipient(public)
    if prefix == X25519_PREFIX:
        return X25519Recipient(public)
    raise RecipientError("expected a recipient age1pq1… or age1…; this is of another type")
