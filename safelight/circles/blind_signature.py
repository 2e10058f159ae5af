"""RSA blind signatures: RFC 9474, variant RSABSSA-SHA384-PSS-Deterministic.

Who wants a token blinds a message, the keeper signs what it cannot read, and whoever has
the public key can verify the result. The keeper does not recognise what it has signed.

The server calls `verify` alone, which is OpenSSL's; it has no private key to sign with.
The other three are what a keeper's and a member's device do, written here from the RFC as
the readable twin of the browser's. Python's integers do not compute in constant time: `pow`
takes longer for some numbers than for others. So the private operation never sees a number
that somebody chose: it is blinded once more, freshly each time (`blind_sign`), which takes
the link between time and input away but not every trace of the key on a shared processor.
Sign on a keeper's own machine, not where strangers compute (RFC 9474, section 7.1).
"""

from __future__ import annotations

import hashlib
import math
import secrets
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateNumbers, RSAPublicNumbers

from safelight.errors import SafelightError

# RFC 9474, section 5: SHA-384, MGF1 with SHA-384, 48 bytes of salt, the message as it is.
# Not randomized: our messages hold 32 random bytes already (section 7.3, message entropy).
SALT_LENGTH: Final = 48
MODULUS_BITS: Final = 2048
MODULUS_BYTES: Final = MODULUS_BITS // 8
EXPONENT: Final = 65537
_HASH_LENGTH: Final = 48


class BlindSignatureError(SafelightError):
    """A key, a blinded message or a signature is not what RFC 9474 asks for."""


@dataclass(frozen=True)
class PublicKey:
    """An RSA public key (n, e). `parse` is for what comes from outside."""

    n: int
    e: int = EXPONENT

    @property
    def length(self) -> int:
        """Bytes of the modulus."""
        return (self.n.bit_length() + 7) // 8

    @classmethod
    def parse(cls, untrusted_modulus: bytes) -> PublicKey:
        """Read a modulus of exactly 2,048 bits (e is 65537), or raise `BlindSignatureError`.

        It cannot be seen here whether n has just two prime factors. Whoever made a bad one
        weakens invitations to their own circle and to no other.
        """
        n = int.from_bytes(untrusted_modulus, "big")
        fits = len(untrusted_modulus) == MODULUS_BYTES and n.bit_length() == MODULUS_BITS
        if not fits or math.gcd(n, _SMALL_PRIMES) != 1:
            raise BlindSignatureError(
                f"expected an RSA modulus of {MODULUS_BITS} bits without small factors; got "
                "something else; generate the key anew"
            )
        return cls(n)

    def to_bytes(self) -> bytes:
        return self.n.to_bytes(self.length, "big")


# 2 · 3 · 5 · … · 251
_SMALL_PRIMES: Final = math.prod(
    n for n in range(2, 256) if all(n % d for d in range(2, math.isqrt(n) + 1))
)


@dataclass(frozen=True)
class Blinded:
    """What goes to the keeper, and what undoes the blinding, which stays."""

    message: bytes
    inverse: int


def blind(
    key: PublicKey, message: bytes, *, salt: bytes | None = None, factor: int | None = None
) -> Blinded:
    """Encode and blind `message` (RFC 9474, section 4.2).

    `salt` and `factor` are random; only a test with the RFC's vectors gives them.
    Raises `BlindSignatureError` for a key with which it cannot be done.
    """
    used_salt = secrets.token_bytes(SALT_LENGTH) if salt is None else salt
    encoded = int.from_bytes(pss_encoded(message, key.n.bit_length() - 1, used_salt), "big")
    # Uniform in 1 … n-1: `randbelow` draws again instead of reducing.
    used = secrets.randbelow(key.n - 1) + 1 if factor is None else factor
    if math.gcd(encoded, key.n) != 1 or math.gcd(used, key.n) != 1:
        raise BlindSignatureError(
            "expected a key whose factors nobody meets by chance; got one that shares a factor "
            "with a message; do not use this key"
        )
    z = encoded * pow(used, key.e, key.n) % key.n
    return Blinded(z.to_bytes(key.length, "big"), pow(used, -1, key.n))


def blind_sign(private: RSAPrivateNumbers, blinded_message: bytes) -> bytes:
    """Sign what cannot be read (RFC 9474, section 4.3); the keeper's part.

    Raises `BlindSignatureError` if the message is out of range, or if computing went wrong: a
    faulty result of the Chinese remainder theorem would give the key away, so it is checked.
    """
    n, e = private.public_numbers.n, private.public_numbers.e
    length = (n.bit_length() + 7) // 8
    m = int.from_bytes(blinded_message, "big")
    if len(blinded_message) != length or not 0 < m < n:
        raise BlindSignatureError(
            f"expected a blinded message of {length} bytes below the modulus; got another; "
            "blind again for this key"
        )
    r = secrets.randbelow(n - 2) + 2
    hidden = m * pow(r, e, n) % n
    by_p = pow(hidden % private.p, private.dmp1, private.p)
    by_q = pow(hidden % private.q, private.dmq1, private.q)
    joined = by_q + private.q * ((by_p - by_q) * private.iqmp % private.p)
    s = joined * pow(r, -1, n) % n
    if pow(s, e, n) != m:
        raise BlindSignatureError(
            "expected a signature that verifies; got another; the key or the machine is damaged"
        )
    return s.to_bytes(length, "big")


def finalize(
    key: PublicKey,
    message: bytes,
    blind_signature: bytes,
    inverse: int,
    *,
    salt_length: int = SALT_LENGTH,
) -> bytes:
    """Unblind, verify and return the signature (RFC 9474, section 4.4).

    Raises `BlindSignatureError`: the keeper signed something else, or with another key.
    """
    if len(blind_signature) != key.length:
        raise BlindSignatureError(
            f"expected {key.length} bytes from the keeper; got another length; ask again"
        )
    unblinded = int.from_bytes(blind_signature, "big") * inverse % key.n
    signature = unblinded.to_bytes(key.length, "big")
    verify(key, message, signature, salt_length=salt_length)
    return signature


def verify(
    key: PublicKey, message: bytes, signature: bytes, *, salt_length: int = SALT_LENGTH
) -> None:
    """Return if this is a signature of `message` (RSASSA-PSS, RFC 8017), else raise."""
    wanted = padding.PSS(mgf=padding.MGF1(hashes.SHA384()), salt_length=salt_length)
    try:
        RSAPublicNumbers(key.e, key.n).public_key().verify(
            signature, message, wanted, hashes.SHA384()
        )
    except (InvalidSignature, ValueError):
        raise BlindSignatureError(
            "expected a signature by this key; got another; ask for a new token"
        ) from None


def pss_encoded(message: bytes, bits: int, salt: bytes) -> bytes:
    """EMSA-PSS-ENCODE with SHA-384 and MGF1 (RFC 8017, section 9.1.1); its steps by number."""
    length = (bits + 7) // 8
    if length < _HASH_LENGTH + len(salt) + 2:
        raise BlindSignatureError("expected a longer key for this salt; got a short one; use 2,048")
    digest = hashlib.sha384(message).digest()  # 2
    h = hashlib.sha384(bytes(8) + digest + salt).digest()  # 5, 6
    db = bytes(length - len(salt) - _HASH_LENGTH - 2) + b"\x01" + salt  # 7, 8
    mask = _mgf1(h, len(db))  # 9
    masked = bytearray(a ^ b for a, b in zip(db, mask, strict=True))  # 10
    masked[0] &= 0xFF >> (8 * length - bits)  # 11
    return bytes(masked) + h + b"\xbc"  # 12


def _mgf1(seed: bytes, length: int) -> bytes:
    """RFC 8017, appendix B.2.1."""
    blocks = -(-length // _HASH_LENGTH)
    made = (hashlib.sha384(seed + n.to_bytes(4, "big")).digest() for n in range(blocks))
    return b"".join(made)[:length]
