"""Warn the person at the desk when nothing new will be sealed to it."""

from __future__ import annotations

from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from safelight.desk.launch import DeskConfig
from safelight.journal.chain import desk_key
from safelight.sealing.roster import RosterError, verified_roster


def roster_warning(config: DeskConfig) -> str | None:
    """Return why the roster this desk was started with does not help it, or None.

    Read at every page: a roster runs out at midnight, and a person replaces the file.
    """
    if config.roster is None or config.root is None:
        return None
    today = datetime.now(UTC).date()
    try:
        root = Ed25519PublicKey.from_public_bytes(bytes.fromhex(config.root))
        roster = verified_roster(
            config.roster.read_bytes(), root=root, today=today, last_seen_version=None
        )
    except RosterError as problem:
        return str(problem)
    except (OSError, ValueError) as problem:
        return (
            f"the roster or its root key cannot be read ({type(problem).__name__}); "
            "expected a roster file and 64 hex digits"
        )
    key = desk_key()
    ours = key.private.public_key().public_bytes_raw().hex()
    for desk in roster.usable_desks(today):
        if desk.name == key.desk and desk.verify_key_hex == ours:
            return None
    return (
        f"desk {key.desk} is not among the usable desks of roster {roster.version}: nothing new "
        "is sealed to it. Give its public file to the keeper of the roster"
    )
