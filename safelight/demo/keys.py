"""The demo's own keys: a root that signs one roster with one desk, valid for a short while.

In real use the root key is made and kept offline (`safelight roster new-root`).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from safelight.casework.letters.policy import sign_policy
from safelight.demo.letter_words import invented_rules
from safelight.sealing.recipients import HybridRecipient
from safelight.sealing.roster import Roster, RosterDesk, sign_roster

DESK_NAME: Final = "demo-desk"
# Enough to know for a throw-away desk of made-up reports; nobody's safety depends on it.
PASSPHRASE: Final = "a made-up country needs no secret"  # noqa: S105
# The second person, without whom nothing is published.
REVIEWER: Final = "demo-reviewer"
REVIEWER_PASSPHRASE: Final = "a second person looked"  # noqa: S105
_VALID_DAYS: Final = 30


@dataclass(frozen=True)
class DemoRoster:
    """The signed roster on disk and what is needed to check it; signed rules for letters."""

    file: Path
    recipients: tuple[HybridRecipient, ...]
    root: Ed25519PublicKey
    letters_rules: bytes

    @property
    def root_hex(self) -> str:
        return self.root.public_bytes_raw().hex()


def make_roster(folder: Path, *, recipient: str, verify_key: str, today: date) -> DemoRoster:
    """Sign a roster with the one desk, and rules for letters; forget the root's private key."""
    root = Ed25519PrivateKey.generate()
    until = today + timedelta(days=_VALID_DAYS)
    desk = RosterDesk(DESK_NAME, recipient, verify_key, today, until)
    roster = Roster(version=1, issued=today, expires=until, desks=(desk,))
    file = folder / "roster.json"
    file.write_bytes(sign_roster(roster, root))
    rules = sign_policy(invented_rules(today), root)
    return DemoRoster(file, roster.recipients(today), root.public_key(), rules)


def write_passphrase(file: Path) -> None:
    """Write the passphrase file the desk is started with, readable by this user only."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as passphrase_file:
        passphrase_file.write(PASSPHRASE + "\n")
