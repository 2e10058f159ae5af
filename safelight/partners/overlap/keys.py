"""Who takes part: a card (public), and the keys behind it, drawn for one session only."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from safelight.partners.overlap.problems import MessageError, TermsError
from safelight.sealing.recipients import (
    HYBRID_SUITE,
    SEED_SIZE,
    HybridRecipient,
    RecipientError,
    expanded_seed,
    parse_recipient,
)
from safelight.sealing.strict_json import parse_object

_FORMAT: Final = "safelight-overlap-card/1"
_INFO: Final = b"safelight-overlap/1 "
_LARGEST_CARD: Final = 8_192
_MLKEM_SIZE: Final = 1_184
NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,29}")


@dataclass(frozen=True)
class Card:
    """A participant: a short name, whom to believe (`signing`), to whom to seal (`recipient`)."""

    name: str
    signing: bytes
    recipient: HybridRecipient = field(repr=False)

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise TermsError(
                "a participant's name is 1 to 30 small latin letters, digits and hyphens"
            )
        if len(self.signing) != 32:
            raise TermsError("a participant's signing key is 32 bytes")

    def as_json(self) -> dict[str, str]:
        """The fields of a card."""
        return {
            "format": _FORMAT,
            "name": self.name,
            "signing": self.signing.hex(),
            "recipient": self.recipient.encode(),
        }

    def encode(self) -> bytes:
        """The card as a file."""
        return json.dumps(self.as_json(), indent=1).encode("ascii")

    @classmethod
    def parse(cls, untrusted: Any) -> Card:
        """Read a card's fields. Raises `TermsError`."""
        fields = {"format", "name", "signing", "recipient"}
        if not isinstance(untrusted, dict) or set(untrusted) != fields:
            raise TermsError("a card has format, name, signing and recipient, and nothing else")
        if not all(isinstance(value, str) for value in untrusted.values()):
            raise TermsError("the fields of a card are texts")
        if untrusted["format"] != _FORMAT:
            raise TermsError(f"expected a card of format {_FORMAT}; this is of another")
        if not re.fullmatch(r"[0-9a-f]{64}", untrusted["signing"]):
            raise TermsError("a participant's signing key is 64 hex digits")
        try:
            recipient = parse_recipient(untrusted["recipient"])
        except RecipientError as reason:
            raise TermsError(f"the recipient of a card: {reason}") from None
        if not isinstance(recipient, HybridRecipient):
            raise TermsError("the recipient of a card is post-quantum: age1pq1…")
        return cls(untrusted["name"], bytes.fromhex(untrusted["signing"]), recipient)

    @classmethod
    def read(cls, untrusted: bytes) -> Card:
        """Read a card's file. Raises `TermsError`."""
        try:
            return cls.parse(parse_object(untrusted, largest=_LARGEST_CARD))
        except ValueError as reason:
            raise TermsError(f"not a card: {reason}") from None

    def verifier(self) -> Ed25519PublicKey:
        """The key that verifies what this participant signed."""
        return Ed25519PublicKey.from_public_bytes(self.signing)

    def seal(self, content: bytes, *, session: bytes) -> bytes:
        """Seal to this participant, for this session (HPKE, RFC 9180, with ML-KEM-768 + X25519)."""
        public = self.recipient.public
        key = hpke.MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(public[:_MLKEM_SIZE]),
            X25519PublicKey.from_public_bytes(public[_MLKEM_SIZE:]),
        )
        return HYBRID_SUITE.encrypt(content, key, info=_INFO + session)


@dataclass(frozen=True)
class SessionKeys:
    """The private half of a card. Destroy it with the session."""

    name: str
    signing_seed: bytes = field(repr=False)
    sealing_seed: bytes = field(repr=False)

    @classmethod
    def drawn(cls, name: str) -> SessionKeys:
        """Fresh keys for a participant of this name."""
        keys = cls(name, os.urandom(SEED_SIZE), os.urandom(SEED_SIZE))
        keys.card()  # refuses the name before anything is kept
        return keys

    def card(self) -> Card:
        """The public half."""
        public = self.signer().public_key().public_bytes_raw()
        return Card(self.name, public, HybridRecipient.from_seed(self.sealing_seed))

    def signer(self) -> Ed25519PrivateKey:
        """The key that signs what this participant sends."""
        return Ed25519PrivateKey.from_private_bytes(self.signing_seed)

    def open(self, sealed: bytes, *, session: bytes) -> bytes:
        """Open what was sealed to this participant in this session. Raises `MessageError`."""
        mlkem, x25519 = expanded_seed(self.sealing_seed)
        key = hpke.MLKEM768X25519PrivateKey(mlkem, x25519)
        try:
            return HYBRID_SUITE.decrypt(sealed, key, info=_INFO + session)
        except (InvalidTag, ValueError):
            raise MessageError(
                "not-opened",
                "expected a content sealed to this participant in this session; it does not "
                "open. Ask the sender for the message again",
            ) from None
