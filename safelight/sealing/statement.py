"""Signed statements: DSSE v1 with Ed25519 (docs/spec/statement.md).

The signature covers the type as well as the payload, so a roster cannot be
passed off as another kind of statement that the same key has signed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from safelight.errors import SafelightError
from safelight.sealing.strict_json import parse_object

# A roster of 64 post-quantum desks is some 140 kB; anything near this bound is not a statement.
LARGEST_STATEMENT: Final = 4 * 1024 * 1024
MOST_SIGNATURES: Final = 8


class StatementError(SafelightError):
    """A statement that is malformed, of another type, or not signed by the key asked for."""


def _pre_authentication_encoding(payload_type: str, payload: bytes) -> bytes:
    """PAE of the DSSE protocol: `DSSEv1 SP len SP type SP len SP payload`, lengths in bytes."""
    kind = payload_type.encode("utf-8")
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def key_id(public_key: Ed25519PublicKey) -> str:
    """SHA-256 of the raw public key, hex: a hint for people, never a reason to trust."""
    return hashlib.sha256(public_key.public_bytes_raw()).hexdigest()


def sign_statement(payload: bytes, payload_type: str, private_key: Ed25519PrivateKey) -> bytes:
    """Return the DSSE envelope (JSON, UTF-8) of `payload` signed by `private_key`."""
    signature = private_key.sign(_pre_authentication_encoding(payload_type, payload))
    statement = {
        "payloadType": payload_type,
        "payload": base64.b64encode(payload).decode("ascii"),
        "signatures": [
            {
                "keyid": key_id(private_key.public_key()),
                "sig": base64.b64encode(signature).decode("ascii"),
            }
        ],
    }
    return json.dumps(statement, separators=(",", ":")).encode("ascii")


def _canonical_base64(value: Any, what: str) -> bytes:
    if not isinstance(value, str):
        raise StatementError(f"a signed statement has {what} as base64 text; got another type")
    try:
        decoded = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise StatementError(f"{what} of the statement is not base64") from None
    if base64.b64encode(decoded) != value.encode("ascii"):
        raise StatementError(f"{what} of the statement is not canonical base64")
    return decoded


def _signatures(entries: Any) -> list[bytes]:
    if not isinstance(entries, list) or not 1 <= len(entries) <= MOST_SIGNATURES:
        raise StatementError(f"a signed statement carries 1 to {MOST_SIGNATURES} signatures")
    found = []
    for entry in entries:
        if not isinstance(entry, dict):
            raise StatementError("a signature of the statement is not an object with 'sig'")
        found.append(_canonical_base64(entry.get("sig"), "a signature"))
    return found


def verified_payload(untrusted: bytes, payload_type: str, public_key: Ed25519PublicKey) -> bytes:
    """Return the payload that `public_key` signed as `payload_type`, or raise `StatementError`.

    One good signature is enough; others (of a key that is being replaced) are
    ignored. The payload is returned as the bytes that were signed: parse those.
    """
    try:
        statement = parse_object(untrusted, largest=LARGEST_STATEMENT)
    except ValueError as reason:
        raise StatementError(f"not a signed statement: {reason}") from None
    if statement.get("payloadType") != payload_type:
        raise StatementError(f"expected a statement of type {payload_type}; this is of another")
    payload = _canonical_base64(statement.get("payload"), "the payload")
    signed = _pre_authentication_encoding(payload_type, payload)
    for signature in _signatures(statement.get("signatures")):
        try:
            public_key.verify(signature, signed)
        except InvalidSignature:
            continue
        return payload
    raise StatementError(
        f"bad signature: expected one by key {key_id(public_key)[:12]}, found none; "
        "the statement was changed, or signed with another key"
    )
