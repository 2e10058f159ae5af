"""RFC 3161 timestamps: ask for one, and verify a reply with two programs.

rfc3161-client is strict about DER, OpenSSL about certificates; each refuses what the other
takes, so a timestamp holds if both say so (docs/adr/0022).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from rfc3161_client import (
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)
from rfc3161_client.base import HashAlgorithm

from safelight.evidence.problems import (
    CertificateExpired,
    TimestampError,
    TimestampOfSomethingElse,
)
from safelight.evidence.timestamps.asking import LARGEST_REPLY
from safelight.evidence.timestamps.der_order import with_certificates_in_order
from safelight.evidence.timestamps.openssl_ts import openssl_accepts

_SHA256: Final = x509.ObjectIdentifier("2.16.840.1.101.3.4.2.1")
# What `cryptography` raises for a broken certificate, partly when a field is first asked for:
# KeyError for a name whose string is of no known ASN.1 type.
_BROKEN: Final = (
    ValueError,
    KeyError,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
_LONGEST_CHAIN: Final = 10


@dataclass(frozen=True)
class Roots:
    """What an expert trusts: certificates, as PEM and parsed."""

    pem: bytes
    certificates: tuple[x509.Certificate, ...]

    @classmethod
    def parse(cls, untrusted: bytes) -> Roots:
        """Read PEM. Raises `TimestampError`."""
        return cls(bytes(untrusted), _certificates(untrusted))


@dataclass(frozen=True)
class Stamp:
    """A timestamp that holds: when the authority saw the bytes, and who agreed to that."""

    time: datetime
    good_until: datetime
    openssl_asked: bool


def new_request(data: bytes) -> bytes:
    """Return a TimeStampReq (RFC 3161 §2.4.1) for SHA-256 of `data`, with nonce and certReq."""
    return (
        TimestampRequestBuilder()
        .data(data)
        .hash_algorithm(HashAlgorithm.SHA256)
        .cert_request(cert_request=True)
        .nonce(nonce=True)
        .build()
        .as_bytes()
    )


def verified_stamp(
    untrusted_reply: bytes,
    data: bytes,
    *,
    untrusted_request: bytes,
    roots: Roots,
    untrusted_chain: bytes,
    at: datetime | None,
) -> Stamp:
    """Return when an authority under `roots` saw `data` in answer to this request, or raise.

    The certificates must have been valid at the time of the stamp and, unless `at` is None,
    must be valid at `at` too: afterwards nobody vouches for the authority's key, and a stamp
    made with a leaked one can bear any time (RFC 3161 §4, points 2 and 3). Raises
    `TimestampOfSomethingElse`, `CertificateExpired` or `TimestampError`.
    """
    reply = _parsed(untrusted_reply)
    information = reply.tst_info
    imprint = information.message_imprint
    expected = hashlib.sha256(data).digest()
    if imprint.hash_algorithm != _SHA256 or imprint.message != expected:
        raise TimestampOfSomethingElse(
            f"expected a timestamp of {expected.hex()[:12]}, "
            f"got one of {imprint.message.hex()[:12]}"
        )
    chain = _certificates(untrusted_chain) if untrusted_chain else ()
    if untrusted_request != _request_of(data, information.nonce):
        raise TimestampOfSomethingElse("the timestamp answers another request than the one kept")
    seen = information.gen_time.astimezone(UTC)
    first, last = _validity(reply, (*chain, *roots.certificates))
    if not first <= seen <= last:
        raise CertificateExpired(
            f"the authority's certificate ended {last:%Y-%m-%d}, the timestamp says "
            f"{seen:%Y-%m-%d}; ask another authority"
        )
    _check_with_client(reply, roots, chain, expected, information.nonce)
    asked = [
        openssl_accepts(
            untrusted_reply,
            data,
            request=untrusted_request,
            roots=roots.pem,
            chain=untrusted_chain,
            at=moment,
        )
        for moment in (seen, at)
        if moment is not None and first <= moment <= last
    ]
    if at is not None and not first <= at <= last:
        raise CertificateExpired(
            f"the authority's certificate ended {last:%Y-%m-%d}, and no later timestamp was laid "
            "over this one before that day"
        )
    return Stamp(seen, last, all(asked))


def _parsed(untrusted_reply: bytes) -> TimeStampResponse:
    if len(untrusted_reply) > LARGEST_REPLY:
        raise TimestampError(f"a timestamp reply has at most {LARGEST_REPLY} bytes")
    try:
        reply = decode_timestamp_response(with_certificates_in_order(untrusted_reply))
        # These three raise for a reply that grants nothing or is of another kind.
        _ = (reply.tst_info.gen_time, reply.tst_info.nonce, reply.signed_data.certificates)
    except ValueError:
        raise TimestampError(
            "expected a granted timestamp reply (RFC 3161), got something else"
        ) from None
    return reply


def _request_of(data: bytes, nonce: int | None) -> bytes:
    """The request that the nonce belongs to: SHA-256 of `data`, certReq, no policy.

    DER has one form for it, so comparing bytes is comparing requests.
    """
    if nonce is None:
        raise TimestampOfSomethingElse("the timestamp carries no nonce; we always send one")
    octets = nonce.to_bytes(nonce.bit_length() // 8 + 1, "big")
    algorithm = bytes.fromhex("300d06096086480165030402010500")
    imprint = algorithm + b"\x04\x20" + hashlib.sha256(data).digest()
    body = b"\x02\x01\x01\x30" + bytes([len(imprint)]) + imprint
    body += b"\x02" + bytes([len(octets)]) + octets + b"\x01\x01\xff"
    return b"\x30" + bytes([len(body)]) + body


def _certificates(untrusted_pem: bytes) -> tuple[x509.Certificate, ...]:
    try:
        return tuple(x509.load_pem_x509_certificates(untrusted_pem))
    except ValueError:
        raise TimestampError("expected certificates in PEM, got something else") from None


def _validity(
    reply: TimeStampResponse, known: Sequence[x509.Certificate]
) -> tuple[datetime, datetime]:
    """From when until when the signer's certificate and those above it are all valid.

    By names only: whether each is signed by the next is what rfc3161-client and OpenSSL check.
    """
    try:
        path = _path_of_signer(reply, known)
        return (
            max(one.not_valid_before_utc for one in path),
            min(one.not_valid_after_utc for one in path),
        )
    except _BROKEN:
        raise TimestampError("the timestamp's certificates cannot be read") from None


def _path_of_signer(
    reply: TimeStampResponse, known: Sequence[x509.Certificate]
) -> list[x509.Certificate]:
    (signer,) = reply.signed_data.signer_infos
    embedded = (x509.load_der_x509_certificate(one) for one in reply.signed_data.certificates)
    pool = [*embedded, *known]
    path = [
        one
        for one in pool
        if one.issuer == signer.issuer and one.serial_number == signer.serial_number
    ][:1]
    if not path:
        raise TimestampError("the timestamp does not carry its signer's certificate")
    while path[-1].issuer != path[-1].subject and len(path) < _LONGEST_CHAIN:
        above = next((one for one in pool if one.subject == path[-1].issuer), None)
        if above is None:
            break
        path.append(above)
    return path


def _check_with_client(
    reply: TimeStampResponse,
    roots: Roots,
    chain: Sequence[x509.Certificate],
    digest: bytes,
    nonce: int,
) -> None:
    verifier = VerifierBuilder(
        roots=list(roots.certificates), intermediates=list(chain), nonce=nonce
    ).build()
    try:
        verifier.verify(reply, digest)
    except (VerificationError, *_BROKEN):
        raise TimestampError(
            "the timestamp is not signed under these roots by a timestamp authority "
            "(rfc3161-client refuses it); ask the authority for its present root"
        ) from None
