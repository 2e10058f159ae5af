"""The key that signs this desk's bundles: its own, not the journal's (docs/adr/0029).

The journal's public key stands in the roster beside the desk's name; a bundle signed with it would
say in court, to everybody who reads it, which desk of which organisation made it.
"""

from __future__ import annotations

from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction

from safelight.campaigns.case_evidence.models import EvidenceKey
from safelight.sealing.statement import key_id


@dataclass(frozen=True, slots=True)
class Signer:
    """The key and its fingerprint: what an expert gets by another way than the bundle."""

    private: Ed25519PrivateKey
    fingerprint: str

    def __repr__(self) -> str:
        return f"Signer(fingerprint={self.fingerprint!r})"


def evidence_signer() -> Signer:
    """Return the desk's evidence key; made when it is needed for the first time."""
    with transaction.atomic():
        row = EvidenceKey.objects.first()
        if row is None:
            private = Ed25519PrivateKey.generate()
            row = EvidenceKey.objects.create(
                fingerprint=key_id(private.public_key()), seed=private.private_bytes_raw()
            )
    return Signer(Ed25519PrivateKey.from_private_bytes(bytes(row.seed)), row.fingerprint)


def known_fingerprint() -> str:
    """The fingerprint of the key, or "" as long as there is none."""
    return EvidenceKey.objects.values_list("fingerprint", flat=True).first() or ""
